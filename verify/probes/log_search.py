"""Does any of these words lie in the journal, in /var/log, or in a process's arguments or environment?

Input on standard input: {"words": {label: word}, "since": Unix time or null, "control": word or null}.
Output: one JSON object with labels and places, never the words. A control word is written to the journal
first and has to be found: it proves that the search sees what is written now. Needs root.
"""

import gzip
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import IO

BLOCK = 1 << 22
MOST_BYTES = 4 << 30
PATIENCE_S = 5.0

Words = dict[str, bytes]


def occurrences(stream: IO[bytes] | BufferedIOBase, words: Words) -> tuple[set[str], int]:
    """Labels of the words that occur in a stream, and the bytes read."""
    longest = max(map(len, words.values()))
    found: set[str] = set()
    tail, size = b"", 0
    while size < MOST_BYTES:
        block = stream.read(BLOCK)
        if not block:
            break
        size += len(block)
        window = tail + block
        found |= {label for label, word in words.items() if word in window}
        tail = window[-longest:]
    return found, size


def journal(words: Words, since: float | None) -> tuple[set[str], int]:
    command = ["journalctl", "--no-pager", "--quiet", "--all", "--output=export"]
    command += [] if since is None else [f"--since=@{int(since)}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None  # noqa: S101 (a pipe was asked for)
        return occurrences(process.stdout, words)


def journal_shows(control: str) -> bool:
    """Write a line to the journal; whether it can be read there soon."""
    started = time.time()
    subprocess.run(["systemd-cat", "-t", "eigenherd-verify"], input=control.encode(), check=True)
    while time.time() < started + PATIENCE_S:
        if journal({"control": control.encode()}, started - 60)[0]:
            return True
        time.sleep(0.2)
    return False


def log_files(since: float | None) -> Iterator[Path]:
    for path in Path("/var/log").rglob("*"):
        if path.is_file() and "journal" not in path.parts and (since is None or path.stat().st_mtime >= since):
            yield path


def in_file(path: Path, words: Words) -> tuple[set[str], int]:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
        return occurrences(stream, words)


def in_processes(words: Words) -> Iterator[tuple[str, set[str]]]:
    for kind in ("cmdline", "environ"):
        for process in Path("/proc").glob("[0-9]*"):
            try:
                found, _ = in_file(process / kind, words)
                if found:
                    yield f"{kind} of {(process / 'comm').read_text().strip()}", found
            except OSError:
                continue  # it ended meanwhile


def main() -> None:
    asked = json.load(sys.stdin)
    since = asked.get("since")
    words = {label: word.encode() for label, word in asked["words"].items()}
    control_seen = journal_shows(asked["control"]) if asked.get("control") else False
    places: list[dict[str, str]] = []
    unread: list[str] = []

    def note(place: str, labels: set[str]) -> None:
        places.extend({"place": place, "label": label} for label in sorted(labels))

    found, searched = journal(words, since)
    note("journal", found)
    for path in log_files(since):
        try:
            found, size = in_file(path, words)
        except (OSError, EOFError):
            unread.append(str(path))
            continue
        searched += size
        note(str(path), found)
    for place, found in in_processes(words):
        note(place, found)
    print(json.dumps({"places": places, "bytes": searched, "control_seen": control_seen, "unread": unread}))


if __name__ == "__main__":
    main()
