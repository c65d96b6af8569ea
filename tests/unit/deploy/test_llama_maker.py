"""llama_build.py: a whole program or none, the compiler's own line, and a cut-off build that goes on."""

import getpass
import hashlib
import json
import runpy
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from deploy.facts.stores import StoreIdentity
from deploy.template import TEMPLATES

ROOT = Path(__file__).resolve().parents[3]
MAKER = TEMPLATES / "opt/eigenherd/bin/llama_build.py"


class Workshop:
    """A folder with sources, a stand-in for the compiler, and a wish."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.toolkit, self.home = folder, folder / "toolkit", folder / "llama_cpp-1"
        self.work = folder / "builds"
        subprocess.run(["sh", str(ROOT / "tests/standins/toolkit.sh"), str(self.toolkit)], check=True)
        self.says("#!/bin/sh\necho version 1\n")
        tree = folder / "pack-1" / "thirdparty" / "llama.cpp"
        tree.mkdir(parents=True)
        (tree / "CMakeLists.txt").write_text("project(llama)\n")
        with tarfile.open(folder / "pack-1.tar.gz", "w:gz") as archive:
            archive.add(folder / "pack-1", "pack-1")
        self.wanted: dict[str, Any] = {
            "home": str(self.home),
            "work": str(self.work),
            "sources": str(folder / "pack-1.tar.gz"),
            "sha256": hashlib.sha256((folder / "pack-1.tar.gz").read_bytes()).hexdigest(),
            "tree": "thirdparty/llama.cpp",
            "toolkit": str(self.toolkit),
            "lock_sha256": "cd" * 32,
            "target": "llama-server",
            "disk_mib": 1,
            "options": {"GGML_CUDA": "ON", "CMAKE_CUDA_ARCHITECTURES": "89-real"},
        }

    def says(self, server: str) -> None:
        (self.toolkit / "server").write_text(server)
        (self.toolkit / "server").chmod(0o755)

    def make(self, **changes: Any) -> "subprocess.CompletedProcess[str]":
        self.wanted |= changes
        (self.folder / "wanted.json").write_text(json.dumps(self.wanted))
        words = ["python3", str(MAKER), str(self.folder / "wanted.json")]
        return subprocess.run(words, capture_output=True, text=True, timeout=60)

    @property
    def identity(self) -> str:
        """What the fact says of the home: the wish it was made from, if it is whole. Here not root need own it."""
        fact = StoreIdentity()
        command = fact.command(store=str(self.home)).replace("-user root", f"-user {getpass.getuser()}")
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
        return fact.process(done.stdout.splitlines()) if done.stdout else ""

    @property
    def wish(self) -> str:
        return hashlib.sha256((self.folder / "wanted.json").read_bytes()).hexdigest()

    def left(self) -> list[str]:
        return [path.name for path in (self.work, self.home) if path.exists()]

    def runs(self) -> int:
        return len((self.toolkit / "ran").read_text().splitlines())


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def test_a_whole_program_with_what_it_was_made_from(workshop: Workshop) -> None:
    done = workshop.make()
    assert done.returncode == 0, done.stderr
    assert workshop.left() == ["llama_cpp-1"]
    told = json.loads((workshop.home / "built.json").read_text())
    assert told["sha256"] == workshop.wanted["sha256"] and told["lock_sha256"] == "cd" * 32
    assert told["says"] == "version 1" and told["options"]["CMAKE_CUDA_ARCHITECTURES"] == "89-real"
    assert any("release 13.0" in said for said in told["compilers"].values())
    program = subprocess.run([workshop.home / "bin/llama-server"], capture_output=True, text=True, check=True)
    assert program.stdout == "version 1\n"


def test_it_vouches_for_its_wish_until_something_changes(workshop: Workshop) -> None:
    workshop.make()
    assert workshop.identity == workshop.wish
    (workshop.home / "bin/llama-server").write_text("#!/bin/sh\necho other\n")
    assert workshop.identity == ""


def test_cmake_gets_the_options_and_libraries_under_the_names_linkers_seek(workshop: Workshop) -> None:
    (workshop.toolkit / "fails").write_text("x")
    workshop.make()
    work = workshop.work
    words = (work / "build/words").read_text()
    assert "-DGGML_CUDA=ON -DCMAKE_CUDA_ARCHITECTURES=89-real" in words
    assert f"-DCMAKE_CUDA_COMPILER={workshop.toolkit}/lib/python3.11/site-packages/nvidia/cu13/bin/nvcc" in words
    assert f"-DCMAKE_BUILD_RPATH={workshop.toolkit}/lib/python3.11/site-packages/nvidia/cu13/lib" in words
    assert (work / "links/libcudart.so").resolve().name == "libcudart.so.13"
    assert (work / "links/libcublas.so").resolve().name == "libcublas.so.13"


ERRORS = {
    "nvcc": "fattn.cu(12): error: identifier wmma is undefined\n1 error detected in the compilation\n",
    "gcc": "ggml.c:7:10: fatal error: thing.h: No such file or directory\ncompilation terminated.\n",
    "architecture": "nvcc fatal   : Unsupported gpu architecture 'compute_61'\n",
    "linker": "/usr/bin/ld: cannot find -lcublas: No such file\ncollect2: error: ld returned 1 exit status\n",
    "killed": "c++: fatal error: Killed signal terminated program cc1plus\n",
}
LINES = {name: text.splitlines()[0] for name, text in ERRORS.items()} | {"linker": ERRORS["linker"].splitlines()[1]}


@pytest.mark.parametrize("kind", ERRORS)
def test_a_failure_names_the_compilers_own_line_and_leaves_no_program(workshop: Workshop, kind: str) -> None:
    (workshop.toolkit / "fails").write_text(f"ptxas info: 0 bytes gmem\n{ERRORS[kind]}ninja: build stopped\n")
    done = workshop.make()
    assert done.returncode == 1
    assert done.stderr.startswith(f"llama.cpp does not compile: {LINES[kind]} (all of it: ")
    assert workshop.left() == ["builds"]
    assert "ninja: build stopped" in (workshop.work / "build.log").read_text()


def test_a_build_that_was_cut_off_goes_on(workshop: Workshop) -> None:
    (workshop.toolkit / "fails").write_text("No space left on device\n")
    workshop.make()
    object_file = workshop.work / "build/half.o"
    object_file.write_text("compiled")
    (workshop.toolkit / "server").write_text(f"#!/bin/sh\ncat {object_file}\n")
    (workshop.toolkit / "fails").unlink()
    done = workshop.make()
    assert "going on where the last build was cut off" in done.stdout
    assert json.loads((workshop.home / "built.json").read_text())["says"] == "compiled"


def test_another_wish_starts_from_nothing_and_the_program_of_before_stays_meanwhile(workshop: Workshop) -> None:
    workshop.make()
    (workshop.toolkit / "fails").write_text("error: no\n")
    workshop.make(options={"CMAKE_CUDA_ARCHITECTURES": "90-real"})
    assert workshop.left() == ["builds", "llama_cpp-1"]
    assert json.loads((workshop.home / "built.json").read_text())["options"]["CMAKE_CUDA_ARCHITECTURES"] == "89-real"
    half = workshop.work / "build/half.o"
    half.write_text("compiled for 90")
    (workshop.toolkit / "fails").unlink()
    done = workshop.make(lock_sha256="ef" * 32)
    assert done.returncode == 0 and "going on" not in done.stdout and workshop.left() == ["llama_cpp-1"]
    assert json.loads((workshop.home / "built.json").read_text())["lock_sha256"] == "ef" * 32
    assert workshop.runs() == 3


def test_a_program_that_does_not_start_is_none(workshop: Workshop) -> None:
    workshop.says("#!/bin/sh\necho libcuda.so.1: cannot open shared object file >&2\nexit 127\n")
    done = workshop.make()
    assert done.returncode == 1 and not workshop.home.exists()
    assert done.stderr.startswith("llama.cpp does not start: libcuda.so.1: cannot open")


def test_other_sources_a_full_disk_and_no_compiler_are_refused(workshop: Workshop) -> None:
    assert "is not of sha256 abab" in workshop.make(sha256="ab" * 32).stderr
    assert "MiB free in" in workshop.make(disk_mib=10**9).stderr
    right = hashlib.sha256((workshop.folder / "pack-1.tar.gz").read_bytes()).hexdigest()
    shutil.rmtree(workshop.toolkit)
    found = workshop.make(sha256=right, disk_mib=1)
    assert found.stderr == f"llama.cpp does not go on: no CUDA in {workshop.toolkit}\n" and not workshop.home.exists()


def test_it_gives_signs_of_life(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    maker = runpy.run_path(str(MAKER))
    maker["compile_all"].__globals__["PROGRESS_S"] = 0
    workshop.work.mkdir()
    maker["compile_all"](workshop.wanted, workshop.work)
    assert capsys.readouterr().out.splitlines() == [
        "llama.cpp: 1 of 3 files compiled, 0 minutes",
        "llama.cpp: 3 of 3 files compiled, 0 minutes",
    ]
