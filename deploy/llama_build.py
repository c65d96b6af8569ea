"""llama.cpp's server for NVIDIA cards: built on the machine, from locked sources, by a locked compiler."""

import json
from hashlib import sha256
from pathlib import Path

from deploy import package_index
from deploy.models import install_fetch, model_path
from deploy.operations import archives, artifacts, files, stores
from deploy.operations.packages import packages
from deploy.record import manifest
from deploy.template import static
from deploy.upstream import listen_address
from plan.disk import BUILD_MIB
from plan.machine import Handover, Machine
from plan.plan import Engine, Gpu, Plan
from plan.sizing.cache import BATCH_TOKENS
from plan.sizing.memory import KV_TYPE

SOURCES = "/opt/eigenherd/sources"
BUILDS = "/opt/eigenherd/builds"
WANTED = "/etc/eigenherd/llama_cpp.json"
MAKER = "/opt/eigenherd/bin/llama_build.py"
LAUNCHER = "/opt/eigenherd/bin/llama_cuda.py"
RELAY = "/opt/eigenherd/bin/model_relay.py"
PROGRAMS = (MAKER, LAUNCHER, RELAY, artifacts.INDEX)
TARGET = "llama-server"

# Nothing but the server, and nothing that it would fetch while it is built. NO_VMM: the program then starts without the
# driver's library, and says itself that there is no card. Not NATIVE: it runs on whatever machine the disk is put into.
OPTIONS = {
    "CMAKE_BUILD_TYPE": "Release",
    "BUILD_SHARED_LIBS": "OFF",
    "GGML_CUDA": "ON",
    "GGML_CUDA_NO_VMM": "ON",
    "GGML_CUDA_NCCL": "OFF",
    "GGML_NATIVE": "OFF",
    "GGML_CCACHE": "OFF",
    "LLAMA_OPENSSL": "OFF",
    "LLAMA_SUBPROCESS": "OFF",
    "LLAMA_BUILD_UI": "OFF",
    "LLAMA_USE_PREBUILT_UI": "OFF",
    "LLAMA_BUILD_TESTS": "OFF",
    "LLAMA_BUILD_EXAMPLES": "OFF",
    "LLAMA_BUILD_APP": "OFF",
}


def install_built(plan: Plan, machine: Machine) -> None:
    engine = plan.engine
    assert engine.archive and engine.python  # noqa: S101 (the plan names both where it is built)
    packages(name="What llama.cpp is compiled with", names=["g++", "libgomp1"])
    install_fetch()
    for program in PROGRAMS:
        text = (
            Path(package_index.__file__).read_text(encoding="utf-8") if program == artifacts.INDEX else static(program)
        )
        files.write(name=f"Program {program.rpartition('/')[2]}", text=text, destination=program)
    files.folder(name="Folder of sources", path=SOURCES)
    artifacts.only(name="No other sources", folder=SOURCES, files=[engine.archive.file])
    artifacts.held(
        name="Sources of llama.cpp",
        artifact=engine.archive,
        folder=SOURCES,
        kind="archives",
        sources=plan.sources,
        pip=f"/opt/eigenherd/{engine.python.name}/bin/pip",
    )
    files.folder(name="Folder of builds", path=BUILDS)
    text = wanted(plan, machine)
    files.write(name="What is to be built", text=text, destination=WANTED)
    stores.made(name=title(plan, machine), store=home(engine), wanted=WANTED, text=text, maker=MAKER)
    archives.only(name="No other llama.cpp", pattern="llama_cpp-*", folders=[home(engine)])


def title(plan: Plan, machine: Machine) -> str:
    return f"llama.cpp {plan.engine.version} for compute capability {card(plan, machine).compute_capability}"


def retire_built() -> None:
    if WANTED in manifest().paths:
        archives.only(name="No llama.cpp built here", pattern="llama_cpp-*", folders=[])
        for path in (SOURCES, BUILDS, MAKER, LAUNCHER, artifacts.INDEX, WANTED):
            files.absent(name=f"No {path}", path=path)


def wanted(plan: Plan, machine: Machine) -> str:
    """What llama_build.py is asked for: all that a program depends on, so that another wish is another program."""
    engine = plan.engine
    assert engine.archive and engine.python  # noqa: S101 (the plan names both where it is built)
    capability = card(plan, machine).compute_capability
    asked = {
        "home": home(engine),
        "work": f"{BUILDS}/llama_cpp",
        "sources": f"{SOURCES}/{engine.archive.file}",
        "sha256": engine.archive.sha256,
        "tree": "thirdparty/llama.cpp",
        "toolkit": f"/opt/eigenherd/{engine.python.name}",
        "lock_sha256": engine.python.lock_sha256,
        "target": TARGET,
        "disk_mib": BUILD_MIB,
        "options": {
            **OPTIONS,
            "CMAKE_CUDA_ARCHITECTURES": f"{capability.replace('.', '')}-real",
            "LLAMA_BUILD_NUMBER": engine.version.rpartition(".")[2],
        },
    }
    return json.dumps(asked, indent=1) + "\n"


def command_of_built(handover: Handover, machine: Machine) -> list[str]:
    """All that llama.cpp would else choose by itself. Without one of its devices it does not start."""
    plan = handover.plan
    engine, [model] = plan.engine, plan.models
    count = card(plan, machine).count
    options = {
        "model": model_path(model.artifact.file),
        "alias": model.name,
        "ctx-size": model.context * model.slots,
        "parallel": model.slots,
        "ubatch-size": BATCH_TOKENS,
        "gpu-layers": "all",
        "device": ",".join(f"CUDA{number}" for number in range(count)),
        "split-mode": "layer" if count > 1 else "none",
        "tensor-split": ",".join(["1"] * count),
        "flash-attn": "on",
        "cache-type-k": KV_TYPE,
        "cache-type-v": KV_TYPE,
        "fit": "off",  # would shrink context or layers silently
        "cache-ram": 0,  # would keep old prompts in up to 8 GiB beside the planned memory
        "cors-origins": "",  # no page in a browser on this machine may read answers
        "log-verbosity": 1,  # errors: its warnings quote from requests that it can't read
    }
    words = [word for key, value in options.items() for word in (f"--{key}", str(value))]
    # Slots show other people's prompts; metrics are counts alone, and the gateway has no route to either.
    flags = ["--no-kv-unified", "--no-cache-idle-slots", "--no-ui", "--no-slots", "--metrics", "--offline"]
    relay = ["--name", model.name, "--host", listen_address(handover, machine), "--port", str(engine.port)]
    return ["/usr/bin/python3", LAUNCHER, *relay, "--", f"{home(engine)}/bin/{TARGET}", *words, *flags]


def environment_of_built(handover: Handover, machine: Machine) -> dict[str, str]:
    """The wish is in it, so that another program is a restart."""
    made_from = sha256(wanted(handover.plan, machine).encode()).hexdigest()
    return {"EIGENHERD_BUILD": made_from[:32], "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}


def card(plan: Plan, machine: Machine) -> Gpu:
    gpu = next(planned.gpu for planned in plan.machines if planned.name == machine.name)
    assert gpu  # noqa: S101 (the plan has a card on every engine machine, or builds for the CPU)
    return gpu


def home(engine: Engine) -> str:
    return f"/opt/eigenherd/llama_cpp-{engine.version}"
