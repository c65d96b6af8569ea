"""Break-evens and verdicts: where both ways cost the same, and where they never do."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.catalog import market
from plan.worth import Assumptions, Comparison, Means, Verdict, Worth, judge
from plan.worth.cost import cost_of
from plan.worth.told import verdict
from tests.unit.plan.worth.cases import ASSUMED, BOUGHT, RENTED, SIZE, hosted

Priced = Callable[[float, float], None]


@pytest.fixture
def priced(monkeypatch: pytest.MonkeyPatch) -> Priced:
    """Sets what a million generated tokens cost in the US and in the EU."""

    def prices(us: float, eu: float) -> None:
        rows = (hosted(us), hosted(eu, home="EU"))
        monkeypatch.setattr(market, "hosted", lambda: rows)

    return prices


def worth(means: Means = RENTED, assumed: Assumptions = ASSUMED) -> Worth:
    return judge(SIZE, means, assumed)


def one(found: Worth, against: str) -> Comparison:
    return next(comparison for comparison in found.comparisons if comparison.against == against)


def test_a_hosted_model_costs_its_tokens(priced: Priced) -> None:
    priced(10, 20)
    found = worth()
    tokens = 100_000 * 365 / 12 * 36
    assert one(found, "hosted_us").total_eur == pytest.approx(tokens * 10e-6)
    assert one(found, "hosted_eu").total_eur == pytest.approx(tokens * 20e-6)


def test_the_break_even_in_tokens_and_users_by_hand(priced: Priced) -> None:
    priced(10, 20)
    found = one(worth(), "hosted_us")
    even = (360 + 36 * 150) / (36 * 365 / 12 * 10e-6)
    assert found.even_tokens_day == pytest.approx(even)
    assert found.even_users == 53
    assert even == pytest.approx(526_027, abs=1)


@pytest.mark.parametrize("means", [BOUGHT, RENTED], ids=["bought", "rented"])
def test_at_the_break_even_both_cost_the_same(priced: Priced, means: Means) -> None:
    priced(10, 20)
    even = one(worth(means), "hosted_us").even_tokens_day
    assert even
    there = replace(ASSUMED, users=1, tokens_user_day=even)
    assert cost_of(means, there).total_eur == pytest.approx(one(worth(means, there), "hosted_us").total_eur)


def test_above_what_the_machine_can_generate_it_is_never(priced: Priced) -> None:
    """100 tokens a second are 8.64 million a day; 0.61 euro a million needs a little more, 0.62 a little less."""
    priced(0.60, 0.62)
    found = worth()
    assert one(found, "hosted_us").even_tokens_day is None
    assert one(found, "hosted_us").even_users is None
    even = one(found, "hosted_eu").even_tokens_day
    assert even and even < RENTED.most_tokens_day


def test_below_its_own_electricity_it_is_never(priced: Priced) -> None:
    """A token of the bought machine costs 80 W / 100 a second at 0.30: 0.0667 euro a million."""
    priced(0.066, 10)
    found = worth(replace(BOUGHT, once_eur=0, idle_w=20), replace(ASSUMED, maintenance_h=0))
    assert one(found, "hosted_us").even_tokens_day is None
    assert one(found, "hosted_eu").even_tokens_day is not None


def test_seats_break_even_in_people() -> None:
    found = one(worth(), "seats")
    assert found.total_eur == 10 * 29 * 36
    assert found.even_users == 6, "160 a month, set-up shared over the months, at 29 a seat"
    assert one(worth(assumed=replace(ASSUMED, seats=40)), "seats").total_eur == 40 * 29 * 36


def test_seats_of_more_people_than_the_machine_serves_are_never_dearer() -> None:
    slow = replace(RENTED, tokens_s=10_000 * 5.6 / 86_400)  # level at 5.5 people, and the sixth is half served
    assert one(worth(slow), "seats").even_users is None
    enough = replace(RENTED, tokens_s=10_000 * 6.01 / 86_400)
    assert one(worth(enough), "seats").even_users == 6


def test_it_has_paid_for_itself_when_the_lines_cross(priced: Priced) -> None:
    priced(10, 100)
    found = worth(BOUGHT)
    month = one(found, "hosted_eu").even_month
    assert month
    monthly = (found.cost.total_eur - found.cost.once_eur) / 36
    assert 3_600 + month * monthly == pytest.approx(month * one(found, "hosted_eu").total_eur / 36)
    assert one(found, "hosted_us").even_month is None


def test_it_is_not_paid_within_the_months(priced: Priced) -> None:
    priced(10, 60)
    assert one(worth(BOUGHT), "hosted_eu").even_month
    shorter = replace(ASSUMED, months=12)
    assert one(worth(BOUGHT, shorter), "hosted_eu").even_month is None


@pytest.mark.parametrize(
    ("us", "eu", "seat_eur", "expected", "says"),
    [
        (100, 100, 290, Verdict.WORTH, "Worth it: cheaper than each of the three."),
        (1, 100, 290, Verdict.PARTLY, "Worth it against EU hosting and seats; not against US hosting."),
        (1, 1, 290, Verdict.PARTLY, "Worth it against seats; not against US hosting and EU hosting."),
        (1, 1, 2.9, Verdict.PRIVACY, "Not worth it on cost alone; the reason is privacy."),
    ],
)
def test_verdicts(priced: Priced, us: float, eu: float, seat_eur: float, expected: Verdict, says: str) -> None:
    priced(us, eu)
    found = worth(assumed=replace(ASSUMED, seat_eur=seat_eur))
    assert found.verdict is expected
    assert verdict(found, "en") == says


def test_the_reason_is_privacy_in_german_too(priced: Priced) -> None:
    priced(1, 1)
    found = worth(assumed=replace(ASSUMED, seat_eur=2.9))
    assert verdict(found, "de") == "Allein der Kosten wegen lohnt es sich nicht; der Grund ist der Datenschutz."


def test_a_machine_that_cannot_generate_what_is_asked_is_no_bargain(priced: Priced) -> None:
    priced(100, 100)
    found = worth(assumed=replace(ASSUMED, users=1_000))
    assert found.load_share > 1
    assert found.verdict is Verdict.TOO_SMALL
    assert verdict(found, "en").startswith("This machine cannot generate what is asked: 116 %")


def test_another_hosted_model_can_be_named() -> None:
    found = worth(assumed=replace(ASSUMED, hosted_us="gpt-6 sol"))
    assert one(found, "hosted_us").name == "GPT-6 Sol"
    assert one(found, "hosted_eu").name == "STACKIT gpt-oss-20b", "the same weights"


@given(
    once=st.floats(0, 50_000),
    month=st.floats(0, 5_000),
    tokens_s=st.floats(1, 5_000),
    tokens_day=st.floats(1, 1e8),
    price=st.floats(0.01, 100),
    load_w=st.floats(0, 3_000),
)
def test_beyond_the_break_even_and_only_there_it_is_cheaper(
    once: float, month: float, tokens_s: float, tokens_day: float, price: float, load_w: float
) -> None:
    means = replace(BOUGHT, once_eur=once, month_eur=month, tokens_s=tokens_s, load_w=load_w, idle_w=load_w / 10)
    assumed = replace(ASSUMED, users=1, tokens_user_day=tokens_day, seat_eur=price)
    found = one(worth(means, assumed), "hosted_eu")
    row = found.price
    assert isinstance(row, market.HostedRow)
    even = found.even_tokens_day
    if even is None:
        assert not found.cheaper or tokens_day > means.most_tokens_day
    elif not 0.999 < tokens_day / max(even, 1e-9) < 1.001:
        assert found.cheaper == (tokens_day > even)
