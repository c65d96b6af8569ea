"""vLLM: one model from a folder of files, for many users at once, on one or several NVIDIA cards."""

from pyinfra.api.deploy import deploy

from deploy.models import model_folder
from deploy.operations import files
from deploy.operations.packages import packages
from deploy.record import manifest
from deploy.template import static
from deploy.upstream import LOOPBACK, listen_address
from plan.machine import Handover, Machine
from plan.plan import Plan

# Its workers find each other by netlink, and talk on loopback alone.
FAMILIES = ("AF_NETLINK",)
LAUNCHER = "/opt/eigenherd/bin/vllm_server.py"
CACHE = "/var/lib/eigenherd/engine/vllm"

# Older cards compute no bfloat16, which most models are stored in.
BFLOAT16_SINCE = 8.0


@deploy("vLLM")
def install(plan: Plan, machine: Machine) -> None:
    """The launcher, and what compiles with it at the first start; vLLM itself is the plan's environment."""
    packages(name="Compiler for kernels and their launchers", names=["g++", "python3-dev"])
    files.write(name="Program vllm_server.py", text=static(LAUNCHER), destination=LAUNCHER)


@deploy("vLLM")
def retire() -> None:
    if LAUNCHER in manifest().paths:
        for path in (CACHE, LAUNCHER):
            files.absent(name=f"No {path}", path=path)


def command(handover: Handover, machine: Machine) -> list[str]:
    engine, [model] = handover.plan.engine, handover.plan.models
    gpu = handover.planned(machine).gpu
    assert engine.python and gpu  # noqa: S101 (the catalogue's row names it; the plan refuses it without a card)
    options = {
        "host": listen_address(handover, machine),
        "port": engine.port,
        "served-model-name": model.name,
        "tensor-parallel-size": gpu.count,
        "gpu-memory-utilization": engine.vram_share,
        "max-model-len": model.context,
        "max-num-seqs": model.slots,
        "dtype": "auto" if float(gpu.compute_capability) >= BFLOAT16_SINCE else "float16",
    }
    words = [word for key, value in options.items() for word in (f"--{key}", str(value))]
    python = f"/opt/eigenherd/{engine.python.name}/bin/python"
    return [
        python,
        LAUNCHER,
        "serve",
        model_folder(model),
        *words,
        "--no-enable-log-requests",
        "--disable-fastapi-docs",
    ]


def environment(handover: Handover, machine: Machine) -> dict[str, str]:
    """Offline, untold, and nothing among its own processes that leaves the machine; ninja is beside its program."""
    python = handover.plan.engine.python
    assert python  # noqa: S101 (the catalogue's row names it)
    return {
        "PATH": f"/opt/eigenherd/{python.name}/bin:/usr/bin:/bin",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "VLLM_PLUGINS": "",
        # Its sampler would be compiled at the first start; vLLM's own is there.
        "VLLM_USE_FLASHINFER_SAMPLER": "0",
        "VLLM_CACHE_ROOT": CACHE,
        "TRITON_CACHE_DIR": f"{CACHE}/triton",
        "VLLM_HOST_IP": LOOPBACK,
        "VLLM_LOOPBACK_IP": LOOPBACK,
        "NCCL_SOCKET_IFNAME": "lo",
        "GLOO_SOCKET_IFNAME": "lo",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
