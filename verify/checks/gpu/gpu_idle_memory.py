"""Memory that no listed process holds: a screen, or what an ended program left behind."""

from verify.boards import NAMED, Judgement, called
from verify.check import Finding, check
from verify.nvidia import cards, number, processes
from verify.target import Target

# facebookresearch/gcm allows 15 MiB; the driver's own share of `memory.used` varies, so the rest is our tolerance.
MOST_MIB = 15 + 49


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="warning",
    subject="engine",
    gpu=True,
    needs=("gpu_answers",),
    source="facebookresearch/gcm: 15 MiB on an idle card; 64 with our tolerance for the driver's own share",
)
def gpu_idle_memory(target: Target) -> Finding:
    """But for the memory of the processes that compute on it, next to none of a card's memory is in use."""
    running, judged = processes(target.host), Judgement()
    for card in cards(target.host, *NAMED, "uuid", "memory.used"):
        held = [number(process.used_mib) for process in running if process.card_uuid == card["uuid"]]
        used, known = number(card["memory.used"]), [mib for mib in held if mib is not None]
        if used is None or len(known) < len(held):
            judged.untold.append(f"{called(card)}: {card['memory.used']} MiB in use, of {len(held)} processes")
        elif used - sum(known) > MOST_MIB:
            judged.wrong.append(f"{called(card)}: {used - sum(known):.0f} MiB of nobody who computes")
        else:
            judged.good.append(f"{used:.0f} MiB in use, {sum(known):.0f} by processes")
    todo = "a desktop or screen? nvidia-smi lists it as type G; a program that ended badly: reboot"
    return judged.finding(f"at most {MOST_MIB} MiB of no process", todo)
