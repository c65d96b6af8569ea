"""`eigenherd drill`: lose the machines, rebuild, verify; what was seen is kept as evidence, however it ends."""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from drill import permission
from drill.evidence import EXIT_CODES, Drill, Rebuilt, compared, digests, masked
from drill.history import read, spans, write
from drill.judgement import verdict, verification
from drill.terminal import history, result
from drill.timeline import Follower, Timeline
from drill.watcher import Watcher
from eigenherd import environments, locks, pulumi, stages, up
from plan.environment import Environment
from plan.errors import EigenherdError, ProviderError
from plan.machine import Handover, Machine
from stacks import asked, folder, providers
from stacks.digest import code_digest
from stacks.providers.sandbox import LAYER

SILENT_WITHIN_S = 10

console = Console(highlight=False, soft_wrap=True, width=200)


@dataclass
class Conduct:
    """What was there before, and what the drill has seen so far."""

    before: Handover
    lost: Sequence[Machine]
    problems: list[str]
    timeline: Timeline
    watcher: Watcher
    destroyed_s: float = 0
    code: int = 0
    first_up_s: float | None = None


def drill(name: str) -> int:
    environment = environments.environment_of(name)
    permission.refuse(name, str(asked.path_of(name)), environment, rebuilders())
    up.refuse_this_computer(environments.plan_of(name))  # what cannot be rebuilt is not destroyed
    first_up_s = first_up(name)
    locks.clear_dead(name)
    started = datetime.now(UTC).isoformat(timespec="seconds")
    conduct = lose_and_rebuild(name)
    conduct.first_up_s = first_up_s
    evidence = judge(name, environment, started, conduct)
    place = write(evidence, home(name))
    for line in (*result(evidence), "", *history((drills := read(home(name)))[-10:], spans(drills)), ""):
        console.print(line, markup=False)
    console.print(f"evidence  {place} and .json", markup=False)
    return EXIT_CODES[evidence.outcome]


def show_history(name: str) -> int:
    drills = read(home(name))
    for line in history(drills, spans(drills)) if drills else [f"{name}: no drill yet"]:
        console.print(line, markup=False)
    return 0


def home(name: str) -> Path:
    """Beside the stacks' own folders, which a destroy removes."""
    return folder.HOME / "drills" / name


def rebuilders() -> list[str]:
    return [name for name in providers.names() if hasattr(providers.load(name), "lose")]


def first_up(name: str) -> float | None:
    """Bring it up where it isn't yet, and say how long that took; a drill begins with what works."""
    if name in pulumi.stacks() and "handover" in pulumi.outputs(name) and machines_of(name):
        return None
    console.print(f"{name} is not up yet: it is brought up first, then drilled")
    began = time.monotonic()
    if up.up(name) != 0:
        raise ProviderError(f"`{name}` up before the drill", "`up` failed", "mend that first: nothing was destroyed")
    return round(time.monotonic() - began, 1)


def machines_of(name: str) -> list[Machine]:
    """The machines as the state has them now, which after a failed rebuild is newer than the handover."""
    exported = json.loads(pulumi.read("stack", "export", "--stack", name))
    resources = (exported.get("deployment") or {}).get("resources", [])
    found = [r["outputs"]["machine"] for r in resources if isinstance(r.get("outputs", {}).get("machine"), dict)]
    return [Machine(**machine) for machine in found]


def lose_and_rebuild(name: str) -> Conduct:
    before, lost = stages.handover_of(name), machines_of(name)
    permission.refuse_built(before.plan, rebuilders())
    providers_of = {planned.name: planned.provider for planned in before.plan.machines}
    began = time.monotonic()
    conduct = Conduct(before, lost, [], Timeline(), Watcher(before, began))
    try:
        for machine in lost:
            console.print(f"{machine.name}: destroyed behind Pulumi's back, instance {machine.instance}", markup=False)
            providers.load(providers_of[machine.name]).lose(machine, name)
    except EigenherdError as error:  # rebuilt all the same: what is half gone is nobody's machine
        conduct.problems.append(f"the destroy failed: {error.found}")
    conduct.destroyed_s = round(time.monotonic() - began, 2)
    if reply := still_answered(conduct.watcher):
        conduct.problems.append(f"something answered after the destroy: {reply}")
    with tempfile.TemporaryDirectory() as private:
        log = Path(private) / "events.json"
        follower = Follower(log, conduct.timeline, began)
        follower.start()
        conduct.watcher.start()
        # The flag is one of Pulumi's own, for its Automation API, and hidden without the variable.
        rebuild = ("up", "--yes", "--skip-preview", "--refresh", "--suppress-outputs", "--event-log", str(log))
        try:
            conduct.code = pulumi.run(*rebuild, *pulumi.config_file(name), PULUMI_DEBUG_COMMANDS="true")
        finally:
            follower.end()
            conduct.watcher.end()
    return conduct


def still_answered(watcher: Watcher) -> str:
    """What answers although the machines are gone; empty when nobody does: what answers later has been rebuilt."""
    end = time.monotonic() + SILENT_WITHIN_S
    while (reply := watcher.ask()) != "no connection" and time.monotonic() < end:
        time.sleep(0.2)
    return "" if reply == "no connection" else reply


def judge(name: str, environment: Environment, started: str, conduct: Conduct) -> Drill:
    """The evidence, with a reason for everything that is not as it was."""
    before, watcher, timeline = conduct.before, conduct.watcher, conduct.timeline
    after, instances = None, {}
    with suppress(EigenherdError):
        instances = {machine.name: machine.instance for machine in machines_of(name)}
        now = stages.handover_of(name)
        after = now if {m.name: m.instance for m in now.machines} == instances else None  # a failed update's is the old
    rebuilt = tuple(
        Rebuilt(name=m.name, provider=p.provider, before=m.instance, after=instances.get(m.name, ""))
        for m in conduct.lost
        for p in before.plan.machines
        if p.name == m.name
    )
    kept = compared(digests(before), digests(after)) if after else ()
    verified = verification(Path(before.folder), list(instances.values()))
    failed = None if conduct.code == 0 else (timeline.failed, timeline.errors)
    outcome, reasons = verdict(failed, conduct.problems, rebuilt, kept, verified, watcher.first_token_s)
    return Drill(
        stack=name,
        rehearses=environment.rehearses,
        without_gpu=card_left_out(environment),
        started=started,
        outcome=outcome,
        reasons=tuple(masked(reason, before.secrets) for reason in reasons),
        commit=commit(),
        digests={
            "plan": (after or before).plan.digest()[:12],
            "deploy": code_digest("deploy", "templates", "plan/locks")[:12],
            "verify": code_digest("verify")[:12],
        },
        layer=os.environ.get(LAYER, "") if any(r.provider == "sandbox" for r in rebuilt) else "",
        cores=os.cpu_count() or 1,
        first_up_s=conduct.first_up_s,
        stages=timeline.stages(conduct.destroyed_s),
        rto_s=watcher.first_token_s,
        replies=dict(watcher.replies),
        machines=rebuilt,
        kept=kept,
        verified=verified,
    )


def card_left_out(environment: Environment) -> str | None:
    """The card that the rehearsed environment has and this one has not."""
    theirs = asked.by(environment.rehearses).get("gpu", "none") if environment.rehearses else "none"
    return str(theirs) if str(theirs).casefold() != "none" and environment.gpu.casefold() == "none" else None


def commit() -> str:
    asked = ["git", "-C", str(pulumi.ROOT), "describe", "--always", "--dirty=+", "--abbrev=12"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
