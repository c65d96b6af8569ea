"""Builds a program from locked sources with a locked CUDA compiler, for one kind of card: `llama_build.py WANTED.json`.

WANTED: {"home", "work", "sources", "sha256", "tree", "toolkit", "lock_sha256", "target", "disk_mib", "options"}, with
cmake's options. It is built in the folder `work`, where a build that was cut off goes on if it is the same wish, and
appears in `home` only when it is whole and starts. There `built.json` says what it was made from, `ready` from which
wish, with the files' sums.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROGRESS_S = 30
JOB_MIB = 2048  # of memory for one compiler: the largest that was seen took 0.7 GiB, for another card it may be more
READY, LOG, WISH = "ready", "build.log", "wanted.json"
LIBRARIES = ("libcudart.so", "libcublas.so", "libcublasLt.so", "libcudart_static.a", "libcudadevrt.a")
DONE = re.compile(r"^\[(\d+)/(\d+)\] ")
# The compilers', cmake's and the linker's words for what stopped them; the first one is the cause.
REASON = re.compile(r".*(?:\berror\b(?: |:)|\bfatal\b|No space left on device|undefined reference|CMake Error).*")

Wanted = dict[str, Any]


class Failed(Exception):
    """Why there is no program, in one line."""


def main() -> int:
    text = Path(sys.argv[1]).read_text()
    wanted: Wanted = json.loads(text)
    home = Path(wanted["home"])
    work = Path(wanted["work"])
    fresh = work / "whole"
    os.nice(10)  # who is served meanwhile goes first
    try:
        begin(work, text, wanted)
        unpack(wanted, work)
        configure(wanted, work)
        compile_all(wanted, work)
        finish(wanted, work, fresh, hashlib.sha256(text.encode()).hexdigest())
    except Failed as error:
        print(f"llama.cpp does not {error}", file=sys.stderr)
        return 1
    shutil.rmtree(home, ignore_errors=True)
    fresh.rename(home)
    shutil.rmtree(work)
    return 0


def begin(work: Path, text: str, wanted: Wanted) -> None:
    """Go on with what the same wish has left, or from nothing."""
    if (work / WISH).exists() and (work / WISH).read_text() == text:
        print("llama.cpp: going on where the last build was cut off", flush=True)
    else:
        shutil.rmtree(work, ignore_errors=True)
        free_mib = shutil.disk_usage(work.parent).free >> 20
        if free_mib < wanted["disk_mib"]:
            raise Failed(f"go on: {wanted['disk_mib']} MiB free in {work.parent} needed, {free_mib} MiB found")
        work.mkdir(parents=True)
        (work / WISH).write_text(text)


def unpack(wanted: Wanted, work: Path) -> None:
    if (work / "sources").exists():
        return
    if hashlib.sha256(Path(wanted["sources"]).read_bytes()).hexdigest() != wanted["sha256"]:
        raise Failed(f"go on: {wanted['sources']} is not of sha256 {wanted['sha256']}")
    shutil.rmtree(work / "unpacking", ignore_errors=True)
    (work / "unpacking").mkdir()
    run(work, "unpack", "tar", "--extract", "--no-same-owner", "--file", wanted["sources"], "-C", work / "unpacking")
    (work / "unpacking").rename(work / "sources")


def configure(wanted: Wanted, work: Path) -> None:
    """CUDA comes as Python packages: its libraries have the names that programs load, not those that linkers seek."""
    cuda = cuda_of(wanted)
    links = work / "links"
    links.mkdir(exist_ok=True)
    for name in LIBRARIES:
        library = next(iter(sorted((cuda / "lib").glob(f"{name}*"))), None)
        if library is None:
            raise Failed(f"go on: no {name} in {cuda}/lib")
        (links / name).unlink(missing_ok=True)
        (links / name).symlink_to(library)
    [tree] = (work / "sources").glob(f"*/{wanted['tree']}")
    options = {
        **wanted["options"],
        "CMAKE_MAKE_PROGRAM": f"{wanted['toolkit']}/bin/ninja",
        "CMAKE_CUDA_COMPILER": cuda / "bin/nvcc",
        "CUDAToolkit_ROOT": cuda,
        "CUDA_CUDART": links / "libcudart.so",
        "CMAKE_BUILD_RPATH": cuda / "lib",
    }
    words = [f"-D{key}={value}" for key, value in options.items()]
    run(work, "compile", f"{wanted['toolkit']}/bin/cmake", "-S", tree, "-B", work / "build", "-G", "Ninja", *words)


def compile_all(wanted: Wanted, work: Path) -> None:
    started = shown = time.monotonic()
    ninja = f"{wanted['toolkit']}/bin/ninja"
    for line in lines(work, "compile", ninja, "-C", work / "build", "-j", jobs(), wanted["target"]):
        found = DONE.match(line)
        if found and time.monotonic() - shown >= PROGRESS_S:
            shown = time.monotonic()
            minutes = (shown - started) / 60
            print(f"llama.cpp: {found[1]} of {found[2]} files compiled, {minutes:.0f} minutes", flush=True)


def finish(wanted: Wanted, work: Path, fresh: Path, identity: str) -> None:
    """The program alone, once it has been seen to start, and what it was made from."""
    shutil.rmtree(fresh, ignore_errors=True)
    (fresh / "bin").mkdir(parents=True)
    program = fresh / "bin" / wanted["target"]
    shutil.copyfile(work / "build" / "bin" / wanted["target"], program)
    program.chmod(0o755)
    version = run(work, "start", program, "--version")
    compilers = {name: run(work, "start", name, "--version") for name in (str(cuda_of(wanted) / "bin/nvcc"), "g++")}
    told = {**wanted, "says": version, "compilers": {name: said.splitlines()[-1] for name, said in compilers.items()}}
    (fresh / "built.json").write_text(json.dumps(told, indent=1) + "\n")
    files = [program, fresh / "built.json"]
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(fresh)}\n" for path in files]
    (fresh / READY).write_text(f"{identity}\n" + "".join(sums))
    os.sync()


def cuda_of(wanted: Wanted) -> Path:
    folders = sorted(Path(wanted["toolkit"]).glob("lib/python3*/site-packages/nvidia/cu1[0-9]"))
    if not folders:
        raise Failed(f"go on: no CUDA in {wanted['toolkit']}")
    return folders[-1]


def jobs() -> int:
    """A compiler on each core, as far as there is memory for them."""
    found = re.search(r"^MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
    fitting = int(found[1]) // 1024 // JOB_MIB if found else 1
    return max(1, min(len(os.sched_getaffinity(0)), fitting))


def run(work: Path, what: str, *words: object) -> str:
    return "\n".join(lines(work, what, *words))


def lines(work: Path, what: str, *words: object) -> Iterator[str]:
    """What a command says, as it comes; it is kept in the log, and a failure names the line that was the cause."""
    said: list[str] = []
    try:
        process = subprocess.Popen(
            [str(word) for word in words],
            env={**os.environ, "LIBRARY_PATH": str(work / "links"), "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise Failed(f"{what}: {error}") from None
    assert process.stdout  # noqa: S101 (a pipe was asked for)
    with (work / LOG).open("a") as log:
        for line in process.stdout:
            log.write(line)
            said.append(line.rstrip())
            yield line.rstrip()
    if process.wait() != 0:
        cause = next((line for line in said if REASON.match(line)), (said or ["nothing was said"])[-1])
        raise Failed(f"{what}: {cause.strip()[:300]} (all of it: {work / LOG})")


if __name__ == "__main__":
    sys.exit(main())
