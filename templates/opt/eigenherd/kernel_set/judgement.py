"""Whether the machine works: its GPU, its engine, and the checks of stage `watch`, on the machine itself."""

import json
import time
from dataclasses import asdict, dataclass, field

import engine
from commands import run
from settings import Settings

GATE_S, PAUSE_S = 60, 3
WATCH_S = 300


@dataclass
class Failing:
    """Critical checks that do not pass. told: what could not be asked at all."""

    names: list[str] = field(default_factory=list)
    told: str = ""


@dataclass
class Judgement:
    """why: what is wrong; empty if nothing. answered_at: Unix time of the first answer after the boot."""

    why: str = ""
    gate: str = ""
    answered_at: float = 0.0
    failing: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def shown(self) -> dict[str, object]:
        return asdict(self)


def judged(settings: Settings, before: set[str]) -> Judgement:
    """before: what failed in the last good set already, which a new kernel is not to blame for."""
    until = time.monotonic() + settings.judge_s * 0.8
    found = Judgement()
    code, found.gate = gate(settings)
    if code:
        found.why = f"the GPU gate says: {found.gate}"
        return found
    if settings.engine:
        found.answered_at = engine.first_answer(settings, until)
        if not found.answered_at:
            found.why = engine.generates(settings) or "the engine does not answer"
            return found
    watched = failing(settings)
    found.failing = watched.names
    if watched.told:
        found.why = watched.told
    elif new := sorted(set(watched.names) - before):
        found.why = f"checks that passed before fail: {', '.join(new)}"
    return found


def gate(settings: Settings) -> tuple[int, str]:
    """Exit code and line; a card may need a moment after a boot."""
    if not settings.gate:
        return 0, "no GPU is planned"
    until = time.monotonic() + min(GATE_S, settings.judge_s / 10)
    while True:
        done = run(settings.gate, GATE_S)
        if done.code == 0 or time.monotonic() > until:
            return done.code, done.last
        time.sleep(PAUSE_S)


def failing(settings: Settings) -> Failing:
    """What `python -m verify` says here, from a handover without secrets."""
    if not settings.watch:
        return Failing()
    try:
        given = (settings.root / settings.handover.lstrip("/")).read_text(encoding="utf-8")
    except OSError as error:
        return Failing(told=str(error))
    done = run(settings.watch, WATCH_S, given=given)
    try:
        last = json.loads(done.text.strip().splitlines()[-1])
        return Failing(names=[str(name) for name in last["not_passed"]])
    except (IndexError, ValueError, KeyError, TypeError):
        return Failing(told=f"the checks on this machine do not answer: {done.last}")
