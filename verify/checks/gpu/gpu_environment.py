"""Variables that change what CUDA does, or hide the card from it."""

import re

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.nvidia import cards
from verify.processes import UNIT, unit_processes
from verify.target import Target

# Profilers, debuggers and dumps, as DCGM names them; LISTED is all that is read: other variables may be private.
STRANGE = (
    "NSIGHT_CUDA_DEBUGGER",
    "CUDA_INJECTION32_PATH",
    "CUDA_INJECTION64_PATH",
    "CUDA_AUTO_BOOST",
    "CUDA_ENABLE_COREDUMP_ON_EXCEPTION",
    "CUDA_COREDUMP_FILE",
    "CUDA_DEVICE_WAITS_ON_EXCEPTION",
    "CUDA_PROFILE",
    "COMPUTE_PROFILE",
    "OPENCL_PROFILE",
)
LISTED = "|".join((*STRANGE, "CUDA_VISIBLE_DEVICES"))
ASK = (
    "for pid in {pids}; do test -r /proc/$pid/environ && echo process $pid; "
    "tr '\\0' '\\n' < /proc/$pid/environ | grep -E '^({listed})='; done; true"
)


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="warning",
    subject="engine",
    gpu=True,
    source="NVIDIA DCGM, software level: environment variables",
)
def gpu_environment(target: Target) -> Finding:
    """No profiler or debugger is set in the engine's environment, and none of the cards is hidden from it."""
    pids = [process.pid for process in unit_processes(target).processes]
    text = target.host.run(ASK.format(pids=" ".join(pids), listed=LISTED), root=True).stdout
    processes = re.findall(r"^process (\d+)$", text, re.MULTILINE)
    if not processes:
        found = f"{len(pids)} processes, none of them readable"
        raise CouldNotTell("the engine's environment", found, f"systemctl status {UNIT}")
    settings = dict(re.findall(rf"^({LISTED})=(.*)$", text, re.MULTILINE))
    wrong = [name for name in STRANGE if settings.get(name)]
    if "CUDA_VISIBLE_DEVICES" in settings:
        wrong += hidden(settings["CUDA_VISIBLE_DEVICES"], target)
    if wrong:
        return failed("none of them set", "; ".join(wrong), f"systemctl edit {UNIT}; systemctl restart {UNIT}")
    return passed(f"nothing strange in {len(processes)} processes", "none of them set")


def hidden(value: str, target: Target) -> list[str]:
    """What CUDA_VISIBLE_DEVICES hides; CUDA ignores the rest of the list after a name that it does not know."""
    rows = cards(target.host, "index", "uuid")
    asked = [name.strip() for name in value.split(",") if name.strip()]
    unknown = [name for name in asked if not any(name in (row["index"], row["uuid"]) for row in rows)]
    if unknown or len(asked) < len(rows):
        return [f"CUDA_VISIBLE_DEVICES={value or '(empty)'}, the machine has {len(rows)} cards"]
    return []
