"""What is said, in two languages: figures, days of prices, and every assumption with what changes it."""

import re
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import pytest

from plan.worth import Assumptions, judge, told, words
from plan.worth.words import LANGUAGES, Language, listed, number, word
from tests.unit.plan.worth.cases import ASSUMED, BOUGHT, RENTED, SIZE

ON = date(2026, 11, 25)
ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_there_in_both_languages_with_the_same_places(language: Language) -> None:
    for key, pair in words._WORDS.items():
        places = [set(re.findall(r"{(\w+)}", text)) for text in pair]
        assert places[0] == places[1], key
        assert all(pair)
        values = dict.fromkeys(places[0], "x")
        assert "{" not in word(key, language, **values)


@pytest.mark.parametrize(("language", "text"), [("en", "1,234,567.9"), ("de", "1.234.567,9")])
def test_figures_are_written_as_the_language_does(language: Language, text: str) -> None:
    assert number(1_234_567.89, language, 1) == text


def test_names_are_listed() -> None:
    assert [listed(names, "en") for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert listed(["a", "b"], "de") == "a und b"


@pytest.mark.parametrize("means", [BOUGHT, RENTED], ids=["bought", "rented"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_parts_of_the_cost_are_all_of_it(means: object, language: Language) -> None:
    worth = judge(SIZE, means, ASSUMED)  # type: ignore[arg-type]
    assert sum(euro for _, euro in told.parts(worth, language)) == pytest.approx(worth.cost.total_eur)


def test_every_assumption_is_printed_with_its_source_and_what_changes_it() -> None:
    lines = told.assumptions(judge(SIZE, BOUGHT, ASSUMED), ON, "en")
    assert all(line.source for line in lines)
    options = {line.option for line in lines if line.option}
    assert options == {f"--{field.name.replace('_', '-')}" for field in fields(Assumptions)}


def test_every_option_named_is_one_of_the_command() -> None:
    source = (ROOT / "plan" / "worth" / "command.py").read_text()
    for field in fields(Assumptions):
        assert re.search(rf"^    {field.name}: Annotated", source, re.MULTILINE), field.name


def test_of_a_rented_machine_no_power_is_assumed() -> None:
    options = {line.option for line in told.assumptions(judge(SIZE, RENTED, ASSUMED), ON, "en")}
    assert not options & {"--eur-kwh", "--host-w", "--host-eur", "--idle-share"}


def test_what_was_asked_is_not_called_our_assumption() -> None:
    usual = told.assumptions(judge(SIZE, BOUGHT, Assumptions()), ON, "en")
    asked = told.assumptions(judge(SIZE, BOUGHT, replace(Assumptions(), eur_hour=95, eur_kwh=0.2)), ON, "en")
    before = {line.option: line.source for line in usual}
    after = {line.option: line.source for line in asked}
    assert before["--eur-hour"] == "our assumption, not measured" and after["--eur-hour"] == "as asked"
    assert "2025-11-05, unconfirmed" in before["--eur-kwh"] and after["--eur-kwh"] == "as asked"


def test_a_stale_price_says_so_in_both_languages() -> None:
    row = BOUGHT.price.model_copy(update={"date": "2024-02-21", "confirmed": False})
    assert told.price_of(row, "card", ON, "en") == "2024-02-21, STALE: 1008 days old, unconfirmed"
    assert told.price_of(row, "card", ON, "de") == "2024-02-21, VERALTET: 1008 Tage alt, unbestätigt"
    assert told.price_of(BOUGHT.price, "card", ON, "en") == "2026-11-01"


def test_never_is_said() -> None:
    never = replace(judge(SIZE, RENTED, ASSUMED).comparisons[0], even_tokens_day=None, even_users=None, even_month=None)
    assert told.even(never, "en") == ("never", "never")
    assert told.even(never, "de") == ("nie", "nie")
    assert told.paid(never, 36, "de") == "nicht in 36 Monaten"


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("gpt-oss:20b", "Apache-2.0: a company may use it, granted in the EU"),
        ("orca-mini:3b", "CC-BY-NC-SA-4.0: a company may not use it"),
        ("gemma3:4b", "unconfirmed"),
        ("a file of somebody's", ""),
    ],
)
def test_the_licence_is_said_with_its_source(model: str, says: str) -> None:
    said = told.licence(model, "en")
    assert says in said and bool(said) == bool(says)
