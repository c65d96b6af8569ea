"""The memory one paid for."""

from verify.boards import NAMED, Judgement, called, profile
from verify.check import Finding, check
from verify.nvidia import Card, cards, number
from verify.target import Target

# Of what the board's profile says for this ECC mode; and of the size on the box, where the profile says nothing:
# ECC on GDDR boards takes about 6 %, the driver a little more.
LEAST_SHARE, LEAST_SHARE_OF_BOX = 0.97, 0.92


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    needs=("gpu_answers",),
    source="97 % of the board's profile for its ECC mode, else 92 % of the catalogue's VRAM; floors are ours",
)
def gpu_memory(target: Target) -> Finding:
    """Each card's memory is what its board has in this ECC mode."""
    judged, floor_mib = Judgement(), 0.0
    for card in cards(target.host, *NAMED, "memory.total", "ecc.mode.current"):
        floor_mib = least_mib(card, target.planned.gpu.vram_gib if target.planned.gpu else 0)
        total = number(card["memory.total"])
        if total is None:
            judged.untold.append(f"{called(card)}: memory.total {card['memory.total']}")
        elif total < floor_mib:
            judged.wrong.append(f"{called(card)}: {total / 1024:.1f} GiB, less than {floor_mib / 1024:.1f} GiB")
        else:
            judged.good.append(f"{total / 1024:.1f} GiB")
    todo = "compare with `gpu:`; MIG may be on: nvidia-smi -q -d MEMORY"
    return judged.finding(f"at least {floor_mib / 1024:.1f} GiB a card", todo)


def least_mib(card: Card, planned_gib: int) -> float:
    board = profile(card)
    known = None
    if board is not None:
        known = board.memory_ecc_mib if card["ecc.mode.current"] == "Enabled" else board.memory_mib
    return LEAST_SHARE * known if known else LEAST_SHARE_OF_BOX * planned_gib * 1024
