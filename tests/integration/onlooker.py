"""An unprivileged user of a machine who opens every new file the moment it appears, and reads it to its end.

Runs there as `python3 onlooker.py < words.json`: words are name -> list of base64. It becomes `nobody`, prints
"ready", and watches until the file given as "until" in the words' object exists; then one JSON object:
how many files appeared, and which of the words it could read where. A file that was open to all for a moment
stays open in its hands.
"""

import base64
import ctypes
import json
import os
import struct
import sys
import time
from pathlib import Path

PLACES = ("tmp", "var/tmp", "dev/shm", "run", "etc", "var/lib", "var/log", "opt/eigenherd", "root", "home", "srv")
LEFT_ALONE = ("/opt/eigenherd/environments", "/var/lib/dpkg", "/var/lib/apt", "/run/systemd/units")
CHANGED = 0x2 | 0x4 | 0x8 | 0x80 | 0x100  # modify, attrib, close after writing, moved here, created
EVENT = struct.Struct("iIII")
MOST_OPEN = 900

libc = ctypes.CDLL(None, use_errno=True)
watches: dict = {}
hands: dict = {}
seen: set = set()


def watch(notes: int, folder: str) -> None:
    """This folder and those below; what `nobody` may not read can't be watched, and can't be got at."""
    if folder.startswith(LEFT_ALONE) or Path(folder).is_symlink():
        return
    number = libc.inotify_add_watch(notes, folder.encode(), CHANGED)
    if number < 0:
        return
    watches[number] = folder
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            watch(notes, entry.path)


def grab(path: str) -> None:
    try:
        hand = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return
    state = os.fstat(hand)
    if (state.st_dev, state.st_ino) in hands or len(hands) > MOST_OPEN:
        os.close(hand)
    else:
        hands[state.st_dev, state.st_ino] = (path, hand)


def read(hand: int) -> bytes:
    try:
        os.lseek(hand, 0, 0)
        return os.read(hand, 1 << 22)
    except OSError:
        return b""


def search(words: dict, told: set) -> None:
    for path, hand in hands.values():
        content = read(hand)
        told |= {(name, path) for name, forms in words.items() if any(form in content for form in forms)}


def main() -> None:
    asked = json.load(sys.stdin)
    words = {name: [base64.b64decode(form) for form in forms] for name, forms in asked["words"].items()}
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
    notes = libc.inotify_init1(os.O_NONBLOCK)
    for place in PLACES:
        watch(notes, f"/{place}")
    print("ready", flush=True)
    told: set = set()
    checked = time.monotonic()
    while not Path(asked["until"]).exists():
        try:
            data = os.read(notes, 1 << 16)
        except BlockingIOError:
            if time.monotonic() - checked > 0.5:
                search(words, told)
                checked = time.monotonic()
            time.sleep(0.0005)
            continue
        at = 0
        while at < len(data):
            number, mask, _, length = EVENT.unpack_from(data, at)
            name = data[at + EVENT.size : at + EVENT.size + length].rstrip(b"\0").decode(errors="replace")
            at += EVENT.size + length
            path = f"{watches.get(number, '')}/{name}"
            grab(path)
            seen.add(path)
            if mask & 0x40000000:
                watch(notes, path)
    search(words, told)
    print(json.dumps({"appeared": len(seen), "told": sorted(told)}), flush=True)


main()
