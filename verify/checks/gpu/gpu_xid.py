"""Errors that the driver wrote into the kernel log."""

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.kernel_log import Xid, xids
from verify.target import Target


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    source="NVIDIA's Xid catalogue by gpud (plan/catalog/xids.toml); imbue and Azure read the log likewise",
)
def gpu_xid(target: Target) -> Finding:
    """Since this boot the driver has logged no error (Xid) of a card or its link, and none that we do not know."""
    found = xids(target.host)
    fatal = [xid for xid in found if is_fatal(xid, found)]
    if fatal:
        actions = dict.fromkeys(f"{xid.number}: {xid.row.action}" for xid in fatal if xid.row)
        return failed("no Xid of card or link", "; ".join(map(str, fatal[-3:])), "; ".join(actions))
    unknown = sorted({xid.number for xid in found if xid.row is None})
    if unknown:
        numbers = ", ".join(map(str, unknown))
        todo = "look it up in NVIDIA's Xid catalogue and add it to plan/catalog/xids.toml"
        raise CouldNotTell("Xid numbers that are known", numbers, todo)
    others = f"{len(found)} of programs" if found else "none"
    return passed(others, "no Xid of card or link")


def is_fatal(xid: Xid, found: list[Xid]) -> bool:
    """A recovery line counts as long as no later one of the same card takes it back."""
    if xid.row is None or xid.row.meaning not in {"fatal", "recovery"}:
        return False
    if xid.row.meaning == "fatal":
        return True
    last = [other for other in found if (other.number, other.place) == (xid.number, xid.place)][-1]
    return xid is last and not xid.text.rstrip(" .").endswith("(None)")
