"""This checkout: where it lies, and marks that say from which inputs a part of it was made."""

import hashlib
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCAL = ROOT / ".eigenherd"
BUILD = ROOT / "build"


class SetupError(Exception):
    """Set-up cannot go on; the message says what was found and what to do."""


def digest(*inputs: Path) -> str:
    """One sha256 over the contents of the files; a file that is not there counts as empty."""
    parts = [hashlib.sha256(path.read_bytes() if path.is_file() else b"").digest() for path in inputs]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def marked(mark: Path) -> dict[str, str]:
    """What was written down when the part was made; empty if it was not, or by a checkout elsewhere."""
    try:
        found = json.loads(mark.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and found.get("root") == str(ROOT) else {}


def write_mark(mark: Path, **values: str) -> None:
    mark.write_text(json.dumps({"root": str(ROOT), **values}, indent=1) + "\n")
