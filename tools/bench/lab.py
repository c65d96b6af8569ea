"""What the measurements stand on: machines from the deployed layer, and one environment brought up by Pulumi."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import yaml

from plan.machine import Handover
from stacks.sandbox import tree
from tools import mirror
from tools.bench import layer, machines
from tools.bench.machines import Machines
from tools.bench.timing import run
from tools.checkout import BUILD, LOCAL, PYTHON

STACK = "bench"
HOME = BUILD / "bench"
ASKED = {"machine": {"provider": "sandbox"}, "gpu": "none", "models": ["smollm2:135m"], "clients": ["demo"]}

Say = Callable[[str], None]


class Lab:
    """Made once for all measurements; close() removes what is left of it."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.first_up_s: float | None = None
        self.variables = {
            "ENVIRONMENTS": str(HOME / "environments"),
            "PULUMI_BACKEND_URL": f"file://{HOME / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "of an environment that lasts for minutes",
        }

    @contextmanager
    def machines(self, count: int) -> Iterator[Machines]:
        """Deployed and settled."""
        with machines.made(f"bench-{count}", count, layer.ensure()) as made:
            layer.settled(made)
            yield made

    @contextmanager
    def from_base(self, name: str) -> Iterator[Machines]:
        """One machine with nothing on it; what it is going to fetch lies in the mirror."""
        mirror.fill(machines.plan_for(name, 1))
        with machines.made(name) as made:
            yield made

    def eigenherd(self, *arguments: str) -> str:
        return run([PYTHON, "-m", "eigenherd", *arguments], variables=self.variables)

    @cached_property
    def stack(self) -> str:
        """The name of an environment that is up, from base, and may be drilled."""
        (HOME / "environments").mkdir(parents=True, exist_ok=True)
        (HOME / "state").mkdir(exist_ok=True)
        mirror.fill(machines.plan_for(STACK, 1))
        tree.ensure("debian-12", self.say)
        self._down()
        asked = {**ASKED, "drill": "allowed"}
        (HOME / "environments" / f"Pulumi.{STACK}.yaml").write_text(
            yaml.safe_dump({"config": {"eigenherd:environment": asked}})
        )
        self.say("an environment from base, by `eigenherd up`")
        started = time.monotonic()
        self.eigenherd("up", STACK)
        self.first_up_s = time.monotonic() - started
        return STACK

    @property
    def config_file(self) -> list[str]:
        return ["--stack", self.stack, "--config-file", self.variables["ENVIRONMENTS"] + f"/Pulumi.{STACK}.yaml"]

    @property
    def handover(self) -> Handover:
        """Of the environment that is up; Pulumi shows JSON text as the value it holds."""
        command = ["pulumi", "stack", "output", "--json", "--show-secrets", "--stack", self.stack]
        found = json.loads(run(command, variables=self.variables))["handover"]
        return Handover.parse(found if isinstance(found, str) else json.dumps(found))

    def _down(self) -> None:
        """Also what an earlier, killed run left."""
        if (HOME / "state" / ".pulumi" / "stacks" / "eigenherd" / f"{STACK}.json").exists():
            self.eigenherd("down", STACK)

    def close(self) -> None:
        self._down()


def drills() -> Path:
    """Where `eigenherd drill` keeps its evidence."""
    return LOCAL / "drills" / STACK
