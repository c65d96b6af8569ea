"""What a verification leaves behind, as one value; `reports/` gives it its forms."""

from typing import Self

from plan.machine import Machine
from plan.plan import Model, Part, Plan, Value
from verify.check import Outcome, Result, Stage
from verify.gateway import Sample
from verify.verdict import Verdict, said, sentence, verdict

# The order in which a reader wants to know: first what is wrong.
ORDER: tuple[Outcome, ...] = ("failed", "error", "not_run", "unsupported", "passed", "simulated", "skipped")
PART_NAMES: dict[Part, str] = {
    "system": "Machine",
    "driver": "GPU",
    "torch": "torch",
    "engine": "Engine",
    "models": "Models",
    "gateway": "Gateway",
    "clients": "Clients",
}


class StageTime(Value):
    """How long a stage before this one took."""

    name: str
    seconds: float


class Report(Value):
    """Everything a report shows. It holds no secret: findings were redacted, and the plan has none.

    earlier: results of checks that were not asked this time and still stand; the verdict leaves them out.
    """

    plan: Plan
    machines: tuple[Machine, ...]
    url: str
    stage: Stage
    parts: tuple[Part, ...]
    started: str
    duration_s: float
    results: tuple[Result, ...]
    samples: tuple[Sample, ...]
    times: tuple[StageTime, ...] = ()
    earlier: tuple[Result, ...] = ()

    @property
    def verdict(self) -> Verdict:
        return verdict(self.results, self.plan)

    @property
    def sentence(self) -> str:
        return sentence(self.results, self.plan, self.stage)

    @property
    def said(self) -> str:
        return said(self.verdict, self.stage)

    @property
    def has_gpu(self) -> bool:
        return any(machine.gpu for machine in self.plan.machines)

    def after(self, previous: Self) -> Self:
        """With what an earlier report says about the same machines and the same parts of the plan."""
        instances = {machine.name: machine.instance for machine in self.machines}
        same = {m.name for m in previous.machines if instances.get(m.name) == m.instance}
        digests, before = self.plan.part_digests(), previous.plan.part_digests()
        asked = {result.about for result in self.results}
        standing = [
            result
            for result in (*previous.results, *previous.earlier)
            if result.about not in asked
            and result.machine in same
            and all(digests[part] == before[part] for part in result.parts)
        ]
        return self.model_copy(update={"earlier": tuple(standing)})

    def by_part(self) -> dict[str, list[Result]]:
        """Results under the first part they judge, the worst first."""
        found: dict[str, list[Result]] = {}
        for part, name in PART_NAMES.items():
            results = [result for result in (*self.results, *self.earlier) if result.parts[0] == part]
            if results:
                found[name] = sorted(results, key=lambda r: (ORDER.index(r.outcome), r.machine, r.check, r.model))
        return found

    def to_mend(self) -> list[Result]:
        """What is wrong or unknown, critical first."""
        bad = [result for result in self.results if result.wanted and result.outcome in {"failed", "error"}]
        return sorted(bad, key=lambda r: (r.severity != "critical", ORDER.index(r.outcome)))

    def not_run(self) -> list[str]:
        """Checks that wait for others to pass."""
        return sorted({result.check for result in self.results if result.outcome == "not_run"})

    def versions(self) -> dict[str, str]:
        """What is installed, as planned and as checked."""
        plan = self.plan
        return {
            "engine": f"{plan.engine.name} {plan.engine.version} on {plan.engine.device}",
            "torch": plan.torch.version,
            **{
                f"model {m.name}": f"{m.artifact.file}{_beside(m)}, sha256 {m.artifact.sha256[:12]}"
                for m in plan.models
            },
        }


def _beside(model: Model) -> str:
    return f" and {len(model.beside)} files beside it" if model.beside else ""
