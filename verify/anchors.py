"""Reference runs of model files, from `anchors.toml`; each row names its source and date."""

import tomllib
from functools import cache
from pathlib import Path

from plan.plan import Value

FILE = Path(__file__).parent / "anchors.toml"


class Point(Value):
    """A question, and the logarithm of how likely the reference run found a first token of the answer."""

    ask: str
    token: str
    logprob: float


class Anchor(Value):
    file: str
    sha256: str
    source: str
    date: str
    points: tuple[Point, ...]


@cache
def anchors() -> tuple[Anchor, ...]:
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(Anchor.model_validate(row) for row in table["anchor"])


def anchor_of(sha256: str) -> Anchor | None:
    """The reference run of exactly this file, if there is one."""
    return next((anchor for anchor in anchors() if anchor.sha256 == sha256), None)
