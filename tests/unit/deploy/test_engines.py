"""Engines obey the plan: their argv and environment, and the contract that each file has to fulfil."""

import json
import py_compile
import subprocess
from pathlib import Path

import pytest

from deploy import engine, models
from deploy.engines import llama_cpp, load_engine, names, ollama, vllm
from deploy.template import static
from plan import catalog
from plan.machine import Handover
from tests.render.examples import handover_of, plan_of


@pytest.fixture
def sandbox() -> Handover:
    return handover_of(plan_of("sandbox"))


@pytest.fixture
def with_ollama() -> Handover:
    return handover_of(plan_of("ollama"))


def test_ollama_gets_template_and_defaults_that_come_beside_the_file() -> None:
    [model] = json.loads(ollama.wanted(plan_of("office")))["models"]
    assert model["template"] == "/var/lib/eigenherd/models/gpt-oss.template"
    assert model["parameters"] == {"temperature": 1.0, "num_ctx": 32768, "repeat_penalty": 1.0, "num_gpu": 999}


@pytest.mark.parametrize("name", names())
def test_every_engine_fulfils_the_contract(name: str) -> None:
    engine = load_engine(name)
    assert engine.__doc__ and "\n" not in engine.__doc__.strip()
    assert all(callable(getattr(engine, each)) for each in ("install", "command", "environment", "retire"))
    assert catalog.engine(name).user == "eigenherd-engine"


def options(words: list[str]) -> dict[str, str]:
    return dict(zip(words[::2], words[1::2], strict=True))


def test_llama_cpp_is_told_all_that_the_plan_chose(sandbox: Handover) -> None:
    python, launcher, *words = llama_cpp.command(sandbox, sandbox.machines[0])
    [model] = sandbox.plan.models
    assert (python, launcher) == ("/opt/eigenherd/llama_cpp/bin/python", "/opt/eigenherd/bin/llama_server.py")
    assert options(words) == {
        "--model": f"/var/lib/eigenherd/models/{model.artifact.file}",
        "--name": "smollm2:135m",
        "--host": "127.0.0.1",
        "--port": "8100",
        "--context": str(model.context),
        "--slots": str(model.slots),
        "--device": "cpu",
    }


def test_llama_cpp_threads_sleep_while_they_wait(sandbox: Handover) -> None:
    assert llama_cpp.environment(sandbox, sandbox.machines[0])["OMP_WAIT_POLICY"] == "passive"


def test_an_engine_elsewhere_listens_on_the_private_address() -> None:
    pair = handover_of(plan_of("pair"))
    second = pair.machines[1]
    assert options(llama_cpp.command(pair, second)[2:])["--host"] == second.private_address
    assert ollama.environment(pair, second)["OLLAMA_HOST"].startswith(f"{second.private_address}:")


def test_ollama_runs_the_planned_version(with_ollama: Handover) -> None:
    version = with_ollama.plan.engine.version
    command = ollama.command(with_ollama, with_ollama.machines[0])
    assert command == [f"/opt/eigenherd/ollama-{version}/bin/ollama", "serve"]


def test_ollama_stays_local_and_keeps_models_loaded(with_ollama: Handover) -> None:
    environment = ollama.environment(with_ollama, with_ollama.machines[0])
    [model] = with_ollama.plan.models
    expected = {
        "OLLAMA_HOST": "127.0.0.1:11434",
        "OLLAMA_KEEP_ALIVE": "-1",
        "OLLAMA_NO_CLOUD": "1",
        "OLLAMA_NOPRUNE": "1",
        "OLLAMA_CONTEXT_LENGTH": str(model.context),
        "OLLAMA_NUM_PARALLEL": str(model.slots),
        "OLLAMA_MAX_LOADED_MODELS": "1",
    }
    assert environment.items() >= expected.items()


def test_ollama_is_new_enough_to_be_safe(with_ollama: Handover) -> None:
    """The lowest version that the project takes, for its security fixes, is 0.17.1."""
    assert tuple(map(int, with_ollama.plan.engine.version.split("."))) >= (0, 17, 1)


def test_ollamas_store_is_asked_for_the_planned_models(with_ollama: Handover) -> None:
    wanted = json.loads(ollama.wanted(with_ollama.plan))
    [model] = with_ollama.plan.models
    assert wanted["user"] == with_ollama.plan.engine.user
    assert wanted["models"] == [
        {
            "name": "smollm2:135m",
            "path": f"/var/lib/eigenherd/models/{model.artifact.file}",
            "sha256": model.artifact.sha256,
            "system": "You are a helpful AI assistant named SmolLM, trained by Hugging Face",
            "template": "",
            "parameters": {"num_ctx": model.context, "repeat_penalty": 1.0},
        }
    ]


PROGRAMS = [*llama_cpp.PROGRAMS, ollama.MAKER, vllm.LAUNCHER]


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_are_python_that_a_host_can_read(program: str, tmp_path: Path) -> None:
    source = tmp_path / "program.py"
    source.write_text(static(program))
    subprocess.run(["python3", "-m", "py_compile", str(source)], check=True, capture_output=True)


def test_a_models_file_lies_where_engines_look() -> None:
    assert models.model_path("a.gguf") == "/var/lib/eigenherd/models/a.gguf"


def test_compiled_files_are_not_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "TEMPLATES", tmp_path)
    (programs := tmp_path / "opt/eigenherd/bin").mkdir(parents=True)
    (programs / "relay.py").write_text("answer = 42\n")
    py_compile.compile(str(programs / "relay.py"))
    assert engine.programs() == ["answer = 42\n"]
