"""`eigenherd up`: announce, run `pulumi up`, ask one real question, and say how to go on."""

import os

from rich.console import Console

from eigenherd import announcement, environments, locks, pulumi, welcome
from plan.errors import ProviderError
from plan.plan import Plan

console = Console(highlight=False, soft_wrap=True)


def up(name: str) -> int:
    plan = environments.plan_of(name)
    refuse_without_root(plan)
    for line in announcement.lines(plan):
        console.print(line)
    pulumi.make_stack(name)
    locks.clear_dead(name)
    code = pulumi.run("up", "--yes", "--skip-preview", "--suppress-outputs", *pulumi.config_file(name))
    if code == 0:
        welcome.show(name, console)
    return code


def refuse_without_root(plan: Plan) -> None:
    if any(machine.provider == "sandbox" for machine in plan.machines) and os.geteuid() != 0:
        raise ProviderError("root, which the sandbox needs (namespaces, mounts)", "an ordinary user", "use `sudo -E`")


def down(name: str) -> int:
    if name not in pulumi.stacks():
        console.print(f"{name}: there is no such stack, so nothing to destroy")
        return 0
    locks.clear_dead(name)
    return pulumi.run("destroy", "--yes", "--skip-preview", *pulumi.config_file(name))
