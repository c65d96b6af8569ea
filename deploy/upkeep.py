"""Kernel and driver later on: the machine looks once a day whether they are behind; with a window it moves them itself.

All of it runs on the machine, without a controller: the program, its timers, and the checks that judge it.
"""

import json
from typing import Any

from pyinfra.api.deploy import deploy

from deploy.operations import files
from deploy.operations.boot_menu import boot_menu, no_boot_menu
from deploy.operations.bundles import unpacked_bundle
from deploy.operations.packages import packages
from deploy.operations.units import gone, has_run, runs
from deploy.python import install_python
from deploy.template import TEMPLATES, static
from deploy.upstream import listen_address
from deploy.watch_bundle import bundle, without_secrets
from plan.derive.maintenance import OVERDUE_DAYS
from plan.driver import Driver, Kernel
from plan.machine import Handover, Machine

PROGRAM = "/opt/eigenherd/kernel_set"
SETTINGS = "/etc/eigenherd/upkeep.json"
HANDOVER = "/etc/eigenherd/watch.json"
STATE = "/var/lib/eigenherd/upkeep"
ROOM = "/opt/eigenherd/verify"
GATE = "/opt/eigenherd/bin/gpu_gate.py"
GRUB = "/etc/default/grub.d/eigenherd.cfg"
UNITS = "/etc/systemd/system"

# What judges after a boot: an engine may take 15 minutes to load, the checks a moment.
JUDGE_S = 1800
LOOKS = ("eigenherd-kernel-look.service", "eigenherd-kernel-look.timer")
MOVES = (
    "eigenherd-kernel-move.service",
    "eigenherd-kernel-move.timer",
    "eigenherd-kernel-judge.service",
    "eigenherd-kernel-late.service",
    "eigenherd-kernel-late.timer",
)


@deploy("Upkeep")
def keep_current(handover: Handover, machine: Machine, driver: Driver, kernel: Kernel, kept: tuple[str, ...]) -> None:
    """kept: beginnings of the names of kernel and driver in all sources."""
    files.folder(name="Folder of the program", path=PROGRAM)
    for name in modules():
        path = f"{PROGRAM}/{name}"
        files.write(name=f"Program kernel_set, {name}", text=static(path), destination=path)
    files.folder(name="Folder of its state", path=STATE)
    text = json.dumps(settings(handover, machine, driver, kernel, kept), indent=1) + "\n"
    files.write(name="What it is to know", text=text, destination=SETTINGS)
    place_units(LOOKS, {"program": PROGRAM})
    runs(name="A look every day", unit=LOOKS[1])
    has_run(name="A first look", unit=LOOKS[0], leaves=f"{STATE}/look.json")
    if handover.plan.maintenance:
        move_by_itself(handover=handover, machine=machine)
    else:
        stay(handover=handover)


@deploy("Window")
def move_by_itself(handover: Handover, machine: Machine) -> None:
    """GRUB boots what it is told to, so that a kernel which does not come up is followed by the last good one."""
    wanted = handover.plan.maintenance
    assert wanted  # noqa: S101 (asked by the caller)
    packages(name="What packs a package again", names=["dpkg-repack"])
    install_python(wanted=wanted.python, sources=handover.plan.sources)
    unpacked_bundle(name="The checks", files=bundle(), folder=ROOM)
    text = without_secrets(handover, folder=STATE).model_dump_json(indent=1) + "\n"
    files.write(name="What the checks compare with", text=text, destination=HANDOVER, mode="600")
    files.place(name="GRUB boots the last good kernel", destination=GRUB, values={})
    boot_menu(name="GRUB knows that", path=GRUB)
    values = {"program": PROGRAM, "calendar": wanted.calendar, "late_s": JUDGE_S + 600}
    place_units(MOVES, values)
    runs(name="The window", unit="eigenherd-kernel-move.timer")
    runs(name="Judged after its boot", unit="eigenherd-kernel-judge.service", conditional=True)
    runs(name="A judgement has a bound", unit="eigenherd-kernel-late.timer")


@deploy("Window")
def stay(handover: Handover) -> None:
    """Without a window nothing moves, and GRUB starts the newest kernel again."""
    for unit in MOVES:
        gone(name=f"No {unit}", unit=unit, path=f"{UNITS}/{unit}")
    no_boot_menu(name="GRUB boots the newest kernel", path=GRUB)
    for path in (HANDOVER, ROOM):
        files.absent(name=f"No {path}", path=path)


@deploy("Upkeep")
def leave_alone() -> None:
    """A driver that is somebody else's is his to keep current."""
    for unit in (*LOOKS, *MOVES):
        gone(name=f"No {unit}", unit=unit, path=f"{UNITS}/{unit}")
    no_boot_menu(name="GRUB boots the newest kernel", path=GRUB)
    for path in (SETTINGS, HANDOVER, ROOM, PROGRAM, STATE):
        files.absent(name=f"No {path}", path=path)


def place_units(names: tuple[str, ...], values: dict[str, Any]) -> None:
    for name in names:
        files.place(name=f"Unit {name}", destination=f"{UNITS}/{name}", values=values)


def modules() -> list[str]:
    return sorted(path.name for path in (TEMPLATES / PROGRAM.lstrip("/")).glob("*.py"))


def settings(
    handover: Handover, machine: Machine, driver: Driver, kernel: Kernel, kept: tuple[str, ...]
) -> dict[str, object]:
    """As templates/opt/eigenherd/kernel_set/settings.py reads them."""
    plan, wanted = handover.plan, handover.plan.maintenance
    address = listen_address(handover, machine)
    bracketed = f"[{address}]" if ":" in address else address
    python = f"/opt/eigenherd/{wanted.python.name}/bin/python" if wanted else ""
    watch = ["env", "-C", ROOM, python, "-B", "-m", "verify", "--stage", "watch", "--local", machine.name]
    has_engine = "engine" in handover.planned(machine).roles
    return {
        "names": list(driver.held(kernel)),
        "prefixes": list(kept),
        "branch": driver.branch,
        "overdue_days": OVERDUE_DAYS,
        "window": wanted.window if wanted else "",
        "gate": ["python3", "-I", GATE] if has_engine else [],
        "watch": watch if wanted else [],
        "handover": HANDOVER,
        "engine": f"http://{bracketed}:{plan.engine.port}" if has_engine else "",
        "model": next((model.name for model in plan.models), ""),
        "judge_s": JUDGE_S,
    }
