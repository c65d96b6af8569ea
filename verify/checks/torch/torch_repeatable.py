"""The same question, the same answer."""

from verify.check import Finding, check, failed, passed
from verify.target import Target
from verify.torch_smoke import smoke


@check(
    stage="full",
    part="torch",
    severity="critical",
    subject="engine",
    disturbs="machine",
    source="wilicc/gpu-burn: 0 mismatches",
)
def torch_repeatable(target: Target) -> Finding:
    """The same product, computed again, is the same bit for bit."""
    measured = smoke(target)
    if measured.mismatches or measured.repeats < 1:
        found = f"{measured.mismatches} elements differ in {measured.repeats} repeats"
        return failed("no difference", found, "test the hardware: memory, temperature, power supply")
    return passed(f"0 differences in {measured.repeats} repeats", "0")
