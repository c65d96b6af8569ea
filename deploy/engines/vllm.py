"""vLLM: one model from a folder of files, for many users at once, on one or several NVIDIA cards."""

from pyinfra.api.deploy import deploy

from deploy.facts.python import ROOT
from deploy.models import model_folder
from deploy.operations import files
from deploy.operations.packages import packages
from deploy.record import manifest
from deploy.upstream import LOOPBACK, listen_address
from plan.machine import Handover, Machine
from plan.plan import Plan

# Its workers find each other by netlink, and talk on loopback alone.
FAMILIES = ("AF_NETLINK",)
CACHE = "/var/lib/eigenherd/engine/vllm"

# Older cards compute no bfloat16, which most models are stored in.
BFLOAT16_SINCE = 8.0


@deploy("vLLM")
def install(plan: Plan, machine: Machine) -> None:
    """What makes the small C parts of its kernels at the first start; vLLM itself is the plan's environment."""
    packages(name="Compiler for kernels' launchers", names=["gcc", "libc6-dev", "python3-dev"])


@deploy("vLLM")
def retire() -> None:
    if f"{ROOT}/vllm" in manifest().paths:
        files.absent(name="No cache of vLLM", path=CACHE)


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
    program = f"/opt/eigenherd/{engine.python.name}/bin/vllm"
    return [program, "serve", model_folder(model), *words, "--no-enable-log-requests", "--disable-fastapi-docs"]


def environment(handover: Handover, machine: Machine) -> dict[str, str]:
    """Offline, untold, and nothing among its own processes that leaves the machine."""
    return {
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "VLLM_PLUGINS": "",
        "VLLM_CACHE_ROOT": CACHE,
        "TRITON_CACHE_DIR": f"{CACHE}/triton",
        "VLLM_HOST_IP": LOOPBACK,
        "VLLM_LOOPBACK_IP": LOOPBACK,
        "NCCL_SOCKET_IFNAME": "lo",
        "GLOO_SOCKET_IFNAME": "lo",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
