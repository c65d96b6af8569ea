"""One pyinfra run over all machines: connect, prepare, and execute, each machine at its own pace."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import gevent  # type: ignore[import-untyped]
from paramiko import SSHException
from pyinfra.api.config import Config
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.operations import run_host_op
from pyinfra.api.state import State, StateStage
from pyinfra.context import ctx_config, ctx_host, ctx_inventory, ctx_state

from deploy.connector import Unreachable
from deploy.display import Display
from deploy.inventory import make_inventory
from plan.errors import EigenherdError
from plan.machine import Handover, Machine

CONNECT_TIMEOUT_S = 10
CAUSE_LINES = 25

# A connection that is cut ends its commands first, and is seen to have ended a moment later.
CUT_SEEN_S = 2

Job = Callable[[Handover, Machine], None]

# What can go wrong out there; anything else is a mistake of ours, and is not caught.
EXPECTED = (PyinfraError, EigenherdError, OSError, EOFError, SSHException)

# pyinfra's own words for "stop here": the reason was said before them.
STOPS = ("No hosts remaining", "Over 0% of hosts failed")


def config() -> Config:
    """FAIL_PERCENT 0: a fact that could not be asked stops its machine, instead of counting as an empty answer."""
    return Config(CONNECT_TIMEOUT=CONNECT_TIMEOUT_S, FAIL_PERCENT=0)  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Step:
    """An operation on a machine; cause is what it said when it failed."""

    machine: str
    operation: str
    cause: str = ""


@dataclass
class Outcome:
    """changed: operations that changed something, or would (dry)."""

    operations: int = 0
    changed: list[Step] = field(default_factory=list)
    failed: list[Step] = field(default_factory=list)


class Run:
    """dry: facts are asked, nothing is changed. patience_s: how long a machine may take to answer."""

    def __init__(self, handover: Handover, display: Display, dry: bool, patience_s: float) -> None:
        self.handover, self.display, self.dry = handover, display, dry
        self.outcome = Outcome()
        self.missing: set[Host] = set()
        inventory = make_inventory(handover, patience_s)
        self.state = State(inventory, config(), check_for_changes=False)
        self.state.print_output = True
        self.hosts: list[Host] = list(inventory)
        for position, host in enumerate(self.hosts):
            # Keeps the machines' operations apart: pyinfra joins those of the same number in order.
            host.loop_position.append(position)
        ctx_state.set(self.state)  # type: ignore[no-untyped-call]
        ctx_inventory.set(inventory)  # type: ignore[no-untyped-call]

    def perform(self, job: Job) -> Outcome:
        """All machines reach a phase before any enters the next; a failed machine stops, the others go on."""
        try:
            self.phase(StateStage.Connect, self.connect)
            self.phase(StateStage.Prepare, lambda host: job(self.handover, host.data.machine))
            if not self.outcome.failed:
                self.phase(StateStage.Prepare, self.ask_ahead)
            if not self.outcome.failed:
                self.state.is_executing = not self.dry
                self.phase(StateStage.Execute, self.foresee if self.dry else self.execute)
        finally:
            gevent.joinall([gevent.spawn(host.disconnect) for host in self.hosts if host.connected])
        return self.outcome

    def phase(self, stage: StateStage, work: Callable[[Host], None]) -> None:
        self.state.set_stage(stage)
        entered = [gevent.spawn(self.enter, stage, host, work) for host in self.hosts if self.is_well(host)]
        gevent.joinall(entered, raise_error=True)

    def enter(self, stage: StateStage, host: Host, work: Callable[[Host], None]) -> None:
        with ctx_host.use(host), ctx_config.use(self.state.config.copy()):
            try:
                work(host)
            except EXPECTED as error:
                self.fail(host, stage.name, str(error))

    def is_well(self, host: Host) -> bool:
        return all(step.machine != host.name for step in self.outcome.failed) and host not in self.missing

    def connect(self, host: Host) -> None:
        """To whoever only looks, a machine that does not answer differs from what it should be."""
        try:
            host.connect(show_errors=False, raise_exceptions=True)
        except Unreachable as error:
            if not self.dry:
                raise
            self.missing.add(host)
            return self.differs(host, f"unreachable: {error}")
        self.state.activate_host(host)

    def ask_ahead(self, host: Host) -> None:
        """Nothing has changed yet: what the operations are going to ask can be asked at once."""
        operations = [self.state.ops[host][op].command_generator for _, op in self.operations(host)]
        with self.display.watch(host.name, "Look"):
            host.connector.foresee(operations)  # type: ignore[attr-defined]

    def foresee(self, host: Host) -> None:
        for name, op_hash in self.operations(host):
            self.outcome.operations += 1
            if self.state.ops[host][op_hash].operation_meta.will_change:
                self.differs(host, name)

    def differs(self, host: Host, name: str) -> None:
        self.outcome.changed.append(Step(host.name, self.display.clean(name)))
        self.display.say(host.name, f"{name}: differs")

    def execute(self, host: Host) -> None:
        for name, op_hash in self.operations(host):
            self.outcome.operations += 1
            started = time.monotonic()
            try:
                with self.display.watch(host.name, name):
                    succeeded = run_host_op(self.state, host, op_hash)
            except EXPECTED as error:
                return self.fail(host, name, str(error))
            meta = self.state.ops[host][op_hash].operation_meta
            if not succeeded or host in self.state.failed_hosts:
                return self.fail(host, name, meta.stderr or meta.stdout)
            if meta.did_change():
                self.outcome.changed.append(Step(host.name, name))
                self.display.say(host.name, f"{name}: changed, {time.monotonic() - started:.1f} s")

    def operations(self, host: Host) -> list[tuple[str, str]]:
        """Name and pyinfra's hash of each, in order."""
        return [("".join(self.state.get_op_meta(op).names), op) for op in host.op_hash_order]

    def fail(self, host: Host, operation: str, said: str) -> None:
        lines = [] if said.startswith(STOPS) else said.splitlines()
        if not lines and host.connected:
            gevent.sleep(CUT_SEEN_S)
        lines = (lines or self.display.said[host.name])[-CAUSE_LINES:]
        if host.connected and not host.connector.is_alive:  # type: ignore[attr-defined]
            lines.append("the SSH connection ended; what was begun may go on there, and the next run waits for it")
        self.outcome.failed.append(Step(host.name, operation, self.display.clean("\n".join(lines))))
