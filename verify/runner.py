"""Runs an agenda: every run under a deadline, every answer a Result, whatever happens."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

from plan.errors import EigenherdError
from plan.machine import Handover
from verify.agenda import Run
from verify.check import GOOD, NO_GPU, CheckFailed, CouldNotTell, DeadlineExceeded, Finding, Result, failed, skipped
from verify.gateway import Gateway
from verify.redaction import Redaction
from verify.target import Target
from verify.transport import Shell

WORKERS = 8  # sshd serves ten sessions on one connection


@dataclass
class Runner:
    """hosts: a shell to each machine by name. report: called with every result as it comes.
    local: asked on the machine itself, from a handover without secrets."""

    handover: Handover
    hosts: Mapping[str, Shell]
    gateway: Gateway
    report: Callable[[Result], None]
    local: bool = False
    started: float = field(default_factory=time.time)
    results: list[Result] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, waves: Iterable[list[Run]]) -> list[Result]:
        """All waves, one after the other."""
        for wave in waves:
            for queue in queues(wave):
                with ThreadPoolExecutor(WORKERS) as pool:
                    list(pool.map(self._one, queue))
        return self.results

    def _one(self, run: Run) -> None:
        at, begun = datetime.now(UTC), time.monotonic()
        unmet, card = self._unmet(run), self.handover.planned(run.machine).gpu
        if unmet:
            finding = Finding(
                outcome="not_run", wanted=f"{unmet} passed", found=f"{unmet} did not pass", todo=f"mend {unmet} first"
            )
        elif run.check.gpu and not card:
            finding = skipped(NO_GPU)
        elif self.local and run.check.elsewhere:
            finding = skipped(f"not asked on the machine itself: {run.check.elsewhere}")
        elif run.check.silicon and card and card.simulated:
            finding = skipped("SIMULATED: only a real card can answer")
        else:
            finding = self._answer(run)
        if finding.outcome == "passed" and run.check.of_cards and card and card.simulated:
            finding = finding.model_copy(update={"outcome": "simulated"})
        redaction = Redaction(self.handover.secrets)
        facts = {key: redaction.value(value) for key, value in finding.model_dump().items()}
        result = Result.model_validate(
            {
                **facts,
                "check": run.check.name,
                "text": run.check.text,
                "machine": run.machine.name,
                "model": run.model.name if run.model else "",
                "stage": run.check.stage,
                "parts": run.check.parts,
                "severity": run.check.severity,
                "bound_source": run.check.source,
                "duration_s": round(time.monotonic() - begun, 2),
                "at": at.isoformat(timespec="seconds"),
            }
        )
        with self._lock:
            self.results.append(result)
            self.report(result)

    def _unmet(self, run: Run) -> str:
        """The first needed check that was asked and did not pass."""
        with self._lock:
            results = list(self.results)
        for need in run.check.needs:
            model = run.model.name if run.model else ""
            about = [r for r in results if r.check == need and (not r.model or not model or r.model == model)]
            # What was asked of this machine counts for it; what was asked of another only if this one was not asked.
            about = [r for r in about if r.machine == run.machine.name] or about
            if any(result.outcome not in {*GOOD, "skipped"} for result in about):
                return need
        return ""

    def _answer(self, run: Run) -> Finding:
        target = Target(self.handover, run.machine, self.hosts[run.machine.name], self.gateway, self.started, run.model)
        try:
            return within(run.check.timeout_s, lambda: run.check.run(target), run.check.name)
        except CouldNotTell as error:
            return Finding(outcome="error", wanted=error.wanted, found=error.found, todo=error.todo)
        except CheckFailed as error:
            return failed(error.wanted, error.found, error.todo)
        except DeadlineExceeded as error:
            return failed(f"{error.what} within {error.timeout_s:g} s", "no end", "look at the machine's load: top")
        except EigenherdError as error:
            return Finding(outcome="error", wanted=error.wanted, found=error.found, todo=error.todo)
        except Exception as error:  # whatever a check runs into, the others go on
            found = f"{type(error).__name__}: {error}"[:300]
            return Finding(outcome="error", wanted="a check that ends", found=found, todo="report this as a fault")


def queues(wave: list[Run]) -> list[list[Run]]:
    """What may go on together: all of a quiet wave, else one run of each machine at a time."""
    if wave[0].check.disturbs == "nobody":
        return [wave]
    queues: list[list[Run]] = []
    for run in wave:
        free = next((queue for queue in queues if all(r.machine != run.machine for r in queue)), None)
        if free is None:
            queues.append([run])
        else:
            free.append(run)
    return queues


def within(timeout_s: float, ask: Callable[[], Finding], name: str) -> Finding:
    """The answer, or DeadlineExceeded. A thread that hangs is left behind: it must not hold the others up."""
    answers: list[Finding] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            answers.append(ask())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    thread.join(timeout_s)
    if errors:
        raise errors[0]
    if not answers:
        raise DeadlineExceeded(f"check {name}", timeout_s)
    return answers[0]
