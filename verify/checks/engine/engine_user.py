"""Who the engine is, on the machine."""

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.processes import unit_processes
from verify.target import Target


@check(
    stage="watch",
    part="engine",
    severity="critical",
    subject="engine",
    source="the plan's engine user; least privilege (BSI APP.6)",
)
def engine_user(target: Target) -> Finding:
    """All of the engine's processes run as its own user, which is not root and has no password or shell."""
    planned = target.plan.engine.user
    unit = unit_processes(target)
    if not unit.processes:
        raise CouldNotTell("the engine's processes", "none", "systemctl status eigenherd-engine")
    strangers = sorted({process.user for process in unit.processes if process.user != planned or process.uid == 0})
    account = unit.account
    flaws = [
        *(f"processes of {user}" for user in strangers),
        *([] if account and account.shell.endswith(("nologin", "false")) else ["a login shell, or no account"]),
        *([] if account and account.locked else ["a password"]),
    ]
    if flaws:
        return failed(f"{planned} only, without shell or password", ", ".join(flaws), "run `eigenherd up` again")
    return passed(f"processes: {len(unit.processes)}, all of {planned}", planned)
