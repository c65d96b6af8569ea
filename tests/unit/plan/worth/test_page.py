"""The page: complete in itself, the same figures in plots and tables, in two languages, readable without eyes."""

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from plan import catalog
from plan.sizing import fits, size_of
from plan.worth import Assumptions
from plan.worth.answer import Answer, Wanted, answered
from plan.worth.bars import bars
from plan.worth.curves import APART, by_year, curves
from plan.worth.page import page
from plan.worth.value import How
from plan.worth.words import LANGUAGES, Language

ON = date(2026, 11, 25)
VOID = {"meta", "br", "link", "img", "input", "hr"}


def answer(name: str = "gpt-oss:120b", users: int = 40, how: How | None = None) -> Answer:
    size = size_of(catalog.model(name), users=users)
    return answered(size, Wanted(how=how), Assumptions(users=users, seat_eur=29))


ANSWERS = [answer(), answer("llama2:13b", 4, "rent")]
PAGES = {language: page(ANSWERS, ON, language) for language in LANGUAGES}


class Tags(HTMLParser):
    """Every tag with its attributes, and whether each that was opened was closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_needs_nothing_else(language: Language) -> None:
    tags = Tags(PAGES[language])
    assert not tags.open
    assert not {tag for tag, _ in tags.found} & {"script", "link", "img", "iframe", "object", "style src"}
    assert not [attrs for _, attrs in tags.found if {"src", "href", "xlink:href"} & set(attrs)]
    assert not re.search(r"url\(|@import|https?://", PAGES[language].partition("<body>")[0])
    assert ("html", {"lang": language}) in tags.found


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_plot_is_a_picture_with_a_title_a_description_and_a_table_beside_it(language: Language) -> None:
    drawn = re.findall(r"<svg .*?</svg>", PAGES[language], re.DOTALL)
    assert len(drawn) == 2 * len(ANSWERS)
    ids = []
    for text in drawn:
        svg = ElementTree.fromstring(text)  # noqa: S314
        assert svg.get("role") == "img"
        title, description = svg[0], svg[1]
        assert (title.tag, description.tag) == ("title", "desc")
        assert title.text and description.text and len(description.text) > 20
        assert (svg.get("aria-labelledby") or "").split() == [title.get("id"), description.get("id")]
        ids += [title.get("id"), description.get("id")]
        after = PAGES[language].partition(text)[2]
        assert "<table" in after.partition("<svg")[0]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_light_and_dark(language: Language) -> None:
    assert "prefers-color-scheme: dark" in PAGES[language]
    root = re.findall(r":root {(.*?)}", PAGES[language], re.DOTALL)
    names = [set(re.findall(r"--([\w-]+):", block)) for block in root]
    assert len(names) == 2 and names[0] == names[1], "every colour has a dark one"
    used = set(re.findall(r"var\(--([\w-]+)\)", PAGES[language]))
    assert used <= names[0]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["Is it worth it?", "the reason is privacy", "STALE: 328 days old", "break-even, tokens a day"]),
        ("de", ["Lohnt es sich?", "der Grund ist der Datenschutz", "VERALTET: 328 Tage alt", "Gleichstand"]),
    ],
)
def test_it_speaks_one_language(language: Language, said: list[str]) -> None:
    assert all(words in PAGES[language] for words in said)
    other = next(text for key, text in PAGES.items() if key != language)
    assert not [words for words in said if words in other]


def test_figures_of_the_verdict_are_on_the_page() -> None:
    worth = ANSWERS[0].worth
    for euro in (worth.cost.total_eur, *(one.total_eur for one in worth.comparisons)):
        assert f">{euro:,.0f}<" in PAGES["en"]
        assert f">{euro:,.0f}<".replace(",", ".") in PAGES["de"]


def test_the_break_even_is_marked_where_the_lines_cross() -> None:
    worth = ANSWERS[0].worth
    drawn = curves(worth, "en")
    [mark] = drawn.marks
    assert mark.key == "seats"
    for key in ("own", "seats"):
        curve = next(curve for curve in drawn.curves if curve.key == key)
        along = (mark.x - drawn.left) / (drawn.right - drawn.left)
        assert curve.y0 + along * (curve.y1 - curve.y0) == pytest.approx(mark.y, abs=0.01)
    assert 'class="point"' in PAGES["en"] and mark.words in PAGES["en"]
    assert not curves(ANSWERS[1].worth, "en").marks, "that one never pays"


@pytest.mark.parametrize("found", ANSWERS, ids=lambda found: found.worth.size.model)
def test_labels_do_not_lie_on_each_other(found: Answer) -> None:
    drawn = curves(found.worth, "de")
    labels = sorted(curve.label_y for curve in drawn.curves)
    assert all(lower - upper >= APART - 0.01 for upper, lower in pairwise(labels))
    assert all(0 < label < drawn.height - 14 for label in labels)


@pytest.mark.parametrize("euro", [1, 11_000, 400_000])
def test_labels_of_lines_that_end_together_are_moved_apart(euro: float) -> None:
    worth = ANSWERS[0].worth
    same = tuple(replace(one, total_eur=euro) for one in worth.comparisons)
    drawn = curves(replace(worth, comparisons=same), "en")
    labels = sorted(curve.label_y for curve in drawn.curves)
    assert all(lower - upper >= APART - 0.01 for upper, lower in pairwise(labels))
    assert all(0 < label < drawn.height - 14 for label in labels)


def test_what_is_paid_by_year_ends_at_the_totals() -> None:
    worth = ANSWERS[0].worth
    years = by_year(worth)
    assert [month for month, _ in years] == [0, 12, 24, 36]
    assert years[0][1] == [worth.cost.once_eur, 0, 0, 0]
    assert years[-1][1] == pytest.approx([worth.cost.total_eur, *(one.total_eur for one in worth.comparisons)])


@pytest.mark.parametrize("found", ANSWERS, ids=lambda found: found.worth.size.model)
def test_bars_show_what_is_taken_of_each_size_of_card(found: Answer) -> None:
    size = found.worth.size
    drawn = bars(size, found.cards, found.worth.means.gpu, "en")
    over, *carrying = drawn.rows
    assert not over.carries and sum(part.width for part in over.segments) > over.card_width
    assert carrying and all(row.carries for row in carrying)
    for row in carrying:
        assert sum(part.width for part in row.segments) <= row.card_width + 0.01
        assert row.segments[0].width / sum(part.width for part in row.segments) == pytest.approx(
            size.weights_mib / size.total_mib, rel=0.01
        )
    assert found.worth.means.gpu in [row.name for row in drawn.rows]
    assert all(row.card_width + drawn.left <= drawn.width for row in drawn.rows)


def test_a_model_for_several_cards_names_how_many() -> None:
    size = size_of(catalog.model("llama3.1:70b"), users=40, context=32_768)
    drawn = bars(size, fits(size, [catalog.gpu("L40S"), catalog.gpu("RTX 4090")]), "L40S", "en")
    assert any(re.match(r"\d x ", row.name) for row in drawn.rows if row.carries)
