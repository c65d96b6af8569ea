"""What is assumed, what a machine is and costs, and how it compares.

Euro are without VAT. A day is any day of the year, and a month a twelfth of it.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from plan.catalog import market
from plan.catalog.age import Kind
from plan.catalog.rows import Row
from plan.sizing import Size

DAYS_MONTH = 365 / 12
HOURS_MONTH = DAYS_MONTH * 24
DAY_S = 86_400

How = Literal["rent", "buy"]


@dataclass(frozen=True)
class Assumptions:
    """All that is not computed; each can be changed.

    tokens_user_day: that are generated for one user; read: tokens of prompts for each of them. idle_share: of a card's
    power, when it waits. host_w, host_eur: the computer around bought cards. seats: none are as many as the users.
    hosted_us, hosted_eu: what to compare with, by its name; without it, by the model.
    """

    months: int = 36
    users: int = 4
    tokens_user_day: float = 20_000
    read: float = 3.0
    eur_kwh: float = field(default_factory=lambda: market.electricity()[0].eur)
    idle_share: float = 0.1
    host_w: float = 60
    host_eur: float = 0
    maintenance_h: float = 1.0
    eur_hour: float = 80
    seats: int | None = None
    seat_eur: float = field(default_factory=lambda: market.seats()[0].eur)
    hosted_us: str = ""
    hosted_eu: str = ""

    @property
    def tokens_day(self) -> float:
        return self.users * self.tokens_user_day


@dataclass(frozen=True)
class Means:
    """A machine that carries the model.

    once_eur: purchase or set-up. load_w, idle_w: 0 where power is in the rent. tokens_s: of all requests together.
    price and kind: the row its price is from.
    """

    name: str
    how: How
    gpu: str
    count: int
    where: str
    once_eur: float
    month_eur: float
    load_w: float
    idle_w: float
    tokens_s: float
    price: Row
    kind: Kind

    @property
    def most_tokens_day(self) -> float:
        """What it can generate when it never waits."""
        return self.tokens_s * DAY_S


@dataclass(frozen=True)
class Cost:
    """Of one machine over the months, at the tokens a day that are assumed."""

    once_eur: float
    rent_eur: float
    electricity_eur: float
    maintenance_eur: float

    @property
    def total_eur(self) -> float:
        return self.once_eur + self.rent_eur + self.electricity_eur + self.maintenance_eur


@dataclass(frozen=True)
class Comparison:
    """Another way to have the same tokens.

    even_tokens_day, even_users: from where the machine is cheaper over the months; None is never: it costs less than
    the machine's own electricity, or more is needed than the machine can generate. even_month: the month in which the
    machine has paid for itself at the assumed use, None where it does not within the months.
    """

    against: Literal["hosted_us", "hosted_eu", "seats"]
    name: str
    where: str
    total_eur: float
    even_tokens_day: float | None
    even_users: int | None
    even_month: float | None
    price: Row
    kind: Kind
    cheaper: bool


class Verdict(Enum):
    """worth: cheaper than each; partly: than some; privacy: than none; too_small: it cannot generate what is asked."""

    WORTH = "worth"
    PARTLY = "partly"
    PRIVACY = "privacy"
    TOO_SMALL = "too_small"


@dataclass(frozen=True)
class Worth:
    """The answer for one model on one machine."""

    size: Size
    means: Means
    assumptions: Assumptions
    cost: Cost
    comparisons: tuple[Comparison, ...]

    @property
    def load_share(self) -> float:
        """Of the day, under load; above 1 where the machine cannot generate what is asked."""
        return self.assumptions.tokens_day / self.means.most_tokens_day

    @property
    def verdict(self) -> Verdict:
        if self.load_share > 1:
            return Verdict.TOO_SMALL
        cheaper = [one.cheaper for one in self.comparisons]
        if all(cheaper):
            return Verdict.WORTH
        return Verdict.PARTLY if any(cheaper) else Verdict.PRIVACY
