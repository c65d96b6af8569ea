"""The same question, the same answer."""

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
    source="wilicc/gpu-burn: 0 mismatches; imbue cluster-health: the same on another GPU",
)
def torch_repeatable(target: Target) -> Finding:
    """The same product, computed again, is the same bit for bit; also on another card of the same name."""
    measured = products(target)
    wrong = [
        f"{card}: {card.mismatches} elements differ in {card.repeats} repeats"
        for card in measured
        if card.mismatches or card.repeats < 1
    ]
    wrong += [
        f"{card}: {card.differs} elements differ from card {card.compared_with}'s" for card in measured if card.differs
    ]
    if wrong:
        return failed("no difference", "; ".join(wrong), "test the hardware: memory, temperature, power supply")
    others = sum(card.index != card.compared_with for card in measured)
    across = f", and {others + 1} cards agree" if others else ""
    return passed(f"0 differences in {min(card.repeats for card in measured)} repeats{across}", "0")
