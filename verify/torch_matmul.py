"""One measurement of matrix products on every card, judged by several checks."""

from verify.target import Target
from verify.torch_probe import Card, cards

TIMEOUT_S = 180.0
CHECK_TIMEOUT_S = TIMEOUT_S + 30


class Products(Card):
    """What `probes/matmul.py` printed of a card. compared_with: the first card of the same name."""

    wrong_products: dict[str, int]
    products: int
    errors: dict[str, float | str]
    mismatches: int
    repeats: int
    compared_with: int
    differs: int


def products(target: Target) -> list[Products]:
    return cards(target, "matmul", Products, TIMEOUT_S)
