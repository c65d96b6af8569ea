"""Generated documents: how a schema reads in words, and that a stale page is noticed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from plan import catalog
from plan.catalog import market
from tools.docs import __main__ as docs
from tools.docs import drivers, environment, markdown, offers, worth


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 9}, "whole number from 1 to 9"),
        ({"type": "number", "exclusiveMinimum": 0}, "number above 0"),
        ({"anyOf": [{"enum": ["a", "b"]}, {"type": "null"}]}, "`a`, `b`"),
        ({"type": "array", "items": {"type": "string"}}, "list of text"),
        ({"$ref": "#/$defs/AskedGateway"}, "[Gateway](#gateway)"),
    ],
)
def test_values_in_words(schema: dict[str, Any], words: str) -> None:
    assert environment.kind(schema) == words


def test_every_key_is_documented() -> None:
    assert "|  |\n" not in environment.page()


def test_editors_know_the_keys() -> None:
    schema = json.loads(environment.schema())
    keys = schema["properties"]["config"]["properties"]["eigenherd:environment"]
    assert {"machine", "gpu", "models", "users", "gateway", "clients"} <= set(keys["properties"])
    assert keys["additionalProperties"] is False


def test_every_card_has_a_driver_or_a_reason_on_every_system() -> None:
    table = drivers.page().partition("## Every card on every system")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.split(" | ")] for line in table.splitlines() if line.startswith("| ")][2:]
    assert [row[0].removeprefix("| ") for row in rows] == [card.name for card in catalog.gpus()]
    for row in rows:
        assert len(row) == 3 + 5
        assert all(re.match(r"\d{3} (open|proprietary), |refused: \w", cell) for cell in row[3:]), row


def test_every_kind_of_refusal_is_on_the_page_of_drivers() -> None:
    page = drivers.page()
    for words, _ in drivers.asked():
        assert f"| {words} | " in page


def test_every_price_is_on_its_page_with_its_day_and_never_its_age() -> None:
    page = offers.page()
    for row in market.offers():
        line = next(line for line in page.splitlines() if f"| {row.product} |" in line)
        assert row.date in line and ("not known" in line) == (row.eur_month is None or row.eur_setup is None)
    assert all(f"| {row.gpu} |" in page for row in market.cards())
    assert all(f"| {row.name} |" in page for row in market.hosted())
    assert "days old" not in page and "STALE" not in page, "it would be another page tomorrow"


def test_the_three_tiers_are_judged_bought_and_rented() -> None:
    page = worth.page()
    assert [name for name, _, _ in worth.tiers()] == list(worth.USERS)
    for name, _, models in worth.tiers():
        part = page.casefold().partition(f"## {name.casefold()}")[2].partition("\n## ")[0]
        for model in models:
            lines = [line for line in part.splitlines() if line.startswith(f"| `{model}` | {worth.USERS[name]} |")]
            assert ["(bought)" in line for line in lines] == [True, False]
            assert all("not worth it on cost alone" in line or "worth it" in line for line in lines)


def test_a_cell_can_not_break_the_table() -> None:
    assert markdown.table(["a"], [["x|y\nz"]]) == "| a |\n| --- |\n| x\\|y z |"


def test_a_stale_page_is_noticed_and_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    monkeypatch.setattr(docs, "PAGES", {"page.md": lambda: "new\n"})
    (tmp_path / "page.md").write_text("old\n")
    assert docs.main(["--check"]) == 1
    assert "out of date: page.md" in capsys.readouterr().err
    assert (tmp_path / "page.md").read_text() == "old\n"
    assert docs.main([]) == 0
    assert docs.main(["--check"]) == 0
    assert (tmp_path / "page.md").read_text() == "new\n"
