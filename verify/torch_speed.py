"""One measurement of a machine's speed on every card, or on its CPU, judged by several checks."""

from verify.target import Target
from verify.torch_probe import Card, cards

TIMEOUT_S = 240.0
CHECK_TIMEOUT_S = TIMEOUT_S + 30


class Speed(Card):
    """What `probes/speed.py` printed of a card. copy_mib: source and target together."""

    copy_gbs: float
    copy_mib: int
    matmul_gflops: float
    matmul_dtype: str
    matmul_shape: str


def speeds(target: Target, **params: object) -> list[Speed]:
    return cards(target, "speed", Speed, TIMEOUT_S, **params)
