"""`python -m tools.fresh [12|13] [target]`: a new Debian, `make up` in it, `make down`, and nothing left. Root only."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from plan.errors import EigenherdError
from stacks.sandbox import lock, places, recipe, tree
from tools.checkout import BUILD, ROOT, SetupError
from tools.fresh import remains, takeover
from tools.fresh.chamber import Chamber
from tools.fresh.stages import stages

# All that is asked of a new computer before `make up`.
PREREQUISITES = ("ca-certificates", "git", "make", "python3")
CHECKOUT = f"{takeover.HOME}/eigenherd"
STACK = "sandbox"
LIMIT_S = 15 * 60
DOWN_TIMEOUT_S = 300


def main(debian: str = "12", target: str = "up") -> int:
    if os.geteuid() != 0:
        raise SetupError("a new Debian needs root\n  -> sudo make fresh")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an ordinary exit, so that everything is cleaned up
    BUILD.mkdir(exist_ok=True)
    place, tag = BUILD / "fresh", ""
    with alone(BUILD / "fresh.lock"):
        dispose(place)
        try:
            prepare(place, debian)
            tag = places.tag(STACK, root=place)
            code = make(place, target)
        except KeyboardInterrupt:
            code = 130
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # cleaning up is not to be interrupted
            print("fresh: cleaning up", flush=True)
            dispose(place)
    left = remains.found(place, tag) if tag else []
    print(f"fresh: left behind: {', '.join(left)}" if left else "fresh: nothing is left behind")
    return code or int(bool(left))


def prepare(place: Path, debian: str) -> None:
    with timed(f"a new Debian {debian}"):
        wanted = replace(recipe.of(f"debian-{debian}"), packages=PREREQUISITES)
        places.DEBS.mkdir(parents=True, exist_ok=True)
        with lock.held("debootstrap"):
            tree.bootstrap(wanted, place, lambda line: print(f"fresh: {line}", flush=True))
        tree.connect(wanted, place)
        takeover.copy_settings(place)
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, f"{place}{CHECKOUT}"], check=True)


def make(place: Path, target: str) -> int:
    started = time.monotonic()
    with Chamber(place, takeover.named_paths(place)) as chamber:
        code, printed = follow(chamber, f"make {target}", started)
        took_s = time.monotonic() - started
        down, _ = follow(chamber, "make down", started)
    for name, seconds in stages(printed):
        print(f"fresh: {seconds:5d} s  {name}")
    print(f"fresh: {took_s:5.0f} s  make {target}, which ended with {code} (limit {LIMIT_S} s)", flush=True)
    return code or down or int(took_s > LIMIT_S)


def follow(chamber: Chamber, command: str, started: float) -> tuple[int, list[str]]:
    """Run it, each line it prints with the second since the start before it."""
    process = chamber.start(command, CHECKOUT, takeover.variables(), subprocess.PIPE)
    assert process.stdout is not None  # noqa: S101 - PIPE was asked for
    printed = []
    for line in process.stdout:
        printed.append(line)
        print(f"{time.monotonic() - started:5.0f} s  {line}", end="", flush=True)
    return process.wait(), printed


def dispose(place: Path) -> None:
    """Remove the tree, and all that its sandbox made outside of it, whatever state it is in."""
    if not place.exists():
        return
    if (place / CHECKOUT.lstrip("/") / ".venv/bin/python").exists():
        with Chamber(place) as chamber:
            sweep = chamber.start(f".venv/bin/python -m stacks.sandbox sweep {STACK}", CHECKOUT, takeover.variables())
            sweep.wait(timeout=DOWN_TIMEOUT_S)
    if pids := remains.processes(place):
        raise SetupError(f"processes still run in {place}: {pids}")
    subprocess.run(["rm", "-rf", "--one-file-system", place], check=True)


@contextmanager
def timed(stage: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    print(f"fresh: {stage} took {time.monotonic() - started:.0f} s", flush=True)


@contextmanager
def alone(file: Path) -> Iterator[None]:
    with file.open("a") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetupError("another `make fresh` of this checkout is running\n  -> wait until it ends") from None
        yield


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except (SetupError, EigenherdError) as error:
        sys.exit(f"fresh: {error}")
