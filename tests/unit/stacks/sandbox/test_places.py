"""Names: what can be seen outside the folders differs between stacks, and fits the kernel's limits."""

import pytest

from plan.errors import SpecError
from stacks.sandbox import places


def test_every_stack_has_names_of_its_own() -> None:
    assert places.bridge("office") != places.bridge("office-2")
    assert places.table("a-b") != places.table("a_b")
    assert places.container("office", "one") != places.container("office", "two")


def test_names_are_the_same_each_time() -> None:
    assert places.bridge("office") == places.bridge("office")
    assert places.container("office", "one") == places.container("office", "one")


@pytest.mark.parametrize("stack", ["a", "x" * 100, "team.Sandbox_1"])
def test_names_fit_the_kernel(stack: str) -> None:
    assert len(places.bridge(stack)) <= 15
    assert len(places.interface(stack, "machine" * 14)) == 15
    assert places.table(stack).isidentifier()


@pytest.mark.parametrize("name", ["", "..", "../up", "a/b", "-rf", "a b", "x" * 101, "ä"])
def test_names_that_could_leave_their_folder_are_refused(name: str) -> None:
    with pytest.raises(SpecError):
        places.stack_folder(name)
    with pytest.raises(SpecError):
        places.machine_folder("office", name)
