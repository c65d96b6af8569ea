"""In the window: the whole set to what the archive has, all of it made ready before the one reboot.

Whatever fails here is undone here, without a reboot: the machine goes on with what it has.
"""

from datetime import UTC, datetime
from typing import Any

import judgement
import kernels
import packages
import report
import steps
from commands import APT, Broken, patiently, run
from engine import Watch, answers
from files import STATE, now, read, write
from settings import Settings


def move(settings: Settings) -> int:
    if read(settings, STATE):
        return steps.judge(settings)  # an earlier one never ended
    begun = now()
    renewed = patiently([*APT, "update"])
    try:
        change = packages.foreseen(settings)
        if not change.new:
            lists = f", as far as its lists tell: {renewed.last}" if renewed.code != 0 else ""
            return report.write(settings, "up to date", f"nothing newer in the archive{lists}", begun)
        watched = judgement.failing(settings)
        for why in (packages.refusal(settings, change), unready(settings), kernels.room(settings), watched.told):
            if why:
                raise Broken(why)
        state = snapshot(settings, begun, watched.names)
    except Broken as error:
        return report.write(settings, "refused", f"nothing was begun: {error}", begun)
    try:
        with Watch(settings) as watch:
            why = install(settings, state)
        state["served"] = watch.tally()
        return undo(settings, state, why) if why else boot(settings, state)
    except Broken as error:
        return undo(settings, state, str(error))


def unready(settings: Settings) -> str:
    """Why a machine may not be touched: one that is half configured, or that GRUB could not bring back."""
    if audit := run(["dpkg", "--audit"]).text.strip():
        return f"a package is half configured: {audit.splitlines()[-1].strip()[:200]}"
    try:
        kernels.entry(kernels.running(), settings.root)
    except Broken as error:
        return str(error)
    return ""


def snapshot(settings: Settings, begun: str, failing: list[str]) -> dict[str, Any]:
    """The last good set: what runs now. Its kernel becomes GRUB's default, whatever is installed later."""
    there = packages.installed(settings)
    packages.keep(settings, there)
    kernel = kernels.running()
    kernels.boot_always(kernel, settings.root)
    state = {
        "phase": "installing",
        "begun": begun,
        "good": {"kernel": kernel, "packages": there, "driver": kernels.loaded(settings.root)},
        "failing_before": failing,
        "boot_id": kernels.boot_id(settings.root),
    }
    write(settings, STATE, state)
    return state


def install(settings: Settings, state: dict[str, Any]) -> str:
    """Why the set is not ready to boot; empty if it is."""
    packages.release(settings.names, settings)
    failed = packages.upgrade(settings)
    target = kernels.newest(settings.root)
    state["target"] = {"kernel": target, "packages": packages.installed(settings)}
    if not failed and settings.branch:
        run(["dkms", "autoinstall", "-k", target], 3600)  # the packages did so already, as a rule
    built = kernels.module(target, settings.root) if settings.branch else ""
    state["target"]["driver"] = built
    line = packages.compilers_line(settings.root)
    if failed:
        return f"{failed}; {line}" if line else failed
    if settings.branch and packages.branch_of(built) != settings.branch:
        return f"no module of branch {settings.branch} for {target}: {line or built or 'none was built'}"
    if lacking := kernels.unready(target, settings.root):
        return lacking
    if audit := run(["dpkg", "--audit"]).text.strip():
        return f"a package is half configured: {audit.splitlines()[-1].strip()[:200]}"
    return ""


def undo(settings: Settings, state: dict[str, Any], why: str) -> int:
    """Back without a reboot: the kernel that runs is still the last good one."""
    ended = steps.restore(settings, state)
    return report.end(settings, state, "failed", f"{why}; {ended}, without a reboot")


def boot(settings: Settings, state: dict[str, Any]) -> int:
    """Once, whatever happens then: GRUB's default stays the last good kernel."""
    packages.hold(settings.names, settings)
    kernels.menu()
    kernels.boot_once(state["target"]["kernel"], settings.root)
    served = answers(settings)
    state |= {"phase": "booting", "reboot_at": datetime.now(UTC).timestamp(), "served_until_reboot": served}
    write(settings, STATE, state)
    report.say(f"{state['target']['kernel']} is ready and booted once; {state['good']['kernel']} stays the default")
    kernels.reboot()
    return 0
