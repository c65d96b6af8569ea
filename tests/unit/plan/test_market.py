"""Prices: rows that fit the rest of the catalogue, in euro without VAT, and old ones that say so."""

from datetime import date, timedelta

import pytest

from plan import catalog
from plan.catalog import market
from plan.catalog.age import MOST_DAYS, Kind, is_stale, told
from plan.errors import PlanError

ON = date(2026, 11, 25)


def test_offers_have_cards_the_catalogue_knows_and_each_provider_is_there() -> None:
    assert {row.provider for row in market.offers()} == {"Hetzner", "OVHcloud", "STACKIT", "Open Telekom Cloud"}
    assert {row.product for row in market.offers()} >= {"GEX45", "GEX63", "GEX131", "n2.14d.g1", "l40s-90"}
    names = [(row.provider, row.product) for row in market.offers()]
    assert len(names) == len(set(names))
    for row in (*market.offers(), *market.cards()):
        assert catalog.gpu(row.gpu).name == row.gpu


@pytest.mark.parametrize("row", market.offers(), ids=lambda row: row.product)
def test_a_month_costs_what_its_hours_would_or_less(row: market.OfferRow) -> None:
    assert row.locations and row.countries
    if row.eur_hour and row.eur_month:
        assert row.eur_month / row.eur_hour <= 744, "the hours of the longest month"


def test_a_price_nobody_found_is_left_out_not_invented() -> None:
    unknown = [row for row in market.offers() if row.eur_month is None]
    assert {row.provider for row in unknown} == {"Open Telekom Cloud"}
    assert all("not found" in row.source and not row.confirmed for row in unknown)


def test_a_gross_price_and_one_in_dollars_become_euro_without_vat() -> None:
    row = market.CardRow(gpu="L4", price=119, vat=True, source="here", date="2026-01-01")
    assert row.eur == pytest.approx(100)
    dollars = row.model_copy(update={"currency": "USD", "vat": False})
    assert dollars.eur == pytest.approx(119 / market.exchange().usd)


def test_a_generated_token_costs_its_own_price_and_that_of_what_is_read_for_it() -> None:
    row = market.HostedRow(
        name="x", provider="y", home="EU", hosted="DE", input_mtok=1, output_mtok=5, currency="EUR",
        source="here", date="2026-01-01",
    )  # fmt: skip
    assert row.eur_per_token(read=3) == pytest.approx(8e-6)


@pytest.mark.parametrize(
    ("model", "home", "name"),
    [
        ("gpt-oss:20b", "EU", "STACKIT gpt-oss-20b"),
        ("qwen3:32b", "EU", "OVHcloud Qwen3-32B"),
        ("smollm2:135m", "EU", "STACKIT gpt-oss-120b"),
        ("gpt-oss:20b", "US", "GPT-6 Luna"),
    ],
)
def test_the_same_weights_are_compared_where_somebody_serves_them(model: str, home: str, name: str) -> None:
    assert market.hosted_as(model, home).name == name  # type: ignore[arg-type]
    assert catalog.model(model)


def test_hosted_models_that_are_ours_too_are_in_the_catalogue() -> None:
    assert all(catalog.model(row.model) for row in market.hosted() if row.model)
    with pytest.raises(PlanError, match="GPT-6 Luna"):
        market.hosted_named("gpt-7")


@pytest.mark.parametrize("kind", list(MOST_DAYS))
def test_a_price_says_by_itself_when_it_is_too_old(kind: Kind) -> None:
    row = market.seats()[0]
    last = date.fromisoformat(row.date) + timedelta(days=MOST_DAYS[kind])
    assert not is_stale(row, kind, last) and "STALE" not in told(row, kind, last)
    day_after = last + timedelta(days=1)
    assert is_stale(row, kind, day_after)
    assert f"STALE: {MOST_DAYS[kind] + 1} days old" in told(row, kind, day_after)
