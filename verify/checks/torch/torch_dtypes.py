"""The number formats that models are stored in."""

from verify.check import Finding, check, failed, passed
from verify.target import Target
from verify.torch_matmul import CHECK_TIMEOUT_S, Products, products

# Rounding of the format, times a margin for the sums: 2^-53, 2^-24 (2^-11 with TF32), 2^-9, 2^-12.
LARGEST_ERROR = {"float64": 1e-12, "float32": 1e-3, "bfloat16": 2e-2, "float16": 5e-3}
FIRST_WITH_BFLOAT16 = 8  # compute capability; older cards emulate it or refuse


@check(
    stage="full",
    part=("torch", "driver"),
    severity="critical",
    subject="engine",
    disturbs="machine",
    timeout_s=CHECK_TIMEOUT_S,
    source="ours: IEEE 754 rounding of each format, with a margin",
)
def torch_dtypes(target: Target) -> Finding:
    """float64, float32, bfloat16 and float16 products are finite and as exact as their format allows."""
    bounds = wanted(target)
    measured = products(target)
    wrong = [f"{card}: {flaw}" for card in measured for flaw in flaws(card, bounds)]
    bound = ", ".join(f"{dtype} {limit:g}" for dtype, limit in bounds.items())
    if wrong:
        todo = "compare torch's build with the hardware"
        return failed(f"largest errors at most: {bound}", "; ".join(wrong), todo)
    worst = {dtype: max(float(card.errors[dtype]) for card in measured) for dtype in bounds}
    return passed(", ".join(f"{dtype} {error:.0e}" for dtype, error in worst.items()), bound)


def wanted(target: Target) -> dict[str, float]:
    gpu = target.planned.gpu
    old = gpu is not None and int(gpu.compute_capability.split(".")[0]) < FIRST_WITH_BFLOAT16
    return {dtype: limit for dtype, limit in LARGEST_ERROR.items() if not (old and dtype == "bfloat16")}


def flaws(card: Products, bounds: dict[str, float]) -> list[str]:
    return [
        f"{dtype}: {error if isinstance(error, str) else format(error, '.1e')}"
        for dtype, bound in bounds.items()
        if isinstance(error := card.errors.get(dtype, "not measured"), str) or not error <= bound
    ]
