"""A link that works by repeating itself."""

from verify.boards import Judgement, called
from verify.check import Finding
from verify.nvidia import number
from verify.target import Target
from verify.under_load import Counters, load_check, under_load

MOST_REPLAYS, MOST_CORRECTABLE_A_MINUTE = 80, 32


@load_check(
    severity="warning",
    source="NVIDIA DCGM, pcie: 80 replays, 480 AER errors in 15 minutes; none that is fatal",
)
def gpu_pcie_errors(target: Target) -> Finding:
    """Under load no card's PCIe link has fatal errors, and few that were corrected or sent again."""
    measured, judged = under_load(target), Judgement()
    allowed = MOST_CORRECTABLE_A_MINUTE * max(measured.duration_s / 60, 1)
    for card in measured.cards():
        before, after = measured.before.get(card["index"]), measured.after.get(card["index"])
        grown = growth(before, after) if before and after else {"counters": None}
        text = ", ".join(f"{name} {count:.0f}" for name, count in grown.items() if count is not None)
        limits = {"replays": MOST_REPLAYS, "aer_correctable": allowed}
        if any(count is not None and count > limits.get(name, 0) for name, count in grown.items()):
            judged.wrong.append(f"{called(card)}: {text}")
        elif None in grown.values():
            missing = ", ".join(name for name, count in grown.items() if count is None)
            judged.untold.append(f"{called(card)}: no {missing}")
        else:
            judged.good.append(text)
    bound = f"fatal 0, replays at most {MOST_REPLAYS}, correctable at most {MOST_CORRECTABLE_A_MINUTE} a minute"
    return judged.finding(bound, "seat, riser, slot; lspci -vv; journalctl -k | grep -i aer")


def growth(before: Counters, after: Counters) -> dict[str, float | None]:
    """How much each counter grew; None for one that is not told."""
    pairs = {name: (number(value), number(getattr(after, name))) for name, value in before}
    return {
        name: late - early if early is not None and late is not None else None for name, (early, late) in pairs.items()
    }
