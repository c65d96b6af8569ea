"""`eigenherd preflight`: is this machine one that could be used? Changes nothing on it.

An environment is judged by its own plan; a machine without one, `user@address`, by the least that could be wanted.
"""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from eigenherd.environments import plan_of
from eigenherd.stages import handover_of
from plan.environment import AskedMachine
from plan.environment.refusal import checked
from plan.errors import EigenherdError
from plan.machine import Handover, Machine, Secrets
from plan.plan import Plan
from plan.trial import trial
from stacks import asked, folder
from stacks.existing import known_hosts
from stacks.existing import machine as existing

NO_SECRETS = Secrets(ca_certificate="", ca_key="", certificate="", certificate_key="", clients={}, ssh_key="")
COMMAND = [sys.executable, "-m", "verify", "--stage", "preflight"]


@dataclass(frozen=True)
class Reached:
    """How a machine without an environment is reached, and which card it should have."""

    gpu: str = "none"
    gpus: int = 1
    port: int = 22
    host_key: str = ""
    identity: str = ""


def preflight(target: str, reached: Reached, as_json: bool) -> int:
    """0: ready; 1: not, with reasons; 2: it could not be told."""
    try:
        handover = given(target, reached)
    except EigenherdError as error:
        if not as_json:
            raise
        said = {"wanted": error.wanted, "found": error.found, "todo": error.todo}
        print(json.dumps({"verdict": "error", **said}, indent=1))
        return 2
    folder.write(handover)
    text = handover.model_dump_json()
    if not as_json:
        return subprocess.run(COMMAND, cwd=folder.HOME.parent, input=text, text=True, check=False).returncode
    done = subprocess.run(COMMAND, cwd=folder.HOME.parent, input=text, text=True, capture_output=True, check=False)
    last = json.loads(done.stdout.splitlines()[-1])
    print(Path(last["report"]).with_suffix(".json").read_text() if "report" in last else json.dumps(last, indent=1))
    return done.returncode


def given(target: str, reached: Reached) -> Handover:
    """A handover without secrets: the machines are looked at, nothing was made on them."""
    if is_environment(target):
        plan = plan_of(target)
        if any(machine.provider != "existing" for machine in plan.machines):
            return handover_of(target)
        return looked_at(plan, place(target))
    user, at, address = target.rpartition("@")
    machine: dict[str, str | int] = {"provider": "existing", "address": address}
    if address != "this":
        machine |= {"user": user if at else "root", "port": reached.port}
        key = reached.host_key or known_hosts.key(address, reached.port)
        machine |= {name: value for name, value in (("host_key", key), ("identity", reached.identity)) if value}
    checked(AskedMachine, machine)
    plan = trial("preflight", dict(machine), reached.gpu, reached.gpus)
    return looked_at(plan, place(address.replace(":", "-")))


def is_environment(target: str) -> bool:
    """An environment's file wins over a host of that name, which can be written root@name."""
    return "@" not in target and target != "this" and asked.path_of(target).exists()


def place(name: str) -> Path:
    """Not the stack's own folder, which has its clients' keys; no environment can have this name."""
    return folder.of(f"preflight.{name}")


def looked_at(plan: Plan, home: Path) -> Handover:
    def look(index: int) -> Machine:
        return existing.look(plan.machines[index], home)

    folder.make(home)
    with ThreadPoolExecutor(len(plan.machines)) as pool:
        machines = tuple(pool.map(look, range(len(plan.machines))))
    return Handover(plan=plan, machines=machines, secrets=NO_SECRETS, folder=str(home))
