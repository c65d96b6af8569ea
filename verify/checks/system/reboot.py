"""The lights go out and come back."""

import time
from collections.abc import Callable

from plan.errors import EigenherdError
from verify.chat import ask
from verify.check import CouldNotTell, DeadlineExceeded, Finding, check, failed, passed
from verify.checks.system.services import holds, parse, planned_units
from verify.nonces import nonce, repeat
from verify.target import Target

BOUND_S = 600.0
PAUSE_S = 1.0
BOOT_ID = "cat /proc/sys/kernel/random/boot_id"


@check(
    stage="disruptive",
    part=("system", "engine", "gateway"),
    severity="critical",
    disturbs="stack",
    needs=("services", "fresh_nonces"),
    source="ours: servers take minutes for their firmware, models for loading",
    timeout_s=BOUND_S + 60,
)
def reboot(target: Target) -> Finding:
    """After a reboot the boot id is new, the units run, and a question is answered, without a hand."""
    before = boot_id(target)
    if not before:
        raise CouldNotTell("the boot id", "nothing", f"run: {BOOT_ID}")
    started = time.monotonic()
    target.host.run("systemd-run --on-active=1 systemctl reboot", root=True)
    after = wait(started, lambda: (now := boot_id(target)) not in {"", before} and now, target)
    ssh_s = time.monotonic() - started
    units = planned_units(target.planned)
    active = wait(started, lambda: units_hold(target, units), target)
    digits = nonce()
    answered = wait(started, lambda: digits in first_words(target, digits), target)
    total_s = time.monotonic() - started
    measured = f"SSH after {ssh_s:.0f} s, an answer after {total_s:.0f} s"
    missing = [
        what
        for what, there in (("a new boot id", after), ("all units active", active), ("an answer", answered))
        if not there
    ]
    if missing:
        todo = f"look at the machine's console; systemctl status {' '.join(units)}"
        return failed(f"back within {BOUND_S:.0f} s", f"missing: {', '.join(missing)}", todo, bound=f"{BOUND_S:.0f} s")
    return passed(measured, f"{BOUND_S:.0f} s", reboot_s=round(total_s, 1))


def wait(started: float, holds_now: Callable[[], object], target: Target) -> bool:
    """Ask again and again until it holds or the time is over; a machine that is off answers nothing."""
    while time.monotonic() - started < BOUND_S:
        try:
            if holds_now():
                return True
        except (EigenherdError, DeadlineExceeded):
            target.host.drop()
        time.sleep(PAUSE_S)
    return False


def boot_id(target: Target) -> str:
    return target.host.run(BOOT_ID, timeout_s=10).stdout.strip()


def units_hold(target: Target, units: list[str]) -> bool:
    shown = target.host.run(f"systemctl show -p Id,ActiveState,UnitFileState {' '.join(units)}", timeout_s=10)
    states = parse(shown.stdout)
    return all(holds(states.get(unit, {})) for unit in units)


def first_words(target: Target, digits: str) -> str:
    return ask(target.gateway, target.plan.models[0], repeat(digits), max_tokens=16, timeout_s=60).text
