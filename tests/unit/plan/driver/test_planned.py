"""The drivers in a plan: every system the machine may have, selected by what the host says it is."""

import re
from typing import Any, get_args

import pytest

from plan import catalog
from plan.derive import choose, derive
from plan.derive.driver.choices import STATES, SYSTEMS
from plan.driver import DriverSource, select
from plan.environment import load
from plan.errors import EigenherdError, PlanError, SpecError
from plan.ledger import Ledger
from plan.plan import MachinePlan, Plan

ARCHIVE = {"version": "0.33.0", "size": 1, "sha256": "a" * 64}


@pytest.fixture
def served(office: dict[str, Any]) -> dict[str, Any]:
    """An office that can be planned whole: its archive of Ollama was checked by its owner."""
    return {**office, "models": ["smollm2:135m"], "pin": {"ollama_archive": ARCHIVE}}


def pinned(served: dict[str, Any], **pins: str) -> dict[str, Any]:
    return {**served, "pin": {**served["pin"], **pins}}


def machine_of(asked: dict[str, Any]) -> MachinePlan:
    [machine] = derive(load(asked), "test").machines
    return machine


def explained(asked: dict[str, Any]) -> Ledger:
    ledger = Ledger()
    choose(load(asked), "test", ledger)
    return ledger


def lines(asked: dict[str, Any]) -> dict[str, str]:
    return {decision.key: decision.value for decision in explained(asked).decisions}


def test_an_existing_machine_has_one_choice_for_every_system_and_state(served: dict[str, Any]) -> None:
    choices = machine_of(served).drivers
    for system in SYSTEMS:
        states = [state for choice in choices if choice.system == system for state in choice.secure_boot]
        assert sorted(states) == sorted(STATES)
    assert all((choice.driver is None) != (choice.refusal is None) for choice in choices)
    assert len(choices) == 7, "states that lead to the same are one"


def test_a_machine_whose_system_is_written_has_those_of_that_system(served: dict[str, Any]) -> None:
    served["machine"]["os"] = "debian-13"
    assert {choice.system for choice in machine_of(served).drivers} == {"debian-13"}


def test_a_machine_without_a_card_has_none(served: dict[str, Any], sandbox: dict[str, Any]) -> None:
    assert machine_of(sandbox).drivers == ()
    card = served.pop("machine") | {"roles": ["engine"]}
    door = {"provider": "existing", "address": "192.168.10.5", "roles": ["gateway"]}
    plan = derive(load({**served, "machines": {"door": door, "card": card}}), "test")
    assert {machine.name: bool(machine.drivers) for machine in plan.machines} == {"door": False, "card": True}


def test_the_host_selects_by_what_it_is(served: dict[str, Any]) -> None:
    choices = machine_of(served).drivers
    assert select(choices, "ubuntu-24.04", "on").source == "ubuntu"
    assert select(choices, "debian-12", "unknown").source == "nvidia"
    with pytest.raises(PlanError, match=r"on Debian 12 with Secure Boot on: found .*not enrolled"):
        select(choices, "debian-12", "on")
    with pytest.raises(PlanError, match="a system with a planned driver: found debian-11") as caught:
        select(choices, "debian-11", "off")
    assert caught.value.todo == f"planned: {', '.join(SYSTEMS)}"
    with pytest.raises(PlanError, match="no GPU in the plan"):
        select((), "debian-12", "off")


def test_the_choices_survive_the_pipe(served: dict[str, Any]) -> None:
    plan = derive(load(served), "test")
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


def test_another_driver_touches_no_other_part(served: dict[str, Any]) -> None:
    before = derive(load(served), "test").part_digests()
    after = derive(load(pinned(served, driver="595")), "test").part_digests()
    assert {part for part in before if before[part] != after[part]} == {"driver"}


def test_pins_are_taken(served: dict[str, Any]) -> None:
    drivers = [choice.driver for choice in machine_of(pinned(served, driver="595")).drivers if choice.driver]
    assert {driver.branch for driver in drivers} == {595}
    assert lines(pinned(served, driver="595"))["driver"] == "595 or newer"
    drivers = [choice.driver for choice in machine_of(pinned(served, driver_source="nvidia")).drivers if choice.driver]
    assert {driver.source for driver in drivers} == {"nvidia"}
    told = explained(pinned(served, driver_source="nvidia")).decisions
    assert {one.reason for one in told if one.key.startswith("machine.main.driver.source")} == {"pinned"}


def test_a_pin_that_fits_some_systems_is_a_refusal_on_the_others(served: dict[str, Any]) -> None:
    told = lines(pinned(served, driver="580", driver_source="nvidia"))
    assert told["machine.main.driver on ubuntu-26.04"] == "refused"
    assert told["machine.main.driver.branch"] == "580"
    assert not explained(pinned(served, driver="580", driver_source="nvidia")).refusals


def test_one_that_fits_none_is_refused_before_anything_changes(served: dict[str, Any]) -> None:
    with pytest.raises(PlanError, match="a driver for RTX 4090 on Debian 12: found Debian's archive has 535"):
        derive(load(pinned(served, driver_source="debian")), "test")
    refused = explained(pinned({**served, "gpu": "Tesla P40"}, torch="2.15.0")).refusals
    assert [refusal.wanted for refusal in refused] == ["a card of compute capability 7.5 or newer, for CUDA 13.2"]


@pytest.mark.parametrize("gpu", ["Tesla P40", "V100 SXM2 32 GB", "Tesla M40", "GTX 1080 Ti"])
def test_cards_that_cuda_13_has_dropped_get_the_torch_before(served: dict[str, Any], gpu: str) -> None:
    plan = derive(load({**served, "gpu": gpu}), "test")
    assert (plan.torch.version, plan.torch.lock) == ("2.7.1", "torch_cu126.txt")
    drivers = [choice.driver for choice in plan.machines[0].drivers if choice.driver]
    assert {(driver.cuda, driver.torch) for driver in drivers} == {("12.6", "cu126")}
    assert "2.15.0 is built for 13.2" in next(one.reason for one in plan.decisions if one.key == "torch")


@pytest.mark.parametrize(
    ("pin", "version"), [({"cuda": "12.6"}, "2.7.1"), ({"torch": "2.7.1"}, "2.7.1"), ({}, "2.15.0")]
)
def test_a_newer_card_gets_it_where_it_is_pinned(served: dict[str, Any], pin: dict[str, str], version: str) -> None:
    plan = derive(load(pinned(served, **pin)), "test")
    assert plan.torch.version == version


@pytest.mark.parametrize("gpu", ["Tesla K80", "H100 SXM", "B200"])
def test_the_same_reason_is_said_once(served: dict[str, Any], gpu: str) -> None:
    assert len(explained({**served, "gpu": gpu}).refusals) == 1


@pytest.mark.parametrize("pin", [{"driver": "580"}, {"driver_source": "nvidia"}])
def test_a_pin_of_the_driver_needs_a_card(sandbox: dict[str, Any], pin: dict[str, str]) -> None:
    with pytest.raises(SpecError, match="only where there is a GPU"):
        derive(load({**sandbox, "pin": pin}), "test")


@pytest.mark.parametrize("source", get_args(DriverSource))
def test_the_sources_can_be_asked_for(served: dict[str, Any], source: str) -> None:
    assert load(pinned(served, driver_source=source)).pin.driver_source == source
    with pytest.raises(SpecError, match="nearest is"):
        load(pinned(served, driver_source=source + "x"))


def test_each_choice_is_explained_with_reason_and_source(served: dict[str, Any]) -> None:
    told = {one.key: one for one in explained(served).decisions if one.key.startswith("machine.main.driver")}
    longest = told["machine.main.driver.branch on debian-12, ubuntu-22.04, ubuntu-24.04, ubuntu-26.04"]
    assert (longest.value, longest.reason) == ("580", "long-term support, supported until 2028-06")
    assert told["machine.main.driver.branch on debian-13"].value == "595"
    assert told["machine.main.driver.modules"].reason == "recommended for Ada"
    assert told["machine.main.driver.toolkit"].value == "none"
    compiles = {one.key: one.value for one in explained(pinned({**served, "pin": {}}, engine="vllm")).decisions}
    assert compiles["machine.main.driver.toolkit"] == "nvidia-cuda-nvcc 13.0.88"
    assert told["machine.main.driver.cuda"].value == "13.2, torch cu132"
    assert told["machine.main.driver.source on debian-12"].value == "NVIDIA's repository"
    packages = told["machine.main.driver.packages on debian-12"]
    assert packages.value.startswith("nvidia-driver-pinning-580 linux-headers-amd64 nvidia-driver-cuda")
    assert told["machine.main.driver on debian-13 with Secure Boot on"].value == "refused"
    assert all(one.reason for one in told.values())
    for key in ("branch on debian-13", "modules", "cuda"):
        assert re.search(r"20\d\d", told[f"machine.main.driver.{key}"].source)


def test_what_is_not_confirmed_says_so(served: dict[str, Any]) -> None:
    sources = {one.key: one.source for one in explained(served).decisions}
    ubuntu = sources["machine.main.driver.source on ubuntu-22.04, ubuntu-24.04, ubuntu-26.04"]
    assert ubuntu.endswith("(not confirmed)")


def test_a_card_that_no_supported_branch_knows_is_refused(
    served: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [row.model_copy(update={"first_branch": 700}) for row in catalog.architectures()]
    monkeypatch.setattr(catalog, "architectures", lambda: rows)
    refused = {refusal.found for refusal in explained(served).refusals}
    assert "NVIDIA's repository has 580: Ada needs 700 or newer" in "; ".join(refused)


@pytest.mark.parametrize("asked", [{"gpu": "RTX 5090"}, {"gpu": "RTX PRO 6000 Blackwell Max-Q"}])
def test_blackwell_takes_open_modules(served: dict[str, Any], asked: dict[str, Any]) -> None:
    told = {one.key: one for one in explained({**served, **asked}).decisions}
    assert told["machine.main.driver.modules"].value == "open"
    assert told["machine.main.driver.modules"].reason == "Blackwell takes no other"


@pytest.mark.parametrize(
    ("version", "planned"), [("0.17.0", False), ("0.9.9", False), ("0.17.1", True), ("1.0.0", True)]
)
def test_an_engine_with_a_known_hole_is_refused(served: dict[str, Any], version: str, planned: bool) -> None:
    served["pin"] = {"ollama_archive": {**ARCHIVE, "version": version}}
    assert lines(served)["engine.floor"] == "Ollama 0.17.1 or newer"
    try:
        derive(load(served), "test")
    except EigenherdError as error:
        assert not planned
        assert "CVE-2026-7482" in error.wanted and error.found == f"`{version}`"
    else:
        assert planned
