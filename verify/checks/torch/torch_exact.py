"""Wrong numbers are worse than none."""

from verify.check import Finding, check, failed, passed
from verify.target import Target
from verify.torch_matmul import CHECK_TIMEOUT_S, products


@check(
    stage="full",
    part=("torch", "driver"),
    severity="critical",
    subject="engine",
    disturbs="machine",
    timeout_s=CHECK_TIMEOUT_S,
    source="wilicc/gpu-burn and imbue cluster-health: products compared exactly",
)
def torch_exact(target: Target) -> Finding:
    """Products of integer matrices are exact on every card, element by element: small and large ones."""
    measured = products(target)
    wrong = [
        f"{card}: {count} of {card.products} wrong in {dtype}"
        for card in measured
        for dtype, count in card.wrong_products.items()
        if count
    ]
    wrong += [f"{card}: nothing compared" for card in measured if not card.wrong_products or not card.products]
    if wrong:
        todo = "test the hardware: memory first (memtest), then the GPU (dcgmi diag -r 1)"
        return failed("no wrong element", "; ".join(wrong), todo)
    seen = (f"{card}: 0 of {card.products} wrong in {' and '.join(card.wrong_products)}" for card in measured)
    return passed("; ".join(seen), "0")
