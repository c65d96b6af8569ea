"""Ollama: several models, on the CPU or on NVIDIA cards; its store is read-only to it."""

import json

from pyinfra.api.deploy import deploy

from deploy.models import install_fetch, model_path
from deploy.operations import archives, files, stores
from deploy.operations.packages import packages
from deploy.template import static
from deploy.upstream import listen_address
from plan.machine import Handover, Machine
from plan.plan import Engine, Plan
from plan.sizing.memory import KV_TYPE

STORE = "/var/lib/eigenherd/ollama"
WANTED = "/etc/eigenherd/ollama.json"
MAKER = "/opt/eigenherd/bin/ollama_store.py"
EVERY_LAYER = 999  # more than any model has


@deploy("Ollama")
def install(plan: Plan, machine: Machine) -> None:
    archive = plan.engine.archive
    assert archive  # noqa: S101 (the plan refuses an Ollama without one)
    if archive.file.endswith(".zst"):
        packages(name="What unpacks Ollama", names=["zstd"])
    install_fetch()
    archives.unpacked(
        name=f"Ollama {plan.engine.version}",
        archive=archive,
        program="bin/ollama",
        folder=home(plan.engine),
        sources=plan.sources,
    )
    archives.only(name="No other Ollama", pattern="ollama-*", folders=[home(plan.engine)])
    files.write(name="Program ollama_store.py", text=static(MAKER), destination=MAKER)


@deploy("Ollama's store")
def prepare(handover: Handover, machine: Machine) -> None:
    """Its own form of the models, made before it starts."""
    text = wanted(handover.plan)
    files.write(name="The wanted models", text=text, destination=WANTED)
    stores.made(name="Store of just these models", store=STORE, wanted=WANTED, text=text, maker=MAKER)


@deploy("Ollama")
def retire() -> None:
    archives.only(name="No Ollama", pattern="ollama-*", folders=[])
    for path in (STORE, WANTED, MAKER):
        files.absent(name=f"No {path}", path=path)


def wanted(plan: Plan) -> str:
    """What ollama_store.py is asked for. repeat_penalty: Ollama's own default would bend answers unasked.

    num_gpu: every layer on the cards, as the plan reckoned; by itself Ollama would leave some to the CPU, silently.
    """
    layers = {"num_gpu": EVERY_LAYER} if plan.engine.device == "cuda" else {}
    models = [
        {
            "name": model.name,
            "path": model_path(model.artifact.file),
            "sha256": model.artifact.sha256,
            "system": model.system,
            "template": model_path(model.template.file) if model.template else "",
            "parameters": {
                **model.defaults.model_dump(exclude_defaults=True),
                "num_ctx": model.context,
                "repeat_penalty": 1.0,
                **layers,
            },
        }
        for model in plan.models
    ]
    asked = {"program": program(plan.engine), "store": STORE, "user": plan.engine.user, "models": models}
    return json.dumps(asked, indent=1) + "\n"


def command(handover: Handover, machine: Machine) -> list[str]:
    return [program(handover.plan.engine), "serve"]


def environment(handover: Handover, machine: Machine) -> dict[str, str]:
    plan = handover.plan
    address = listen_address(handover, machine)
    host = f"[{address}]" if ":" in address else address
    return {
        "OLLAMA_HOST": f"{host}:{plan.engine.port}",
        "OLLAMA_MODELS": STORE,
        "OLLAMA_KEEP_ALIVE": "-1",
        "OLLAMA_CONTEXT_LENGTH": str(max(model.context for model in plan.models)),
        "OLLAMA_NUM_PARALLEL": str(max(model.slots for model in plan.models)),
        "OLLAMA_MAX_LOADED_MODELS": str(len(plan.models)),
        "OLLAMA_LOAD_TIMEOUT": "15m",
        "OLLAMA_NO_CLOUD": "1",
        "OLLAMA_NOPRUNE": "1",
        "OLLAMA_NOHISTORY": "1",
        **(on_cards(handover, machine) if plan.engine.device == "cuda" else {}),
    }


def on_cards(handover: Handover, machine: Machine) -> dict[str, str]:
    """As the plan reckoned memory: cache type, nothing held back (the plan did), a model over all cards; CUDA alone."""
    gpu = handover.planned(machine).gpu
    return {
        "OLLAMA_FLASH_ATTENTION": "1",
        "OLLAMA_KV_CACHE_TYPE": KV_TYPE,
        "OLLAMA_GPU_OVERHEAD": "0",
        "OLLAMA_VULKAN": "0",
        "OLLAMA_SCHED_SPREAD": "1" if gpu and gpu.count > 1 else "0",
    }


def home(engine: Engine) -> str:
    return f"/opt/eigenherd/ollama-{engine.version}"


def program(engine: Engine) -> str:
    return f"{home(engine)}/bin/ollama"
