"""Chooses torch, and with it CUDA."""

from plan import catalog, lock
from plan.catalog.rows import PythonRow
from plan.derive.driver import cards_of
from plan.derive.driver.builds import torch_row
from plan.environment import Environment
from plan.errors import SpecError
from plan.ledger import Ledger
from plan.nearest import listed
from plan.plan import MachinePlan, PythonEnvironment
from plan.sizing import Device


def choose_torch(
    environment: Environment, machines: tuple[MachinePlan, ...], device: Device, ledger: Ledger
) -> PythonEnvironment:
    pin = environment.pin
    row, newest = torch_row(cards_of(machines), pin.torch, pin.cuda), catalog.python("torch")
    reason = "current, locked with hashes"
    if row.version != newest.version:
        reason = f"the newest with a lock that computes on these cards: {newest.version} is built for {newest.cuda}"
    ledger.decide("torch", row.version, "pinned" if pin.torch or pin.cuda else reason, row.source)
    if pin.cuda not in (None, row.cuda):
        locked_ones = listed(
            [f"{each.cuda} (torch {each.version})" for each in catalog.pythons() if each.name == "torch"]
        )
        ledger.refuse(
            SpecError(
                f"eigenherd:environment, pin.cuda: {row.cuda}, the CUDA of torch {row.version}",
                f"`{pin.cuda}`",
                f"leave the pin out; there are locks for {locked_ones}",
            )
        )
    if device == "cuda":
        ledger.decide("torch.cuda", row.cuda, f"the default wheel of torch {row.version}", row.source)
    return locked(row)


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
