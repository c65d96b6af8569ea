"""The identity of a room's code: when it changes, what was deployed or verified with it is so again."""

from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def code_digest(*folders: str) -> str:
    """One sha256 over the files of these folders: changed code is deployed, and verified, again."""
    digest = sha256()
    for name in folders:
        for path in sorted((ROOT / name).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(ROOT)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
