"""Which of the rescue system's images is a system: chosen by prefix out of what is there."""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from plan.errors import ProviderError

FOLDER = "/root/.oldroot/nfs/images"
WHOLE = re.compile(r"[A-Za-z0-9._-]+-amd64-(?:base|minimal)\.t(?:ar\.|)(?:gz|zst|xz|bz2|bz)")


@cache
def prefixes() -> dict[str, list[str]]:
    return tomllib.loads(Path(__file__).with_name("images.toml").read_text(encoding="utf-8"))


def choose(os: str, listed: Sequence[str]) -> str:
    """The path of the system's newest image. listed: the file names in FOLDER."""
    begins = tuple(prefixes()[os])
    fitting = sorted(name for name in listed if name.startswith(begins) and WHOLE.fullmatch(name))
    if not fitting:
        shown = ", ".join(sorted(listed)[:12]) or "an empty folder"
        todo = "choose another `os`, or see whether Hetzner names its images otherwise by now"
        raise ProviderError(f"an amd64 image in {FOLDER} that begins with {' or '.join(begins)}", shown, todo)
    return f"{FOLDER}/{fitting[-1]}"
