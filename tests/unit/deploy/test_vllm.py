"""vLLM obeys the plan: argv, environment, its model's folder, and what its unit may do beside."""

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy import engine
from deploy.engines import vllm
from deploy.facts.files import Entries, Links
from deploy.operations import links
from deploy.template import render, static
from plan.derive import derive
from plan.environment import load
from plan.machine import Handover
from tests.render.examples import handover_of
from tests.unit.deploy.conftest import PaperHost
from tests.unit.plan.folders import FILES, asked, known, row

OFFICE: dict[str, Any] = {
    "machine": {"provider": "existing", "address": "192.168.10.20", "memory_gib": 64},
    "gateway": {"allow": ["192.168.10.0/24"]},
    "clients": ["demo"],
}


@pytest.fixture(params=[1, 2], ids=["one card", "two cards"])
def count(request: pytest.FixtureRequest) -> int:
    number: int = request.param
    return number


@pytest.fixture
def served(count: int, monkeypatch: pytest.MonkeyPatch) -> Handover:
    known(monkeypatch, row())
    return handover_of(derive(load(asked(OFFICE, gpus=count)), "test"))


def test_it_is_told_all_that_the_plan_chose(served: Handover, count: int) -> None:
    python, launcher, serve, folder, *words = vllm.command(served, served.machines[0])
    [model] = served.plan.models
    assert (python, launcher) == ("/opt/eigenherd/vllm/bin/python", "/opt/eigenherd/bin/vllm_server.py")
    assert (serve, folder) == ("serve", "/var/lib/eigenherd/vllm/qwen3-8b")
    options = dict(zip(words[: -len(vllm.SWITCHES) : 2], words[1 : -len(vllm.SWITCHES) : 2], strict=True))
    assert options == {
        "--served-model-name": "qwen3:8b",
        "--host": "127.0.0.1",
        "--port": "8101",
        "--tensor-parallel-size": str(count),
        "--pipeline-parallel-size": "1",
        "--gpu-memory-utilization": "0.9",
        "--max-model-len": str(model.context),
        "--max-num-seqs": str(model.slots),
        "--dtype": "auto",
        "--kv-cache-dtype": "auto",
        "--load-format": "safetensors",
        "--generation-config": "auto",
        "--uvicorn-log-level": "warning",
    }
    assert {"--no-enforce-eager", "--no-enable-log-requests", "--no-trust-remote-code"} <= set(words)


@pytest.mark.parametrize(("capability", "dtype"), [("7.5", "half"), ("8.0", "auto"), ("12.0", "auto")])
def test_cards_without_bfloat16_get_half_precision(served: Handover, capability: str, dtype: str) -> None:
    gpu = served.plan.machines[0].gpu
    assert gpu and vllm.number_format(gpu.model_copy(update={"compute_capability": capability})) == dtype


def test_it_calls_nobody(served: Handover) -> None:
    environment = vllm.environment(served, served.machines[0])
    expected = {
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "VLLM_HOST_IP": "127.0.0.1",
        "NCCL_SOCKET_IFNAME": "lo",
    }
    assert environment.items() >= expected.items()


def test_its_unit_has_the_cards_and_stays_closed(served: Handover) -> None:
    unit = render(engine.FILE, engine.unit_values(served, served.machines[0])).splitlines()
    start = next(line for line in unit if line.startswith("ExecStart="))
    assert shlex.split(start.removeprefix("ExecStart="))[1:3] == [vllm.LAUNCHER, "serve"]
    assert {"IPAddressDeny=any", "IPAddressAllow=localhost", "DeviceAllow=char-nvidia-uvm rw"} <= set(unit)
    assert "PrivateDevices=yes" not in unit
    forbidden = unit.index("SystemCallFilter=~@privileged @resources")
    assert forbidden < unit.index("SystemCallFilter=sched_setaffinity mbind set_mempolicy get_mempolicy")
    families = [line for line in unit if line.startswith("RestrictAddressFamilies=")]
    assert families == [
        "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
        "RestrictAddressFamilies=AF_NETLINK",
    ]


def test_its_models_files_have_the_names_they_were_published_with(served: Handover) -> None:
    [model] = served.plan.models
    assert vllm.targets(model) == {name: f"/var/lib/eigenherd/models/qwen3-8b.{name}" for name in FILES}


@pytest.mark.parametrize(
    ("found", "entries", "changes"),
    [
        ({"a": "/m/a"}, ["a"], False),
        ({}, [], True),
        ({"a": "/m/other"}, ["a"], True),
        ({"a": "/m/a"}, ["a", "b"], True),
        ({"a": "/m/a", "b": "/m/b"}, ["a", "b"], True),
    ],
)
def test_a_folder_holds_just_the_links(
    host: PaperHost, found: dict[str, str], entries: list[str], changes: bool
) -> None:
    host.facts |= {Links: found, Entries: entries}
    done = host.does(links.just_these, path="/v/m", targets={"a": "/m/a"})
    assert done == (["cd /v/m && find . -mindepth 1 -delete && ln -sfn -- /m/a a"] if changes else [])


@pytest.fixture
def launched(tmp_path: Path) -> Path:
    """An environment with a vllm that tells what it was started with, and CUDA's packages in it."""
    home = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    [packages] = home.glob("lib/python3*/site-packages")
    (packages / "nvidia" / "cu13" / "lib").mkdir(parents=True)
    (packages / "nvidia" / "cu13" / "lib" / "libcudart.so.13").touch()
    tell = "import json, os, sys; print(json.dumps([sys.argv[1:], dict(os.environ)]))"
    (home / "bin" / "vllm").write_text(f"#!{home}/bin/python\n{tell}\n")
    (home / "bin" / "vllm").chmod(0o755)
    return home


def test_the_launcher_becomes_vllm_and_tells_it_where_the_compiler_is(launched: Path, tmp_path: Path) -> None:
    program = tmp_path / "vllm_server.py"
    program.write_text(static(vllm.LAUNCHER))
    command = [f"{launched}/bin/python", str(program), "serve", "/m", "--port", "1"]
    for _ in range(2):  # a restart finds the links of the start before
        done = subprocess.run(command, env={"HOME": str(tmp_path)}, capture_output=True, text=True, check=True)
    words, environment = json.loads(done.stdout)
    assert words == ["serve", "/m", "--port", "1"]
    assert environment["CUDA_HOME"].endswith("site-packages/nvidia/cu13")
    first, second = environment["LIBRARY_PATH"].split(":")
    assert second == f"{environment['CUDA_HOME']}/lib"
    assert (Path(first) / "libcudart.so").resolve() == Path(second) / "libcudart.so.13"
    assert (Path(first) / "libcuda.so").readlink() == Path("/usr/lib/x86_64-linux-gnu/libcuda.so.1")


def test_without_a_compiler_it_is_vllm_all_the_same(launched: Path, tmp_path: Path) -> None:
    shutil.rmtree(next(launched.glob("lib/python3*/site-packages/nvidia")))
    program = tmp_path / "vllm_server.py"
    program.write_text(static(vllm.LAUNCHER))
    command = [f"{launched}/bin/python", str(program), "serve"]
    done = subprocess.run(command, env={"HOME": str(tmp_path)}, capture_output=True, text=True, check=True)
    words, environment = json.loads(done.stdout)
    assert words == ["serve"] and "CUDA_HOME" not in environment
