"""A search for words in everything a machine writes down, judged alike for keys and for prompts."""

import secrets
from collections.abc import Mapping

from pydantic import BaseModel, ValidationError

from verify.check import CouldNotTell, Finding, failed, passed
from verify.target import Target


class Place(BaseModel):
    place: str
    label: str


class Search(BaseModel):
    """What `probes/log_search.py` found: labels, never the words."""

    places: list[Place]
    bytes: int
    control_seen: bool
    unread: list[str]


def written_nowhere(target: Target, words: Mapping[str, str], since: float | None, todo: str) -> Finding:
    """Passed if none of the words lies in the journal, in /var/log, or in a process's arguments or environment."""
    params = {"words": dict(words), "since": since, "control": f"eigenherd-verify {secrets.token_hex(8)}"}
    try:
        found = Search.model_validate(target.host.probe("log_search", params, root=True, timeout_s=280))
    except ValidationError:
        raise CouldNotTell("places of words", "another object", "run probes/log_search.py on the machine") from None
    if found.places:
        where = sorted({f"{place.label} in {place.place}" for place in found.places})
        return failed("nowhere", "; ".join(where[:5]), todo, measured=f"found in: {len(where)}", places=where)
    if not found.control_seen or found.unread:
        what = (
            f"could not read {', '.join(found.unread[:3])}" if found.unread else "the journal does not show a test line"
        )
        raise CouldNotTell("a search that sees everything", what, "look at the journal: journalctl -t eigenherd-verify")
    return passed(f"nowhere in {found.bytes / 1e6:,.1f} MB of journal and logs, nor in processes", "nowhere")
