"""Wrong numbers are worse than none."""

from verify.check import Finding, check, failed, passed
from verify.target import Target
from verify.torch_smoke import smoke


@check(
    stage="full",
    part="torch",
    severity="critical",
    subject="engine",
    disturbs="machine",
    source="wilicc/gpu-burn and imbue cluster-health: products compared exactly",
)
def torch_exact(target: Target) -> Finding:
    """Products of integer matrices equal the same products in Python's integers, element by element."""
    measured = smoke(target)
    wrong = {dtype: count for dtype, count in measured.wrong_products.items() if count}
    if wrong or not measured.wrong_products:
        found = ", ".join(f"{count} of {measured.products} wrong in {dtype}" for dtype, count in wrong.items())
        todo = "test the hardware: memory first (memtest), then the GPU (dcgmi diag -r 1)"
        return failed("no wrong element", found or "nothing compared", todo)
    return passed(f"0 of {measured.products} wrong in {' and '.join(measured.wrong_products)}", "0")
