"""Costs in words: every price with its source, sums, and what nobody knows."""

import types

from stacks.costs import Cost, lines, of
from tests.render.examples import plan_of

ORDER = Cost("gpu: GEX131", 1497.30, 1499.0, "price list")
ADDRESS = Cost("gpu: IPv4", 1.70, 0, "catalogue of 2026-10-08")


def test_set_up_and_months_are_summed() -> None:
    said = lines([ORDER, ADDRESS])
    assert "1497.30 EUR a month  and 1499.00 EUR once (price list)" in said[1]
    assert "1.70 EUR a month  (catalogue of 2026-10-08)" in said[2]
    assert "together" in said[3] and "1499.00 EUR a month  and 1499.00 EUR once without VAT" in said[3]


def test_a_price_that_is_not_known_is_named() -> None:
    said = lines([ADDRESS, Cost("new: server", None, 0, "not in the catalogue")])
    assert said[2].endswith("? a month  (not in the catalogue)")
    assert said[3].endswith("without new: server, whose price is not known")


def test_what_costs_nothing_says_nothing() -> None:
    assert lines([]) == []
    assert of(plan_of("sandbox"), [types.ModuleType("free")]) == []
