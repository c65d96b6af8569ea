"""What a machine costs, against sums done by hand."""

from dataclasses import replace

import pytest

from plan.worth.cost import cost_of, fixed_month_eur, token_eur
from plan.worth.value import DAYS_MONTH
from tests.unit.plan.worth.cases import ASSUMED, BOUGHT, RENTED


def test_electricity_is_the_idle_machine_and_what_each_token_adds() -> None:
    cost = cost_of(BOUGHT, ASSUMED)
    idle_kwh = 0.020 * 730 * 36
    load_s = 100_000 / 100 * 365 / 12 * 36
    assert cost.electricity_eur == pytest.approx(idle_kwh * 0.30 + 0.080 * load_s / 3600 * 0.30)
    assert (cost.once_eur, cost.rent_eur) == (3_600, 0)


def test_maintenance_is_hours_at_a_rate() -> None:
    assert cost_of(BOUGHT, ASSUMED).maintenance_eur == 36 * 50
    assert cost_of(BOUGHT, replace(ASSUMED, maintenance_h=2, eur_hour=100)).maintenance_eur == 36 * 200


def test_electricity_is_in_the_rent() -> None:
    cost = cost_of(RENTED, ASSUMED)
    assert cost.electricity_eur == 0
    assert cost.total_eur == 360 + 36 * 100 + 36 * 50
    assert token_eur(RENTED, ASSUMED) == 0


@pytest.mark.parametrize("means", [BOUGHT, RENTED], ids=["bought", "rented"])
@pytest.mark.parametrize("users", [1, 10, 500])
def test_the_parts_are_the_whole(means: object, users: int) -> None:
    assumed = replace(ASSUMED, users=users)
    cost = cost_of(means, assumed)  # type: ignore[arg-type]
    tokens = assumed.tokens_day * DAYS_MONTH * assumed.months
    whole = BOUGHT.once_eur if means is BOUGHT else RENTED.once_eur
    whole += fixed_month_eur(means, assumed) * assumed.months + tokens * token_eur(means, assumed)  # type: ignore[arg-type]
    assert cost.total_eur == pytest.approx(whole)
