"""`eigenherd up`: announce, run `pulumi up`, ask one real question, and say how to go on."""

import os

from rich.console import Console

from eigenherd import announcement, environments, leftovers, locks, pulumi, welcome
from plan.errors import ProviderError

console = Console(highlight=False, soft_wrap=True)


def up(name: str) -> int:
    plan = environments.plan_of(name)
    if any(machine.provider == "sandbox" for machine in plan.machines) and os.geteuid() != 0:
        raise ProviderError("root, which the sandbox needs (namespaces, mounts)", "an ordinary user", "use `sudo -E`")
    for line in announcement.lines(plan):
        console.print(line)
    pulumi.make_stack(name)
    locks.clear_dead(name)
    code = pulumi.run("up", "--yes", "--skip-preview", "--suppress-outputs", *pulumi.config_file(name))
    if code == 0:
        welcome.show(name, console)
    return code


def down(name: str) -> int:
    code = 0
    if name in pulumi.stacks():
        locks.clear_dead(name)
        code = pulumi.run("destroy", "--yes", "--skip-preview", *pulumi.config_file(name))
    else:
        console.print(f"{name}: there is no such stack, so nothing to destroy")
    if code == 0 and (found := leftovers.remove(name)):
        console.print(f"{name}: removed what no state knew of: {', '.join(found)}")
    return code
