"""Driver branches that are still supported, the one to choose first at the head."""

from plan import catalog
from plan.catalog.rows import DriverRow
from plan.errors import PlanError


def ended(row: DriverRow) -> bool:
    """By the day of the table it is in: what runs today must give the same plan tomorrow."""
    return row.end_of_life < row.date[:7]


def supported() -> list[DriverRow]:
    """Long-term support first, then what is supported longest."""
    rows = [row for row in catalog.drivers() if not ended(row)]
    return sorted(rows, key=lambda row: (row.kind == "lts", row.end_of_life), reverse=True)


def known(branch: int) -> DriverRow | None:
    return next((row for row in catalog.drivers() if row.branch == branch), None)


def refuse_pinned(branch: int, cuda: str) -> None:
    """A pinned branch that has ended, is unknown, or can't run this CUDA."""
    row, family = known(branch), int(cuda.split(".")[0])
    able = [other for other in supported() if other.cuda >= family]
    if row in able:
        return
    found = f"`{branch}`"
    if row is None:
        found += ", of which the catalogue knows nothing"
    elif ended(row):
        found += f", which ended by {row.end_of_life}"
    else:
        found += f", which runs CUDA {row.cuda} at most"
    raise PlanError(
        f"pin.driver: a supported branch that runs CUDA {cuda}",
        found,
        f"nearest is `{able[0].branch}`, supported until {able[0].end_of_life}",
    )
