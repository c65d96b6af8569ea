"""Chooses torch, and with it CUDA."""

from plan import catalog, lock
from plan.catalog.rows import PythonRow
from plan.environment import Environment
from plan.errors import SpecError
from plan.ledger import Ledger
from plan.plan import PythonEnvironment
from plan.sizing import Device


def choose_torch(environment: Environment, device: Device, ledger: Ledger) -> PythonEnvironment:
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
