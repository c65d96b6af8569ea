"""Chooses torch, and with it CUDA and the oldest driver that will do."""

from plan import catalog, lock
from plan.catalog.rows import PythonRow
from plan.environment import Environment
from plan.errors import PlanError, SpecError
from plan.ledger import Ledger
from plan.plan import MachinePlan, PythonEnvironment
from plan.sizing import Device


def choose_torch(
    environment: Environment, machines: tuple[MachinePlan, ...], device: Device, ledger: Ledger
) -> PythonEnvironment:
    row = catalog.python("torch", environment.pin.torch)
    ledger.decide(
        "torch", row.version, "pinned" if environment.pin.torch else "current, locked with hashes", row.source
    )
    if environment.pin.cuda not in (None, row.cuda):
        ledger.refuse(
            SpecError(
                f"eigenherd:environment, pin.cuda: {row.cuda}, the CUDA of torch {row.version}",
                f"`{environment.pin.cuda}`",
                "leave the pin out: other CUDA builds of torch have no lock yet",
            )
        )
    if device == "cpu" and environment.pin.driver:
        ledger.refuse(
            SpecError(
                "eigenherd:environment, pin.driver: only where there is a GPU",
                f"`{environment.pin.driver}` with `gpu: none`",
                "leave the pin out, or name the card under `gpu`",
            )
        )
    if device == "cuda":
        _refuse_old_cards(machines, row, ledger)
        ledger.decide("torch.cuda", row.cuda, f"the default wheel of torch {row.version}", row.source)
        _explain_driver(environment, row, ledger)
    return locked(row)


def _refuse_old_cards(machines: tuple[MachinePlan, ...], torch: PythonRow, ledger: Ledger) -> None:
    for machine in machines:
        if machine.gpu and float(machine.gpu.compute_capability) < float(torch.least_capability):
            ledger.refuse(
                PlanError(
                    f"a card of compute capability {torch.least_capability} or newer, for torch {torch.version}",
                    f"{machine.gpu.name} with {machine.gpu.compute_capability} in machine {machine.name}",
                    "use a newer card, or `gpu: none`",
                )
            )


def _explain_driver(environment: Environment, torch: PythonRow, ledger: Ledger) -> None:
    family = int(torch.cuda.split(".")[0])
    able = [row for row in catalog.drivers() if row.cuda >= family and row.end_of_life >= row.date[:7]]
    floor = next(row for row in able if row.kind == "lts")
    if environment.pin.driver and environment.pin.driver not in {str(row.branch) for row in able}:
        ledger.refuse(
            SpecError(
                f"eigenherd:environment, pin.driver: a supported branch that runs CUDA {torch.cuda}",
                f"`{environment.pin.driver}`",
                f"nearest is `{floor.branch}`, long-term support until {floor.end_of_life}",
            )
        )
    ledger.decide(
        "driver",
        f"{environment.pin.driver or floor.branch} or newer",
        f"CUDA {family} needs it; long-term support until {floor.end_of_life}. A driver that is there is adopted;"
        " installing one comes later: without it Preflight refuses",
        floor.source,
    )


def locked(row: PythonRow) -> PythonEnvironment:
    """The environment with its lock, as the digest of the very file."""
    return PythonEnvironment(
        name=row.name,
        version=row.version,
        lock=row.lock,
        lock_sha256=lock.digest(row.lock),
        download_mib=lock.download_mib(row.lock),
        installed_mib=row.installed_mib,
    )
