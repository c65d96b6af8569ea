"""Pages of memory that older boards use no more."""

from verify.boards import NAMED, Judgement, called, ecc_is_off, lacks
from verify.check import Finding, check
from verify.nvidia import cards, number
from verify.target import Target

COUNTS = ("retired_pages.single_bit_ecc.count", "retired_pages.double_bit.count")
PENDING = "retired_pages.pending"
MOST = 10


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    needs=("gpu_answers",),
    source="facebookresearch/gcm: at most 10 retired pages; a pending one waits for a reboot",
)
def gpu_retired_pages(target: Target) -> Finding:
    """No card has retired more than 10 pages of memory or waits for a reboot to retire one."""
    judged = Judgement()
    for card in cards(target.host, *NAMED, "ecc.mode.current", *COUNTS, PENDING):
        counts, pending = [number(card[field]) for field in COUNTS], card[PENDING]
        total = sum(count or 0 for count in counts)
        text = f"{called(card)}: {', '.join(card[field] for field in COUNTS)} retired, pending {pending}"
        if pending == "Yes" or total > MOST:
            judged.wrong.append(text)
        elif None not in counts and pending == "No":
            judged.good.append(f"{total:.0f} retired")
        elif counts == [None, None] and pending != "No" and lacks(card, "page_retirement"):
            judged.without.append(f"{card['name']} retires no pages")
        elif counts == [None, None] and pending != "No" and ecc_is_off(card):
            judged.without.append(f"ECC is off on {called(card)}")
        else:
            judged.untold.append(text)
    return judged.finding(f"at most {MOST}, none pending", "pending: reboot; more than 10: have the card replaced")
