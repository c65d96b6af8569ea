"""vLLM: one model as safetensors, over all cards of a machine by tensor parallelism."""

from pyinfra.api.deploy import deploy

from deploy.models import model_path
from deploy.operations import files, links
from deploy.operations.packages import packages
from deploy.template import static
from deploy.upstream import listen_address
from plan.machine import Handover, Machine
from plan.plan import Gpu, Model, Plan

LAUNCHER = "/opt/eigenherd/bin/vllm_server.py"
FOLDERS = "/var/lib/eigenherd/vllm"
HOME = "/var/lib/eigenherd/engine"

# Some kernels are compiled at the first start, with the lock's CUDA compiler and the system's C compiler.
COMPILE = ["g++", "python3-dev"]
FIRST_WITH_BFLOAT16 = 8.0

# What its unit lets it do beside: NCCL looks for network interfaces, and binds threads and memory to a card's side.
UNIT = {
    "RestrictAddressFamilies": "AF_NETLINK",
    "SystemCallFilter": "sched_setaffinity mbind set_mempolicy get_mempolicy",
}


@deploy("vLLM")
def install(plan: Plan, machine: Machine) -> None:
    """The launcher; vLLM itself is the plan's virtual environment."""
    packages(name="What compiles for vLLM", names=COMPILE)
    files.write(name="Program vllm_server.py", text=static(LAUNCHER), destination=LAUNCHER)


@deploy("vLLM's models")
def prepare(handover: Handover, machine: Machine) -> None:
    """A folder for each model, in which its files have the names that it was published with."""
    models = handover.plan.models
    files.folder(name="Folder of the models' folders", path=FOLDERS)
    files.only(name="No model that is not planned", path=FOLDERS, names=[called(model) for model in models])
    for model in models:
        files.folder(name=f"Folder of {model.name}", path=folder(model))
        links.just_these(name=f"Files of {model.name}", path=folder(model), targets=targets(model))


@deploy("vLLM")
def retire() -> None:
    for path in (FOLDERS, LAUNCHER):
        files.absent(name=f"No {path}", path=path)


def called(model: Model) -> str:
    return model.name.replace(":", "-").replace("/", "-")


def folder(model: Model) -> str:
    return f"{FOLDERS}/{called(model)}"


def targets(model: Model) -> dict[str, str]:
    """Name in the model's folder to the file it leads to."""
    return {file.name or file.file: model_path(file.file) for file in model.files}


def command(handover: Handover, machine: Machine) -> list[str]:
    engine, [model] = handover.plan.engine, handover.plan.models
    assert engine.python  # noqa: S101 (the catalogue's row names it)
    gpu = handover.planned(machine).gpu
    options = {
        "served-model-name": model.name,
        "host": listen_address(handover, machine),
        "port": engine.port,
        "tensor-parallel-size": gpu.count if gpu else 1,
        "pipeline-parallel-size": 1,
        "gpu-memory-utilization": engine.memory_share,
        "max-model-len": model.context,
        "max-num-seqs": model.slots,
        "dtype": number_format(gpu),
        "kv-cache-dtype": "auto",
        "load-format": "safetensors",
        "generation-config": "auto",
        "uvicorn-log-level": "warning",
    }
    words = [word for key, value in options.items() for word in (f"--{key}", str(value))]
    return [f"/opt/eigenherd/{engine.python.name}/bin/python", LAUNCHER, "serve", folder(model), *words, *SWITCHES]


# CUDA graphs, which cost memory and start time, make it fast; nothing of a request is written to the journal.
SWITCHES = ("--no-enforce-eager", "--no-enable-log-requests", "--disable-uvicorn-access-log", "--no-trust-remote-code")


def number_format(gpu: Gpu | None) -> str:
    """The model's own, or half precision on cards without bfloat16."""
    return "half" if gpu and float(gpu.compute_capability) < FIRST_WITH_BFLOAT16 else "auto"


def environment(handover: Handover, machine: Machine) -> dict[str, str]:
    """It calls nobody, and its processes find each other on loopback; the paths are for compiling."""
    python = handover.plan.engine.python
    assert python  # noqa: S101 (the catalogue's row names it)
    home = f"/opt/eigenherd/{python.name}"
    return {
        "PATH": f"{home}/bin:/usr/bin:/bin",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "VLLM_HOST_IP": "127.0.0.1",
        "NCCL_SOCKET_IFNAME": "lo",
        "GLOO_SOCKET_IFNAME": "lo",
        "VLLM_USE_FLASHINFER_SAMPLER": "0",
        "VLLM_CACHE_ROOT": f"{HOME}/vllm",
        "TRITON_CACHE_DIR": f"{HOME}/triton",
        "TORCHINDUCTOR_CACHE_DIR": f"{HOME}/inductor",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
