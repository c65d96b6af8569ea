"""An error of Robot in words: its own code and message, what it means, and what to do."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from plan.errors import ProviderError

UNKNOWN = {"means": "a code that we do not know", "todo": "look it up in Robot's webservice reference"}
# What an answer without a body of Robot's means; a proxy or an outage answers so.
BY_STATUS = {401: "UNAUTHORIZED", 503: "MAINTENANCE", 404: "NOT_FOUND", 500: "INTERNAL_ERROR"}


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    return tomllib.loads(Path(__file__).with_name("errors.toml").read_text(encoding="utf-8"))


class RobotError(ProviderError):
    """code: Robot's own. interval_s: after which a rate limit ends, if it says so. passes: it does by itself."""

    def __init__(self, call: str, status: int, body: dict[str, Any], secret: str = "") -> None:
        error = body.get("error") if isinstance(body.get("error"), dict) else {}
        assert isinstance(error, dict)  # noqa: S101 (by the line above)
        self.status = status
        self.code = str(error.get("code") or BY_STATUS.get(status) or f"HTTP {status}")
        row = catalogue().get(self.code, UNKNOWN)
        self.passes = bool(row.get("wait"))
        self.interval_s = _number(error.get("interval"))
        found = f"{self.code}{_said(error)}: {row['means']}"
        super().__init__(f"Robot's answer to {call}", _hidden(found, secret), str(row["todo"]))


class Unanswered(ProviderError):
    """Robot did not answer; whether a call that changes something was done is not known."""


def _said(error: dict[str, Any]) -> str:
    """Robot's message, and the fields and limits it names."""
    words = [str(error["message"])] if error.get("message") else []
    words += [f"{kind} {', '.join(map(str, error[kind]))}" for kind in ("missing", "invalid") if error.get(kind)]
    # The reference names it max_request, the service has been seen to say max_requests.
    if most := error.get("max_request") or error.get("max_requests"):
        words.append(f"at most {most} in {error.get('interval', '?')} s")
    return f" ({'; '.join(words)})" if words else ""


def _number(value: object) -> float | None:
    try:
        return float(str(value)) if value is not None else None
    except ValueError:
        return None


def _hidden(text: str, secret: str) -> str:
    """An answer that repeats what was sent must not carry the password on."""
    return text.replace(secret, "...") if secret else text
