"""The number formats that models are stored in."""

from verify.check import Finding, check, failed, passed
from verify.target import Target
from verify.torch_smoke import smoke

# Rounding of the format, times a margin for the sums: 2^-53, 2^-24 (2^-11 with TF32), 2^-9, 2^-12.
LARGEST_ERROR = {"float64": 1e-12, "float32": 1e-3, "bfloat16": 2e-2, "float16": 5e-3}


@check(
    stage="full",
    part="torch",
    severity="critical",
    subject="engine",
    disturbs="machine",
    source="ours: IEEE 754 rounding of each format, with a margin",
)
def torch_dtypes(target: Target) -> Finding:
    """float64, float32, bfloat16 and float16 products are as exact as their format allows."""
    measured = smoke(target).dtypes
    wrong = [
        f"{dtype}: {error if isinstance(error, str) else format(error, '.1e')}"
        for dtype, bound in LARGEST_ERROR.items()
        if isinstance(error := measured.get(dtype, "not measured"), str) or not error <= bound
    ]
    bound = ", ".join(f"{dtype} {limit:g}" for dtype, limit in LARGEST_ERROR.items())
    if wrong:
        return failed(f"relative errors at most: {bound}", "; ".join(wrong), "compare torch's build with the hardware")
    return passed(", ".join(f"{d} {e:.0e}" for d, e in measured.items() if isinstance(e, float)), bound)
