"""Stack files as Pulumi keeps them, the committed examples among them."""

from pathlib import Path
from typing import Any

import pytest

from plan import stackfile
from plan.derive import choose, derive
from plan.environment import Environment
from plan.errors import SpecError
from plan.ledger import Ledger

EXAMPLES = Path(__file__).resolve().parents[3] / "stacks" / "examples"
FILES = {file.stem: file for file in EXAMPLES.glob("*.yaml")}


def settings(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def test_the_examples_are_these() -> None:
    assert set(FILES) >= {"sandbox", "office", "gex131", "pair", "ollama"}


@pytest.mark.parametrize("name", FILES)
def test_an_example_is_short(name: str) -> None:
    assert len(settings(FILES[name].read_text())) <= 15


@pytest.mark.parametrize("name", sorted(FILES))
def test_an_example_can_be_explained(name: str) -> None:
    ledger = Ledger()
    choose(stackfile.read(FILES[name].read_text()), name, ledger)
    assert {decision.key for decision in ledger.decisions} >= {"engine", "torch", "gateway.allow", "models.context"}
    assert all(decision.reason for decision in ledger.decisions)


@pytest.mark.parametrize("name", ["sandbox", "pair"])
def test_examples_of_the_sandbox_can_be_planned(name: str) -> None:
    plan = derive(stackfile.read(FILES[name].read_text()), name)
    assert plan.stack == name
    assert {machine.provider for machine in plan.machines} == {"sandbox"}


def test_the_pair_has_one_gateway_and_two_engines() -> None:
    plan = derive(stackfile.read(FILES["pair"].read_text()), "pair")
    assert plan.gateway_machine().name == "first"
    assert ["engine" in machine.roles for machine in plan.machines] == [True, True]


def test_the_rented_server_says_that_it_was_never_tried() -> None:
    ledger = Ledger()
    choose(stackfile.read(FILES["gex131"].read_text()), "gex131", ledger)
    chosen = {decision.key: decision.value for decision in ledger.decisions}
    assert chosen["machine.main.robot"] == "never run against the real API"
    assert chosen["machine.main.location"] == "FSN or NBG" and chosen["machine.main.harden"] == "no"


def test_the_office_can_be_planned() -> None:
    plan = derive(stackfile.read(FILES["office"].read_text()), "office")
    chosen = {decision.key: decision for decision in plan.decisions}
    assert chosen["engine"].value == "ollama"
    assert chosen["driver"].value == "580 or newer"
    assert chosen["machine.main.harden"].value == "no"
    assert plan.engine.archive and plan.engine.archive.url
    assert [file.file for file in plan.models[0].files] == ["gpt-oss-20b.gguf", "gpt-oss.template"]


def test_what_nobody_downloaded_yet_is_said_where_it_is_planned() -> None:
    plan = derive(stackfile.read(FILES["office"].read_text()), "office")
    said = {decision.key: decision.reason for decision in plan.decisions}
    words = "not downloaded by us: the download is checked against it"
    assert {key for key, reason in said.items() if words in reason} == {
        "engine.archive",
        "model.gpt-oss:20b.file",
        "model.gpt-oss:20b.template",
    }
    ours = derive(stackfile.read(FILES["ollama"].read_text()), "ollama")
    assert not any(words in decision.reason for decision in ours.decisions)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "`config:`"),
        ("config: {}", "`config:`"),
        ("config:\n  eigenherd:environment: [", "a YAML file"),
        ("config:\n  eigenherd:environment: 3", "keys with values"),
    ],
)
def test_a_file_without_an_environment(text: str, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        stackfile.read(text)
    assert words in caught.value.wanted


def keys_of(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in part:
        part = schema["$defs"][part["$ref"].rpartition("/")[2]]
    properties: dict[str, Any] = part.get("properties", {})
    return properties


def test_the_schema_describes_the_whole_file_and_knows_the_catalogue() -> None:
    schema = stackfile.json_schema()
    environment = keys_of(schema, keys_of(schema, schema["properties"]["config"])[stackfile.KEY])
    assert set(environment) == set(Environment.model_fields)
    assert "RTX 4090" in environment["gpu"]["examples"]
    assert "smollm2:135m" in environment["models"]["items"]["examples"]
