"""What the choice of a driver depends on, and nothing else."""

from dataclasses import dataclass

from plan.catalog.rows import GpuRow
from plan.driver import DriverSource, SecureBoot, System


@dataclass(frozen=True)
class Question:
    """Which driver for one machine?

    cards: all of its NVIDIA cards. cuda: what torch needs, such as "13.2"; None is the newest they compute with.
    engine: its name, for what it asks of card and driver. branch, source: pinned. present: whose driver packages
    are installed already.
    """

    cards: tuple[GpuRow, ...]
    system: System
    secure_boot: SecureBoot = "unknown"
    cuda: str | None = None
    engine: str = ""
    branch: int | None = None
    source: DriverSource | None = None
    present: tuple[DriverSource, ...] = ()
