"""Would the owner's firewall stand before our door?"""

from verify.check import Finding, check, failed, passed
from verify.target import Target

ASK = (
    "for u in ufw firewalld; do systemctl is-active --quiet $u && echo active $u; done; "
    "command -v ufw >/dev/null && LC_ALL=C ufw status 2>/dev/null; true"
)


@check(
    stage="preflight",
    part="gateway",
    severity="warning",
    subject="gateway",
    needs=("root_rights",),
    source="nftables: what any table drops is dropped",
)
def owner_firewall(target: Target) -> Finding:
    """No firewall of the owner's is seen to stand before the gateway's port; ours cannot open what another drops."""
    lines = target.host.run(ASK, root=True).stdout.splitlines()
    active = {line.removeprefix("active ") for line in lines if line.startswith("active ")}
    port = target.plan.gateway.port
    wanted = f"port {port} open in the owner's firewall"
    if "Status: active" in lines and not any(line.split()[:1] in ([f"{port}/tcp"], [f"{port}"]) for line in lines):
        return failed(wanted, "ufw is active, with no rule for that port", f"ufw allow {port}/tcp")
    if "firewalld" in active:
        todo = f"see firewall-cmd --list-all; if it is missing: firewall-cmd --permanent --add-port={port}/tcp"
        return failed(wanted, "firewalld is active; its rules were not read", todo)
    return passed("none in the way is seen", wanted)
