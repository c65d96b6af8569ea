"""Base trees: a Debian release, made once by debootstrap, below every machine that runs it."""

import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from plan.errors import ProviderError
from stacks.sandbox import lock, places, recipe
from stacks.sandbox.command import ENVIRONMENT, PRIVATELY, run

Say = Callable[[str], None]

SCRIPTS = Path("/usr/share/debootstrap/scripts")


def built(wanted: recipe.Recipe) -> Path:
    return places.TREES / f"base-{wanted.release}-{wanted.digest()}"


def ensure(os: str, say: Say, kernel: bool = False) -> Path:
    """Return the base tree of `os`, building it first if this computer has none: a minute or two."""
    wanted = recipe.of(os, kernel)
    tree = built(wanted)
    if tree.exists():
        return tree
    with lock.held("debootstrap"):
        if not tree.exists():
            build(wanted, tree, say)
    return tree


def build(wanted: recipe.Recipe, tree: Path, say: Say) -> None:
    """Build beside the final name and rename, so that a tree that exists is whole."""
    places.TREES.mkdir(parents=True, exist_ok=True, mode=0o700)
    places.DEBS.mkdir(parents=True, exist_ok=True)
    for stale in places.TREES.glob(".base-*"):
        run(["rm", "-rf", "--one-file-system", str(stale)])
    partial = places.TREES / f".{tree.name}"
    started = time.monotonic()
    say(f"building the base tree of {wanted.os} with debootstrap (once, about 90 s)")
    bootstrap(wanted, partial, say)
    say(f"setting up the base tree of {wanted.os}")
    connect(wanted, partial)
    furnish(wanted, partial)
    partial.rename(tree)
    say(f"base tree of {wanted.os} is ready after {time.monotonic() - started:.0f} s")


def bootstrap(wanted: recipe.Recipe, tree: Path, say: Say) -> None:
    # Debian's scripts are all the same one today; an older debootstrap lacks only the newer names.
    script = SCRIPTS / wanted.release
    argv = [
        *PRIVATELY,
        "debootstrap",
        f"--cache-dir={places.DEBS}",
        f"--include={','.join(wanted.packages)}",
        wanted.release,
        str(tree),
        wanted.mirror,
        str(script if script.exists() else SCRIPTS / "sid"),
    ]
    with subprocess.Popen(
        argv,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None  # noqa: S101 - it is a pipe by the line above
        last = report(process.stdout, wanted.os, say)
    if process.returncode != 0:
        todo = f"see {tree}/debootstrap/debootstrap.log"
        if any("unknown key" in line for line in last):
            todo = "run `apt-get update && apt-get install debian-archive-keyring` for newer archive keys"
        raise ProviderError(f"debootstrap of {wanted.release}", " / ".join(last[-3:]) or "no output", todo)


def report(lines: Iterable[str], os: str, say: Say, every_s: float = 10) -> list[str]:
    """Tell how far debootstrap is, now and then; return its last lines."""
    last: list[str] = []
    counts: dict[str, int] = {}
    told = time.monotonic()
    for line in lines:
        last = [*last[-9:], line.strip()]
        words = line.split()
        if len(words) > 2 and words[0] == "I:" and words[1] in ("Retrieving", "Extracting", "Configuring"):
            counts[words[1].lower()] = counts.get(words[1].lower(), 0) + 1
            if time.monotonic() - told > every_s:
                told = time.monotonic()
                say(f"base tree of {os}: {words[1].lower()} packages, {counts[words[1].lower()]} done")
    return last


def connect(wanted: recipe.Recipe, tree: Path) -> None:
    """Give the tree this computer's package sources, and the authorities it trusts."""
    (tree / "etc/apt/sources.list").write_text(wanted.sources)
    (tree / "etc/apt/apt.conf.d/90transport").write_text(wanted.transport)
    authorities = tree / "usr/local/share/ca-certificates"
    authorities.mkdir(parents=True, exist_ok=True)
    for name, text in wanted.authorities.items():
        (authorities / name).write_text(text)
    run(["chroot", str(tree), "update-ca-certificates"])


def furnish(wanted: recipe.Recipe, tree: Path) -> None:
    """Make the tree a server's, and take away what must be unique."""
    # Rented servers have one; without it every login is a line in the log.
    (tree / "etc/default/locale").write_text("LANG=C.UTF-8\n")
    inside = ["chroot", str(tree)]
    run([*inside, "systemctl", "enable", "systemd-networkd", "ssh"])
    run([*inside, "apt-get", "clean"])
    for key in (tree / "etc/ssh").glob("ssh_host_*"):
        key.unlink()
    (tree / "etc/machine-id").write_text("")
    (tree / "var/lib/dbus/machine-id").unlink(missing_ok=True)
    (tree / "etc/hostname").unlink(missing_ok=True)
