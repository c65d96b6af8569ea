"""What a release may not carry, on a day that is given: stale prices, ended pins, versions with known holes."""

from datetime import date

import pytest

from plan import catalog
from plan.catalog import check, market
from plan.catalog.rows import Row

ON = date(2026, 11, 25)
FRESH = {"date": "2026-11-01"}
PRICES = ("offers", "cards", "hosted", "seats", "electricity")


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every price read this month; a case makes one thing wrong."""
    for table in PRICES:
        replace(monkeypatch, table, tuple(row.model_copy(update=FRESH) for row in getattr(market, table)()))
    rate = market.exchange().model_copy(update=FRESH)
    monkeypatch.setattr(market, "exchange", lambda: rate)


def replace(monkeypatch: pytest.MonkeyPatch, table: str, rows: tuple[Row, ...]) -> None:
    monkeypatch.setattr(market if table in PRICES else catalog, table, lambda: rows)


def found(on: date = ON) -> list[str]:
    return [finding.what for finding in check.findings(on)]


def test_a_catalogue_that_was_read_this_month_may_be_released() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ("offers", "offer Hetzner GEX45"),
        ("cards", "card RTX 4070"),
        ("hosted", "hosted GPT-6 Luna"),
        ("seats", "seat ChatGPT Business"),
        ("electricity", "electricity business"),
    ],
)
def test_a_stale_price_is_found(monkeypatch: pytest.MonkeyPatch, table: str, what: str) -> None:
    old = {"date": "2024-10-01"}
    rows = getattr(market, table)()
    rows = tuple(row.model_copy(update=old) if what.endswith(check.name_of(row)) else row for row in rows)
    replace(monkeypatch, table, rows)
    assert found() == [what]


def test_the_rate_of_the_dollar_grows_stale_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "exchange", lambda: market.ExchangeRow(usd=1, source="here", date="2026-01-01"))
    assert found() == ["exchange rate of euro and dollar"]


@pytest.mark.parametrize("change", [{"orderable": False}, {"eur_month": None}])
def test_what_can_be_had_no_more_or_has_no_price_cannot_grow_stale(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, object]
) -> None:
    old = {"date": "2024-10-01", **change}
    replace(monkeypatch, "offers", tuple(row.model_copy(update=old) for row in market.offers()))
    assert found() == []


def test_a_driver_branch_is_found_when_its_support_has_ended() -> None:
    prices = {what for what in found(date(2027, 4, 1)) if what.startswith(("offer", "card", "hosted", "seat"))}
    assert set(found(date(2027, 4, 1))) - prices == {"driver branch 595"}
    assert "driver branch 595" not in found(date(2027, 3, 31))


def test_a_branch_that_no_plan_takes_any_more_is_no_pin() -> None:
    assert not [what for what in found(date(2027, 1, 1)) if "535" in what or "550" in what]


def test_a_system_is_found_when_its_updates_have_ended() -> None:
    assert "Debian 12" not in found(date(2028, 6, 30))
    assert "Debian 12" in found(date(2028, 7, 1))
    assert all(row.end_of_life for row in catalog.systems())


@pytest.mark.parametrize("where", ["engine", "archive", "environment"])
def test_a_version_with_known_holes_is_found(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    old = {"version": "0.9.9"}
    if where == "engine":
        engine = catalog.engine("vllm").model_copy(update=old)
        replace(monkeypatch, "engines", (*(row for row in catalog.engines() if row.name != "vllm"), engine))
    elif where == "archive":
        archive = next(row for row in catalog.archives() if row.engine == "ollama")
        replace(monkeypatch, "archives", (*catalog.archives(), archive.model_copy(update=old)))
    else:
        python = catalog.python("vllm").model_copy(update=old)
        replace(monkeypatch, "pythons", (*catalog.pythons(), python))
    [finding] = check.findings(ON)
    assert finding.what.endswith("0.9.9") and "CVE-" in finding.found and "or newer" in finding.todo


def test_what_is_in_the_catalogue_today_is_judged_by_the_day_alone() -> None:
    assert check.findings(ON) == check.findings(ON)
