"""`eigenherd up`: announce, run `pulumi up`, ask one real question, and say how to go on.

Exit codes: 0 verified, 1 it did not come to that, 2 refused before anything was changed.
"""

from rich.console import Console

from eigenherd import announcement, environments, leftovers, locks, pulumi, welcome
from plan.plan import Plan
from stacks import certificate
from stacks.sandbox import needs

console = Console(highlight=False, soft_wrap=True)


def up(name: str) -> int:
    plan = environments.plan_of(name)
    refuse_this_computer(plan)
    certificate.files(plan.gateway)
    for line in announcement.lines(plan):
        console.print(line)
    pulumi.make_stack(name)
    locks.clear_dead(name)
    # It looks before it acts: what was changed behind its back is mended, a machine that died is brought back.
    options = ("--yes", "--skip-preview", "--refresh", "--suppress-outputs")
    code = pulumi.run("up", *options, *pulumi.config_file(name))
    if code == 0:
        welcome.show(name, console)
    return min(1, code)


def refuse_this_computer(plan: Plan) -> None:
    if any(machine.provider == "sandbox" for machine in plan.machines):
        needs.refuse_this_computer()


def down(name: str) -> int:
    code = 0
    if name in pulumi.stacks():
        locks.clear_dead(name)
        code = pulumi.run("destroy", "--yes", "--skip-preview", *pulumi.config_file(name))
    else:
        console.print(f"{name}: there is no such stack, so nothing to destroy")
    if code == 0 and (found := leftovers.remove(name)):
        console.print(f"{name}: removed what no state knew of: {', '.join(found)}")
    return min(1, code)
