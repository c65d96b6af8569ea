"""What are the model files' sums, and which model files does the engine have open?

Input on standard input: {"folder": ..., "files": {name: anything}, "unit": ...}. Output: one JSON object.
"""

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

MODEL = re.compile(r"\.(gguf|safetensors)$|/sha256-[0-9a-f]{64}$")


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 22), b""):
            digest.update(block)
    return digest.hexdigest()


def processes(unit: str) -> Iterator[Path]:
    """The processes of a systemd unit, by their cgroup."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if re.search(f"/{re.escape(unit)}(/|$)", (process / "cgroup").read_text(), re.MULTILINE):
                yield process
        except OSError:
            continue  # it ended meanwhile


def open_models(process: Path) -> set[str]:
    """Mapped and open files that look like models: *.gguf, *.safetensors, Ollama's sha256-* blobs."""
    paths = set()
    try:
        maps = (process / "maps").read_text().splitlines()
        links = list((process / "fd").iterdir())
    except OSError:
        return set()  # it ended meanwhile
    for line in maps:
        columns = line.split(None, 5)
        paths.add(columns[5] if len(columns) == 6 else "")
    for link in links:
        try:
            paths.add(str(link.readlink()))
        except OSError:
            continue  # it was closed meanwhile
    return {path for path in paths if MODEL.search(path)}


def main() -> None:
    asked = json.load(sys.stdin)
    places = {name: Path(asked["folder"]) / name for name in asked["files"]}
    found: set[str] = set()
    for process in processes(asked["unit"]):
        found |= open_models(process)
    sums = {name: sha256(path) if path.is_file() else None for name, path in places.items()}
    print(json.dumps({"sha256": sums, "open": sorted(found)}))


if __name__ == "__main__":
    main()
