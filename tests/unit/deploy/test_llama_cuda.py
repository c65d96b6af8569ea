"""llama.cpp built for cards: told all that the plan chose, rebuilt for another wish; its launcher ends as it does."""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from deploy import engine, llama_build
from deploy.engines import llama_cpp
from deploy.template import TEMPLATES, render
from plan import catalog
from plan.derive.torch import locked
from plan.machine import Handover
from plan.plan import Engine
from tests.render.examples import handover_of, on_cards, plan_of

ROOT = Path(__file__).resolve().parents[3]
STANDIN = ROOT / "tests/standins/llama_server.py"


def built(count: int = 1, **changes: object) -> Handover:
    """A plan for so many cards, as `pin: {engine: llama_cpp}` makes it."""
    plan = on_cards(count, "llama_cpp").plan
    row = catalog.engine("llama_cpp")
    found = catalog.archive(row, "cuda")
    assert found
    values = {
        "name": row.name,
        "version": row.version,
        "port": row.port,
        "user": row.user,
        "device": "cuda",
        "build": "cuda",
        "python": locked(catalog.python(row.compiler)),
        "archive": found.artifact,
    }
    [machine] = plan.machines
    assert machine.gpu
    gpu = machine.gpu.model_copy(update=changes)
    updates = {"engine": Engine.model_validate(values), "machines": (machine.model_copy(update={"gpu": gpu}),)}
    return handover_of(plan.model_copy(update=updates))


def with_engine(handover: Handover, **changes: object) -> Handover:
    engine = handover.plan.engine.model_copy(update=changes)
    return handover.model_copy(update={"plan": handover.plan.model_copy(update={"engine": engine})})


def command(handover: Handover) -> list[str]:
    return llama_cpp.command(handover, handover.machines[0])


@pytest.mark.parametrize("count", [1, 2])
def test_it_chooses_nothing_by_itself(count: int) -> None:
    handover = built(count)
    [model] = handover.plan.models
    words = command(handover)
    told = dict(pairwise(words))
    expected = {
        "--model": f"/var/lib/eigenherd/models/{model.artifact.file}",
        "--alias": model.name,
        "--ctx-size": str(model.context * model.slots),
        "--parallel": str(model.slots),
        "--gpu-layers": "all",
        "--device": "CUDA0" if count == 1 else "CUDA0,CUDA1",
        "--split-mode": "none" if count == 1 else "layer",
        "--tensor-split": "1" if count == 1 else "1,1",
        "--flash-attn": "on",
        "--cache-type-k": "f16",
        "--fit": "off",
        "--cache-ram": "0",
        "--cors-origins": "",
        "--host": "127.0.0.1",
        "--port": "8100",
    }
    assert told.items() >= expected.items()
    assert {"--no-slots", "--metrics", "--offline", "--no-ui", "--no-kv-unified"} <= set(words)
    assert words[words.index("--") + 1] == f"/opt/eigenherd/llama_cpp-{handover.plan.engine.version}/bin/llama-server"


def test_another_card_sources_or_compiler_is_another_program_and_a_restart() -> None:
    usual = built()
    python, archive = usual.plan.engine.python, usual.plan.engine.archive
    assert python and archive
    other = {
        "card": built(compute_capability="9.0"),
        "lock": with_engine(usual, python=python.model_copy(update={"lock_sha256": "0" * 64})),
        "sources": with_engine(usual, archive=archive.model_copy(update={"sha256": "0" * 64})),
    }
    wishes = {name: llama_build.wanted(each.plan, each.machines[0]) for name, each in other.items()}
    wish = llama_build.wanted(usual.plan, usual.machines[0])
    assert len({wish, *wishes.values()}) == 4
    runs = {engine.unit_values(each, each.machines[0])["run"] for each in (usual, *other.values())}
    assert len(runs) == 4
    assert wish == llama_build.wanted(built().plan, usual.machines[0])


def test_it_is_built_for_the_planned_card_alone() -> None:
    handover = built(compute_capability="12.0")
    wanted = json.loads(llama_build.wanted(handover.plan, handover.machines[0]))
    assert wanted["options"]["CMAKE_CUDA_ARCHITECTURES"] == "120-real"
    assert wanted["options"]["GGML_NATIVE"] == wanted["options"]["LLAMA_USE_PREBUILT_UI"] == "OFF"
    assert wanted["options"]["LLAMA_BUILD_NUMBER"] == "11549"


def test_the_unit_says_every_word_and_waits_at_the_gate() -> None:
    handover = built(2)
    unit = render(engine.FILE, engine.unit_values(handover, handover.machines[0]))
    assert '"--device" "CUDA0,CUDA1"' in unit and '"--cors-origins" ""' in unit
    assert "Requires=eigenherd-gpu-gate.service" in unit and "DeviceAllow=char-nvidia rw" in unit


def test_without_a_card_the_prebuilt_program_stays() -> None:
    sandbox = handover_of(plan_of("sandbox"))
    assert command(sandbox)[1] == llama_cpp.LAUNCHER
    assert "EIGENHERD_BUILD" not in llama_cpp.environment(sandbox, sandbox.machines[0])


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


@pytest.fixture
def launched(tmp_path: Path, port: int) -> "Iterator[subprocess.Popen[str]]":
    launcher = str(TEMPLATES / llama_build.LAUNCHER.lstrip("/"))
    words = ["--name", "a:1b", "--host", "127.0.0.1", "--port", str(port), "--", sys.executable, str(STANDIN)]
    process = subprocess.Popen(
        [sys.executable, launcher, *words, "--alias", "a:1b"], env={"HOME": str(tmp_path)}, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def ask(port: int, model: str) -> int:
    body = json.dumps({"model": model, "messages": []}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/chat/completions", body)
    for _ in range(100):
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 (loopback)
                status: int = answer.status
                return status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            time.sleep(0.1)
    raise AssertionError("it does not answer")


def test_it_answers_for_its_model_alone(launched: "subprocess.Popen[str]", port: int, tmp_path: Path) -> None:
    assert (ask(port, "a:1b"), ask(port, "other:2b")) == (200, 404)
    assert (tmp_path / "asked").read_text().splitlines() == ["POST /v1/chat/completions"]


def test_told_to_stop_it_takes_the_program_with_it(launched: "subprocess.Popen[str]", port: int) -> None:
    ask(port, "a:1b")
    [child] = Path(f"/proc/{launched.pid}/task/{launched.pid}/children").read_text().split()
    launched.send_signal(signal.SIGTERM)
    assert launched.wait(30) == 0 and not Path(f"/proc/{child}").exists()


def test_when_the_program_refuses_it_ends_with_its_code(tmp_path: Path, port: int) -> None:
    launcher = str(TEMPLATES / llama_build.LAUNCHER.lstrip("/"))
    words = ["--name", "a:1b", "--host", "127.0.0.1", "--port", str(port), "--"]
    refuses = [sys.executable, "-c", "import sys; sys.exit('invalid device: CUDA0')", "--device", "CUDA0"]
    done = subprocess.run([sys.executable, launcher, *words, *refuses], capture_output=True, text=True, timeout=30)
    assert done.returncode == 1 and "invalid device: CUDA0" in done.stderr
