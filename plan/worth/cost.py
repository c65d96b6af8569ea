"""What a machine costs: a part that is there at any use, and the electricity of each token."""

from plan.worth.value import DAYS_MONTH, HOURS_MONTH, Assumptions, Cost, Means


def fixed_month_eur(means: Means, assumed: Assumptions) -> float:
    """Each month, when nobody asks anything: rent, an idle machine's electricity, maintenance."""
    idle = means.idle_w / 1000 * HOURS_MONTH * assumed.eur_kwh
    return means.month_eur + idle + maintenance_month_eur(assumed)


def maintenance_month_eur(assumed: Assumptions) -> float:
    return assumed.maintenance_h * assumed.eur_hour


def token_eur(means: Means, assumed: Assumptions) -> float:
    """The electricity of one generated token, above what an idle machine takes."""
    return (means.load_w - means.idle_w) / 1000 / 3600 / means.tokens_s * assumed.eur_kwh


def cost_of(means: Means, assumed: Assumptions) -> Cost:
    tokens = assumed.tokens_day * DAYS_MONTH * assumed.months
    idle = means.idle_w / 1000 * HOURS_MONTH * assumed.eur_kwh * assumed.months
    return Cost(
        once_eur=means.once_eur,
        rent_eur=means.month_eur * assumed.months,
        electricity_eur=idle + tokens * token_eur(means, assumed),
        maintenance_eur=maintenance_month_eur(assumed) * assumed.months,
    )
