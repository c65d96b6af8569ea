"""A card that works until it has work."""

from verify.boards import called
from verify.check import CouldNotTell, Finding, failed, passed
from verify.kernel_log import xids
from verify.target import Target
from verify.under_load import load_check, under_load


@load_check(
    severity="critical",
    source="NVIDIA DCGM and gpud: a card that falls off the bus under load (Xid 79); imbue reads the log likewise",
)
def gpu_stays(target: Target) -> Finding:
    """Under load every card goes on answering, and the driver logs no error (Xid)."""
    measured, logged = under_load(target), xids(target.host, since=target.started)
    if logged:
        actions = dict.fromkeys(xid.row.action for xid in logged if xid.row)
        todo = "; ".join(actions) or "look the number up in NVIDIA's Xid catalogue"
        return failed("no Xid while this verification ran", "; ".join(map(str, logged[-3:])), todo)
    for card in measured.cards():
        measured.busy(card)
    indices = {card["index"] for card in measured.cards()}
    lost = [card for card in measured.cards() if any(card["index"] not in seen(sample) for sample in measured.samples)]
    if lost and not measured.errors:
        todo = "journalctl -k -b | grep Xid; reboot; if it comes again, have the hardware inspected"
        return failed("every card in every sample", ", ".join(map(called, lost)) + " went missing", todo)
    if measured.errors:
        raise CouldNotTell("an answer to every sample", measured.errors[0], "run nvidia-smi on the machine")
    return passed(f"{len(indices)} cards in {len(measured.samples)} samples, no Xid", "every card in every sample")


def seen(sample: list[dict[str, str]]) -> set[str]:
    return {card["index"] for card in sample}
