"""The layers of a machine's disk: base tree, perhaps a deployed layer, and a writable image of its own.

The image is sparse and has the machine's declared size, so that a full disk is a full disk there too.
Mounting is done by whoever has a mount namespace of his own: what is mounted vanishes with him.
"""

import json
import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from plan.errors import ProviderError
from stacks.sandbox import lock, places
from stacks.sandbox.command import PRIVATELY, run
from stacks.sandbox.record import Record
from stacks.sandbox.tree import Say

LOOP_MAJOR = 7  # Linux, Documentation/admin-guide/devices.txt
KEPT = 2  # idle deployed layers


def make_image(image: Path, size_gib: float, say: Say) -> None:
    free_gib = shutil.disk_usage(image.parent).free / 2**30
    if free_gib < size_gib:
        say(f"this computer has {free_gib:.0f} GiB free, less than the machine's declared {size_gib:g} GiB disk")
    with image.open("wb") as file:
        file.truncate(int(size_gib * 2**30))
    image.chmod(0o600)
    options = "lazy_itable_init=1,lazy_journal_init=1"
    run(["mkfs.ext4", "-q", "-F", "-m", "0", "-E", options, "-L", "machine", str(image)])


def mount(record: Record) -> None:
    """Mount the machine's tree at its root folder; the loop device goes with the mount."""
    record.disk.mkdir(exist_ok=True)
    record.root.mkdir(exist_ok=True)
    make_loop_node()
    run(["mount", "-o", "loop,discard,noatime", str(record.image), str(record.disk)])
    upper, work = record.disk / "upper", record.disk / "work"
    upper.mkdir(exist_ok=True)
    work.mkdir(exist_ok=True)
    options = f"lowerdir={':'.join(record.lower)},upperdir={upper},workdir={work}"
    run(["mount", "-t", "overlay", "overlay", "-o", options, str(record.root)])


def make_loop_node() -> None:
    """The kernel names the next free loop device; a /dev of its own (a container's) need not have it yet."""
    device = Path(run(["losetup", "--find"]).strip())
    if not device.exists():
        with suppress(FileExistsError):
            os.mknod(device, stat.S_IFBLK | 0o600, os.makedev(LOOP_MAJOR, int(device.name.removeprefix("loop"))))


def deployed(name: str) -> Path:
    return places.TREES / f"deployed-{places.valid('layer', name)}"


def lower_of(layer: Path) -> tuple[str, ...]:
    """What a machine has below itself when it starts from this deployed layer."""
    if not layer.is_dir():
        kept = ", ".join(sorted(path.name for path in places.TREES.glob("deployed-*"))) or "none"
        raise ProviderError(f"layer {layer.name}", f"layers kept: {kept}", "make it: `python -m stacks.sandbox keep`")
    under = json.loads((layer / "lower.json").read_text())
    missing = [tree for tree in under if not Path(tree).is_dir()]
    if missing:
        raise ProviderError(
            f"the trees below layer {layer.name}", f"{missing[0]} is gone", f"remove {layer}, and make it again"
        )
    return (str(layer / "tree"), *under)


def capture(record: Record, name: str) -> Path:
    """Keep what a stopped machine has written as the deployed layer `name`, for others to start from."""
    layer = deployed(name)
    with lock.held("layers"):
        if not layer.exists():
            partial = places.TREES / f".{layer.name}"
            run(["rm", "-rf", "--one-file-system", str(partial)])
            partial.mkdir(mode=0o700)
            copy(record, partial / "tree")
            (partial / "lower.json").write_text(json.dumps(record.lower))
            partial.rename(layer)
            prune(layer)
    return layer


def copy(record: Record, target: Path) -> None:
    """Copy the machine's own layer out of its image.

    One shell, because the mount lives only as long as the namespace. cp keeps overlay's own marks:
    whiteouts are device nodes, opaque folders extended attributes.
    """
    record.disk.mkdir(exist_ok=True)
    script = 'mount -o loop,ro "$1" "$2" && cp -a --sparse=always "$2/upper" "$3"'
    argv = ["sh", "-ec", script, "sh", str(record.image), str(record.disk), str(target)]
    run([*PRIVATELY, *argv], timeout_s=1800)


def prune(newest: Path) -> None:
    """Of the layers no machine stands on, keep only the newest few: each is as large as what was deployed."""
    used = {tree for file in places.STACKS.glob("*/*/machine.json") for tree in json.loads(file.read_text())["lower"]}
    idle = [layer for layer in places.TREES.glob("deployed-*") if str(layer / "tree") not in used and layer != newest]
    for layer in sorted(idle, key=lambda layer: layer.stat().st_mtime, reverse=True)[KEPT - 1 :]:
        run(["rm", "-rf", "--one-file-system", str(layer)], timeout_s=600)
