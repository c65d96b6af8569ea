"""Each choice about the driver with its reason and source, for `eigenherd explain`."""

from collections.abc import Iterator

from plan.catalog.rows import Row
from plan.derive.driver.answer import Answer
from plan.derive.driver.builds import compiler
from plan.derive.driver.question import Question
from plan.plan import Decision


def decisions(question: Question, made: Answer) -> Iterator[Decision]:
    """In the order in which they follow from each other."""
    driver, row = made.driver, made.packages
    yield Decision(
        key="branch",
        value=str(driver.branch),
        reason="pinned" if question.branch else _branch_reason(made),
        source=sourced(made.branch),
    )
    yield Decision(key="modules", value=driver.modules, reason=made.able.why, source=made.able.source)
    yield Decision(key="source", value=row.title, reason=_source_reason(question, made), source=sourced(row))
    yield Decision(key="secure_boot", value=driver.built, reason=_BUILT[driver.built])
    kernel = driver.kernels[0]
    yield Decision(
        key="packages",
        value=" ".join(name for name in (driver.pinning, *driver.installed(kernel)) if name),
        reason=f"for kernel {kernel.image}" + ("; the first keeps apt on the branch" if driver.pinning else ""),
        source=sourced(row),
    )
    yield Decision(
        key="held", value=" ".join(driver.held(kernel)), reason="kernel and driver change together, or not at all"
    )
    yield Decision(
        key="cuda",
        value=f"{driver.cuda}, torch {driver.torch}",
        reason="what torch needs" if question.cuda else "the newest that computes on the card",
        source=sourced(made.build),
    )
    yield Decision(
        key="toolkit",
        value=compiler(question.engine) or "none",
        reason=f"{question.engine} compiles on the machine; the compiler is in its lock"
        if compiler(question.engine)
        else "nothing compiles on the machine",
    )


def sourced(row: Row) -> str:
    return f"{row.source}, {row.date}" + ("" if row.confirmed else " (not confirmed)")


_BUILT = {
    "signed": "the distribution's modules carry its signature: they load with Secure Boot on, too",
    "dkms": "built by DKMS on the machine: with Secure Boot on they load only when its key is enrolled",
}


def _branch_reason(made: Answer) -> str:
    until = f"supported until {made.branch.end_of_life}"
    last = made.able.last_branch
    if last == made.branch.branch:
        return f"the last for the card, {until}"
    return (
        f"long-term support, {until}" if made.branch.kind == "lts" else f"supported longest of those that do, {until}"
    )


def _source_reason(question: Question, made: Answer) -> str:
    if question.source:
        return "pinned"
    if made.packages.name == "nvidia":
        return "the distribution's own archive has no branch that does"
    return "the distribution's own archive has the branch: no further repository, and sources are not mixed"
