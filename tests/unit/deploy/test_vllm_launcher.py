"""The program that starts vLLM: it becomes vLLM, which then finds a compiler among its own packages."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.engines import vllm
from deploy.template import static


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An environment whose vllm tells what it was started with."""
    home = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    tell = "import json, os, sys; print(json.dumps([sys.argv[1:], dict(os.environ)]))"
    (home / "bin" / "vllm").write_text(f"#!{home}/bin/python\n{tell}\n")
    (home / "bin" / "vllm").chmod(0o755)
    return home


def started(home: Path, *words: str) -> tuple[list[str], dict[str, str]]:
    program = home / "vllm_server.py"
    program.write_text(static(vllm.LAUNCHER))
    command = [f"{home}/bin/python", str(program), *words]
    cache = {"VLLM_CACHE_ROOT": str(home / "cache")}
    done = subprocess.run(command, env=cache, capture_output=True, text=True, check=True)
    said, environment = json.loads(done.stdout)
    return said, environment


def test_it_becomes_vllm_and_tells_it_where_the_compiler_is(home: Path) -> None:
    [packages] = home.glob("lib/python3*/site-packages")
    (packages / "nvidia" / "cu13" / "lib").mkdir(parents=True)
    (packages / "nvidia" / "cu13" / "lib" / "libcudart.so.13").touch()
    for _ in range(2):  # a restart finds the links of the start before
        words, environment = started(home, "serve", "/m", "--port", "1")
    assert words == ["serve", "/m", "--port", "1"]
    assert environment["CUDA_HOME"] == str(packages / "nvidia" / "cu13")
    first, second = environment["LIBRARY_PATH"].split(":")
    assert second == f"{environment['CUDA_HOME']}/lib"
    assert (Path(first) / "libcudart.so").resolve() == Path(second) / "libcudart.so.13"
    assert (Path(first) / "libcuda.so").readlink() == Path("/usr/lib/x86_64-linux-gnu/libcuda.so.1")


def test_without_a_compiler_it_is_vllm_all_the_same(home: Path) -> None:
    words, environment = started(home, "serve")
    assert words == ["serve"] and "CUDA_HOME" not in environment
