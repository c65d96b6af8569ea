"""Chooses whether machines move kernel and driver by themselves, and when."""

from plan import catalog
from plan.derive.torch import locked
from plan.environment import Environment
from plan.errors import PlanError
from plan.ledger import Ledger
from plan.plan import MachinePlan, Maintenance

OVERDUE_DAYS = 14
MOVED = (
    "as written. Kernel, headers and driver move together; the module is built before the one reboot, which nobody is"
    " asked about; GPU gate and checks judge it on the machine, and the last good set comes back if they fail"
)
STAYS = (
    f"not written: kernel and driver stay on hold, and a machine that is {OVERDUE_DAYS} days behind the archive warns"
)


def choose_maintenance(
    environment: Environment, machines: tuple[MachinePlan, ...], ledger: Ledger
) -> Maintenance | None:
    cards = [machine for machine in machines if machine.gpu]
    if environment.maintenance is None:
        if cards:
            ledger.decide("maintenance", "none", STAYS)
        return None
    if not cards:
        ledger.refuse(
            PlanError(
                "`maintenance` where kernel and driver have to move together",
                "no GPU in the plan",
                "not yet: leave `maintenance` out; without a driver, the kernel comes with the security updates and"
                " runs from the reboot that you choose",
            )
        )
        return None
    day, _, time = environment.maintenance.window.partition(" ")
    zone = environment.maintenance.timezone
    days = "" if day == "daily" else f"{day} "
    ledger.decide("maintenance", f"{environment.maintenance.window} {zone}", MOVED)
    return Maintenance(
        window=f"{environment.maintenance.window} {zone}",
        calendar=f"{days}*-*-* {time}:00 {zone}",
        python=locked(catalog.python("watch")),
    )
