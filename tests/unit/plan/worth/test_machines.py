"""The machines that carry a size, within a budget, a country and a way to pay."""

from dataclasses import replace

import pytest

from plan.catalog import market
from plan.errors import PlanError, SpecError
from plan.worth import Assumptions, machines
from plan.worth.cost import cost_of
from tests.unit.plan.worth.cases import SIZE

ASSUMED = Assumptions()
LARGE = replace(SIZE, weights_mib=62_000, model="gpt-oss:120b")


def test_the_cheapest_over_the_months_is_first() -> None:
    totals = [cost_of(means, ASSUMED).total_eur for means in machines(SIZE, ASSUMED)]
    assert totals == sorted(totals)
    assert len(totals) > 5


def test_rent_or_buy() -> None:
    assert {means.how for means in machines(SIZE, ASSUMED)} == {"rent", "buy"}
    assert {means.how for means in machines(SIZE, ASSUMED, "rent")} == {"rent"}
    bought = machines(SIZE, ASSUMED, "buy")
    assert {means.how for means in bought} == {"buy"}
    assert all(means.count <= 2 for means in bought)


def test_a_rented_machine_has_enough_cards_and_a_price_and_can_be_ordered() -> None:
    rented = machines(LARGE, ASSUMED, "rent")
    names = [means.name for means in rented]
    assert "Hetzner GEX131" in names and "STACKIT n2.28d.g2" in names
    assert "STACKIT n2.14d.g1" not in names, "one L40S does not carry it"
    smaller = [means.name for means in machines(SIZE, ASSUMED, "rent", country="any")]
    assert "Hetzner GEX45" in smaller
    assert not [name for name in smaller if "GEX130" in name or "GEX44" in name or "Telekom" in name]
    assert all(means.month_eur > 0 and means.load_w == 0 for means in rented)


def test_a_machine_stands_where_it_is_wanted() -> None:
    assert "Hetzner GEX63" not in [means.name for means in machines(LARGE, ASSUMED, "rent")]
    assert "Hetzner GEX63" in [means.name for means in machines(LARGE, ASSUMED, "rent", country="FI")]
    anywhere = [means.name for means in machines(LARGE, ASSUMED, "rent", country="any")]
    assert "Hetzner GEX63" in anywhere and "OVHcloud h100-380" in anywhere


def test_bought_cards_cost_their_price_the_computer_and_their_power() -> None:
    card = next(row for row in market.cards() if row.gpu == "RTX 4090")
    [means] = machines(SIZE, replace(ASSUMED, host_eur=1000, host_w=50), "buy", gpu="RTX 4090")
    assert means.once_eur == pytest.approx(card.eur + 1000)
    assert (means.load_w, means.idle_w) == (450 + 50, pytest.approx(45 + 50))


def test_a_budget_is_a_month_of_rent_or_what_is_paid_once() -> None:
    assert all(means.month_eur <= 300 for means in machines(SIZE, ASSUMED, "rent", 300))
    assert all(means.once_eur <= 2000 for means in machines(SIZE, ASSUMED, "buy", 2000))


@pytest.mark.parametrize(("how", "budget", "cheapest"), [("rent", 100, "212.30 EUR a month"), ("buy", 100, "EUR once")])
def test_a_budget_that_nothing_meets_is_told_the_cheapest(how: str, budget: float, cheapest: str) -> None:
    with pytest.raises(PlanError, match=r"at most 100\.00 EUR") as refused:
        machines(SIZE, ASSUMED, how, budget)  # type: ignore[arg-type]
    assert cheapest in refused.value.found
    assert "fewer users" in refused.value.todo


def test_what_nothing_carries_is_refused_with_what_would_help() -> None:
    with pytest.raises(PlanError, match="that carries gpt-oss:20b") as refused:
        machines(replace(SIZE, weights_mib=5e6), ASSUMED)
    assert "eigenherd offers" in refused.value.todo
    with pytest.raises(PlanError, match="to rent") as abroad:
        machines(SIZE, ASSUMED, "rent", country="FR", gpu="T4")
    assert "--country any" in abroad.value.todo


def test_an_unknown_card_is_told_the_nearest() -> None:
    with pytest.raises(SpecError, match="RTX 4090"):
        machines(SIZE, ASSUMED, gpu="RTX 4091")


def test_one_that_cannot_generate_what_is_asked_is_behind_all_that_can() -> None:
    cheapest = machines(SIZE, ASSUMED, "rent")[0]
    busy = replace(ASSUMED, users=int(cheapest.most_tokens_day / ASSUMED.tokens_user_day) + 1)
    found = machines(SIZE, busy, "rent")
    able = [busy.tokens_day <= means.most_tokens_day for means in found]
    assert able == sorted(able, reverse=True) and able[0] and not able[-1]
    assert cheapest.name in [means.name for means, can in zip(found, able, strict=True) if not can]
    assert cost_of(cheapest, busy).total_eur < cost_of(found[0], busy).total_eur
