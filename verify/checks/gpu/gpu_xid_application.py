"""Programs that the driver had to stop."""

from verify.check import Finding, check, failed, passed
from verify.kernel_log import xids
from verify.target import Target


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="warning",
    subject="engine",
    gpu=True,
    source="NVIDIA's Xid catalogue by gpud (plan/catalog/xids.toml): these are usually a program's fault",
)
def gpu_xid_application(target: Target) -> Finding:
    """Since this boot the driver has logged no error (Xid) that a program on the card caused."""
    found = [xid for xid in xids(target.host) if xid.row and xid.row.meaning == "application"]
    if found:
        actions = dict.fromkeys(f"{xid.number}: {xid.row.action}" for xid in found if xid.row)
        return failed("none", "; ".join(map(str, found[-3:])), "; ".join(actions), measured=f"{len(found)}")
    return passed("none", "none")
