"""After the boot: judged, then taken or sent back. Each step can be cut off and begun again."""

from typing import Any

import judgement
import kernels
import packages
import report
from commands import Broken
from files import STATE, read, write
from settings import Settings


def judge(settings: Settings) -> int:
    """What the last phase calls for, in the boot that follows it."""
    state = read(settings, STATE)
    if not state:
        return 0
    if kernels.boot_id(settings.root) == state["boot_id"]:
        if state["phase"] == "installing":
            return report.end(
                settings, state, "failed", f"it was cut off while it installed; {restore(settings, state)}"
            )
        report.say("the reboot is still to come")
        kernels.reboot()
        return 0
    if state["phase"] == "returning":
        return returned(settings, state)
    if state["phase"] == "installing":
        return back(settings, state, "the machine went down while it installed")
    if kernels.running() != state["target"]["kernel"]:
        return back(settings, state, f"{state['target']['kernel']} did not come up, or went down before it was judged")
    found = judgement.judged(settings, set(state["failing_before"]))
    state["judgement"] = found.shown() | {"downtime_s": downtime_s(state, found.answered_at)}
    return back(settings, state, found.why) if found.why else accept(settings, state)


def late(settings: Settings) -> int:
    """A judgement that has not ended is one that failed."""
    if not is_overdue(settings):
        return 0
    return back(settings, read(settings, STATE), f"no judgement within {settings.judge_s} s of the boot")


def is_overdue(settings: Settings) -> bool:
    """Asked at the deadline: nobody has judged this boot, nor begun to go back."""
    state = read(settings, STATE)
    return state.get("phase") == "booting" and kernels.boot_id(settings.root) != state["boot_id"]


def downtime_s(state: dict[str, Any], answered_at: float) -> float | None:
    """From the last moment before the reboot to the first answer after it."""
    return round(answered_at - state["reboot_at"], 1) if answered_at and "reboot_at" in state else None


def accept(settings: Settings, state: dict[str, Any]) -> int:
    """The new set is the last good one, and GRUB's default; of the old kernels the one before it stays."""
    target, before = state["target"]["kernel"], state["good"]["kernel"]
    kernels.boot_always(target, settings.root)
    packages.hold(settings.names, settings)
    there = packages.installed(settings)
    gone = packages.drop_kernels(settings, keep=(target, before))
    try:
        packages.keep(settings, there)
        kept = ""
    except Broken as error:
        kept = f"; its packages are not kept yet: {error}"
    state["good"] = {"kernel": target, "packages": there, "driver": kernels.loaded(settings.root)}
    away = f"; removed: {', '.join(gone)}" if gone else ""
    return report.end(settings, state, "moved", f"{before} is now {target}{away}{kept}")


def back(settings: Settings, state: dict[str, Any], why: str) -> int:
    """To the last good set: in the last good kernel, and with a reboot only where it is needed."""
    state.setdefault("why", why)
    good = state["good"]["kernel"]
    if kernels.running() != good:
        report.say(f"{state['why']}: back to {good}, which is GRUB's default")
        state |= {"phase": "returning", "boot_id": kernels.boot_id(settings.root)}
        write(settings, STATE, state)
        kernels.reboot()
        return 1
    state["phase"] = "returning"
    write(settings, STATE, state)
    return put_back(settings, state)


def returned(settings: Settings, state: dict[str, Any]) -> int:
    """Booted to go back: into the last good kernel, or by hand into another one."""
    if kernels.running() != state["good"]["kernel"]:
        words = f"{state['why']}; GRUB started {kernels.running()} and not {state['good']['kernel']}: choose it by hand"
        return report.end(settings, state, "failed", words)
    return put_back(settings, state)


def put_back(settings: Settings, state: dict[str, Any]) -> int:
    """The packages; then one more boot if the kernel has another driver loaded than the one that is back."""
    words = restore(settings, state)
    loaded, lies_there = kernels.loaded(settings.root), kernels.module(state["good"]["kernel"], settings.root)
    if settings.branch and loaded != lies_there and not state.get("again"):
        state |= {"phase": "returning", "boot_id": kernels.boot_id(settings.root), "again": True}
        write(settings, STATE, state)
        report.say(
            f"{words}; {loaded or 'no driver'} is loaded and {lies_there or 'none'} belongs there: one more boot"
        )
        kernels.reboot()
        return 1
    found = judgement.judged(settings, set(state["failing_before"]))
    state["judgement"] = found.shown() | {"downtime_s": downtime_s(state, found.answered_at)}
    works = f"which does not work either: {found.why}" if found.why else "which works"
    return report.end(settings, state, "returned", f"{state['why']}; {words}, {works}")


def restore(settings: Settings, state: dict[str, Any]) -> str:
    """Packages, modules, default and holds of the last good set; what did not come back is said."""
    good, trouble = state["good"], ""
    try:
        packages.restore(settings, good["packages"])
        if settings.branch and not kernels.module(good["kernel"], settings.root):
            kernels.build(good["kernel"])
    except Broken as error:
        trouble = f"; {error}"
    try:
        kernels.menu()
        kernels.boot_always(good["kernel"], settings.root)
    except Broken as error:
        trouble += f"; {error}"
    try:
        packages.hold(settings.names, settings)
    except Broken as error:
        trouble += f"; {error}"
    return f"back to {good['kernel']}{trouble}"
