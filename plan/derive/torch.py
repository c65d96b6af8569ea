"""Chooses torch, and with it CUDA: the newest locked one that computes on all cards of the stack."""

from plan import catalog, lock
from plan.catalog.rows import GpuRow, PythonRow
from plan.derive.driver.builds import fits
from plan.environment import Environment
from plan.errors import SpecError
from plan.ledger import Ledger
from plan.nearest import listed
from plan.plan import MachinePlan, PythonEnvironment
from plan.sizing import Device


def choose_torch(
    environment: Environment, machines: tuple[MachinePlan, ...], device: Device, ledger: Ledger
) -> PythonEnvironment:
    cards = [catalog.gpu(machine.gpu.name) for machine in machines if machine.gpu]
    row, reason = _row(environment, cards, ledger)
    ledger.decide("torch", row.version, reason, row.source)
    if device == "cuda":
        ledger.decide("torch.cuda", row.cuda, f"the default wheel of torch {row.version}", row.source)
    return locked(row)


def _row(environment: Environment, cards: list[GpuRow], ledger: Ledger) -> tuple[PythonRow, str]:
    """Where none computes on all cards it is the current one: the driver's plan says what is in the way."""
    pin = environment.pin
    rows = [row for row in catalog.pythons() if row.name == "torch" and pin.torch in (None, row.version)]
    wanted = [row for row in rows if pin.cuda in (None, row.cuda)]
    if not wanted:
        ledger.refuse(_no_lock(str(pin.cuda), rows))
        return rows[0], "pinned"
    able = [row for row in wanted if all(_computes(row, card) for card in cards)] or wanted
    if pin.torch or pin.cuda:
        return able[0], "pinned"
    if able[0] is rows[0]:
        return able[0], "current, locked with hashes"
    old = next(card for card in cards if not _computes(rows[0], card))
    return able[0], f"the newest locked one that computes on {old.name}: CUDA {rows[0].cuda} does not"


def _computes(row: PythonRow, card: GpuRow) -> bool:
    return any(fits(card, build) for build in catalog.torch_builds() if build.cuda == row.cuda)


def _no_lock(cuda: str, rows: list[PythonRow]) -> SpecError:
    known = listed([f"{row.cuda} (torch {row.version})" for row in rows])
    return SpecError(
        f"eigenherd:environment, pin.cuda: {known}",
        f"`{cuda}`",
        "leave the pin out: other CUDA builds of torch have no lock yet",
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
        cuda=row.cuda,
    )
