"""The back of the gateway, tried as the engine's user would after a break-in."""

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target


@check(
    stage="watch",
    part=("gateway", "engine"),
    severity="critical",
    subject="gateway",
    source="Caddy's documentation: whoever reaches the admin API controls the server",
    elsewhere="a client's key is needed, and none lies on a machine",
)
def admin_closed(target: Target) -> Finding:
    """The gateway's admin API cannot be reached by the engine's user, neither by socket nor by TCP."""
    params = {"user": target.plan.engine.user, "process": "caddy"}
    measured = target.host.probe("admin_doors", params, root=True)
    root, user = measured.get("root"), measured.get("as_user")
    if not isinstance(root, dict) or not isinstance(user, dict):
        raise CouldNotTell("attempts as root and as user", str(measured)[:200], "run probes/admin_doors.py there")
    reached = [door for door, open_ in user.items() if open_]
    known = [door for door, open_ in root.items() if open_]
    if reached:
        todo = "the admin socket may be readable by caddy and root only: look at `admin` in the Caddyfile"
        return failed(f"no door open to {measured.get('user')}", ", ".join(reached), todo)
    doors = f"{len(user)} doors closed to {measured.get('user')}"
    return passed(f"{doors}; root reaches {', '.join(known) or 'none'}", "none open", **measured)
