"""Whose models an environment may serve: by the licence, and by who owns it."""

from typing import Any

import pytest

from plan import catalog
from plan.catalog.rows import ModelRow
from plan.derive import choose, derive
from plan.derive.owner import judge_licence, may_run
from plan.environment import load
from plan.errors import PlanError, SpecError
from plan.ledger import Ledger

NOT_FOR_COMPANIES = ["orca-mini:3b", "starling-lm:7b"]


@pytest.mark.parametrize("row", catalog.models(), ids=lambda row: row.name)
def test_every_model_has_a_licence_that_is_known_with_its_source(row: ModelRow) -> None:
    licence = catalog.licence(row.licence)
    assert licence.source and licence.date and licence.terms


def test_a_company_may_run_all_but_what_is_not_for_business() -> None:
    refused = [row.name for row in catalog.models() if not may_run(row, "company")]
    assert sorted(refused) == NOT_FOR_COMPANIES
    assert all(may_run(row, "person") for row in catalog.models())


@pytest.mark.parametrize("name", NOT_FOR_COMPANIES)
def test_a_model_its_owner_may_not_run_is_refused_with_those_he_may(sandbox: dict[str, Any], name: str) -> None:
    ledger = Ledger()
    choose(load({**sandbox, "models": [name]}), "sandbox", ledger)
    [refusal] = [one for one in ledger.refusals if "owner" in one.wanted]
    assert isinstance(refusal, PlanError)
    assert f"`{name}`: CC-BY-NC" in refusal.found and "not granted to a company" in refusal.found
    assert "owner: person" in refusal.todo
    near = [word.strip("`") for word in refusal.todo.partition("may run ")[2].partition(";")[0].split(", ")]
    assert near and all(may_run(catalog.model(other), "company") for other in near)
    sizes = [abs(catalog.model(other).size - catalog.model(name).size) for other in near]
    assert sizes == sorted(sizes)


@pytest.mark.parametrize("name", NOT_FOR_COMPANIES)
def test_a_person_may_run_it(sandbox: dict[str, Any], name: str) -> None:
    ledger = Ledger()
    choose(load({**sandbox, "models": [name], "owner": "person"}), "sandbox", ledger)
    assert not [one for one in ledger.refusals if "owner" in one.wanted]


@pytest.mark.parametrize("owner", ["company", "person"])
def test_what_is_not_granted_in_the_eu_is_refused_for_everybody(owner: Any) -> None:
    row = catalog.model("llama3.2:3b").model_copy(update={"licence": "Llama 3.2 Community License, multimodal"})
    ledger = Ledger()
    judge_licence(row, owner, ledger)
    [refusal] = ledger.refusals
    assert "not granted to anybody in the EU" in refusal.found
    assert "owner: person" not in refusal.todo


def test_what_the_licence_asks_is_explained_with_its_source_and_day(sandbox: dict[str, Any]) -> None:
    said = {decision.key: decision for decision in derive(load(sandbox), "sandbox").decisions}
    licence = said["model.smollm2:135m.licence"]
    assert licence.value == "Apache-2.0" and "any use" in licence.reason and licence.source.endswith("2026-11-25")


def test_a_licence_that_was_not_read_whole_says_so() -> None:
    ledger = Ledger()
    judge_licence(catalog.model("gemma3:4b"), "company", ledger)
    assert "(unconfirmed)" in ledger.decisions[0].reason


def test_another_owner_is_no_owner(sandbox: dict[str, Any]) -> None:
    with pytest.raises(SpecError, match="company"):
        load({**sandbox, "owner": "firm"})
