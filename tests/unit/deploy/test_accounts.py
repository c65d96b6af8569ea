"""Whose accounts a machine's are, and which key opens them."""

import pytest

from deploy.accounts import are_ours, public_half
from stacks.keys import make
from tests.render.examples import handovers

HANDOVER = handovers()["sandbox"]


def test_the_public_half_is_what_the_stack_put_on_the_machine() -> None:
    private, public = make("ssh", "")
    assert public_half(private) == public


@pytest.mark.parametrize(
    ("provider", "harden", "ours"), [("sandbox", True, True), ("sandbox", False, False), ("existing", True, False)]
)
def test_an_owner_keeps_his_keys(provider: str, harden: bool, ours: bool) -> None:
    [planned] = HANDOVER.plan.machines
    changed = planned.model_copy(update={"provider": provider, "harden": harden})
    handover = HANDOVER.model_copy(update={"plan": HANDOVER.plan.model_copy(update={"machines": (changed,)})})
    assert are_ours(handover, handover.machines[0]) is ours
