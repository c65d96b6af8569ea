"""Cases of the checks that ask a model while they look at its card: against the fake gateway, with recorded figures."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from plan.plan import Model
from tests.unit.verify.conftest import MakeTarget
from tests.unit.verify.fake_shell import FakeShell
from tests.unit.verify.fake_stack import CARD, MODEL, machine_plan
from verify.check import CheckFailed, CouldNotTell, Finding
from verify.registry import all_checks
from verify.target import Target
from verify.transport import Output

CHECKS = {check.name: check for check in all_checks()}
BIG = MODEL.model_copy(update={"artifact": MODEL.artifact.model_copy(update={"size": 12_000_000_000})})


def ask(name: str, target: Target) -> Finding:
    try:
        return CHECKS[name].run(target)
    except CheckFailed as error:
        return Finding(outcome="failed", found=error.found)
    except CouldNotTell as error:
        return Finding(outcome="error", found=error.found)


def on_card(target: MakeTarget, host: FakeShell, engine: str = "llama_cpp", model: Model = BIG) -> Target:
    """Asked at the fake gateway, on a machine with an RTX 4090."""
    aim = target(host)
    server = aim.plan.engine.model_copy(update={"device": "cuda", "name": engine})
    changes = {"machines": (machine_plan({"gpu": CARD}),), "engine": server, "models": (model,)}
    return replace(aim, handover=aim.handover.model_copy(update={"plan": aim.plan.model_copy(update=changes)}))


def at_pace(monkeypatch: pytest.MonkeyPatch, *paces: float) -> None:
    """Tokens a second, run by run; the last for all further ones. None of them: the answer is too short to tell."""
    left = list(paces)

    def pace(target: Target, model: Model) -> float:
        if not left:
            raise CouldNotTell("a long answer", "8 tokens", "ask for more")
        return left.pop(0) if len(left) > 1 else left[0]

    for module in ("verify.checks.generation.decode_speed", "verify.checks.generation.beyond_cpu"):
        monkeypatch.setattr(f"{module}.tokens_per_s", pace)


@dataclass(frozen=True)
class CardCase:
    """fault: what is wrong or missing; empty where nothing is. paces: of the answers, in tokens a second."""

    check: str
    name: str
    outcome: str
    says: str
    fault: str = ""
    host: Callable[[], FakeShell] = FakeShell
    engine: str = "llama_cpp"
    model: Model = MODEL
    paces: tuple[float, ...] | None = None

    def __str__(self) -> str:
        return f"{self.check}-{self.name}"

    def asked(self, target: MakeTarget, monkeypatch: pytest.MonkeyPatch) -> Finding:
        if self.paces is not None:
            at_pace(monkeypatch, *self.paces)
        return ask(self.check, on_card(target, self.host(), self.engine, self.model))


@dataclass
class Working(FakeShell):
    """A card whose utilisation changes from one question to the next; the last answer holds."""

    shares: tuple[str, ...] = ("0",)
    seen: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, command: str, **options: object) -> Output:  # type: ignore[override]
        if "utilization.gpu" not in command:
            return super().run(command)
        with self.lock:
            share = self.shares[min(self.seen, len(self.shares) - 1)]
            self.seen += 1
        return Output(0, "".join(f"{index}, {share}\n" for index in (0, 1)), "")


def working(*shares: str, models: object = ...) -> Callable[[], FakeShell]:
    probes: dict[str, dict[str, object]] = {} if models is ... else {"loaded_models": {"models": models}}
    return lambda: Working({}, probes, shares=shares)


def resident(vram: object, size: object = 900, name: str = MODEL.name) -> object:
    return [{"name": name, "size": size, "size_vram": vram}]


def cpu_memory(gbs: object) -> Callable[[], FakeShell]:
    card = {"index": 0, "name": "CPU", "copy_mib": 256, "matmul_gflops": 50.0, "copy_gbs": gbs}
    card |= {"matmul_dtype": "float32", "matmul_shape": "1024x1024x1024"}
    probes: dict[str, dict[str, object]] = {"speed": {"torch": "2.15.0", "cuda_available": False, "cards": [card]}}
    return lambda: FakeShell({"^true": ""}, probes)


APPS = "gpu_uuid, pid, process_name, used_gpu_memory [MiB]\n"


def holding(*rows: tuple[str, str]) -> Callable[[], FakeShell]:
    """The engine is process 77; rows are (pid, MiB) on the card."""
    engine: dict[str, object] = {"processes": [{"pid": "77", "uid": 999, "user": "eigenherd-engine"}], "account": {}}
    text = APPS + "".join(f"GPU-1, {pid}, /opt/engine, {mib}\n" for pid, mib in rows)
    return lambda: FakeShell({"query-compute-apps": text}, {"unit_processes": engine})


# decode_speed: 12 GB on 1008 GB/s: the roofline is 84 tokens a second; 40 % of it less 2 ms a token are 31.5.
# beyond_cpu: 40 GB/s copied are 60 GB/s moved: 5 tokens of 12 GB a second; with 400 it is no slower than the floor.
CASES = (
    CardCase(
        "decode_speed", "fast", "passed", "60 tokens/s, 71% of the roofline (at least 31)", model=BIG, paces=(60.0,)
    ),
    CardCase("decode_speed", "disturbed once", "passed", "60 tokens/s", model=BIG, paces=(9.0, 60.0, 9.0)),
    CardCase(
        "decode_speed",
        "just too slow",
        "failed",
        "31 tokens/s, 37% of the roofline",
        "37 % of the roofline",
        model=BIG,
        paces=(31.0,),
    ),
    CardCase(
        "decode_speed", "at the pace of a CPU", "failed", "4 tokens/s", "the pace of a CPU", model=BIG, paces=(4.0,)
    ),
    CardCase("decode_speed", "short", "error", "8 tokens", "an answer too short to tell a pace", model=BIG, paces=()),
    CardCase(
        "beyond_cpu",
        "fast",
        "passed",
        "60 tokens/s, the CPU 5 at most",
        host=cpu_memory(40.0),
        model=BIG,
        paces=(60.0,),
    ),
    CardCase(
        "beyond_cpu",
        "at the pace of a CPU",
        "failed",
        "4 tokens/s, the CPU 5 at most",
        "the pace of a CPU",
        cpu_memory(40.0),
        model=BIG,
        paces=(4.5,),
    ),
    CardCase("beyond_cpu", "a fast CPU", "skipped", "600 GB/s", host=cpu_memory(400.0), model=BIG, paces=(60.0,)),
    CardCase(
        "beyond_cpu",
        "no figure",
        "error",
        "wrong fields: copy_gbs",
        "the memory's pace is not told",
        cpu_memory("[N/A]"),
        model=BIG,
        paces=(60.0,),
    ),
    CardCase("card_works", "works", "passed", "up to 97 % busy", host=working("0", "97")),
    CardCase(
        "card_works",
        "idle",
        "failed",
        "no card worked while it answered",
        "no card is busy while it answers",
        working("0"),
    ),
    CardCase(
        "card_works", "not available", "error", "no number", "the card does not tell how busy it is", working("[N/A]")
    ),
    CardCase(
        "card_works", "ollama", "passed", "up to 97 % busy", host=working("97", models=resident(900)), engine="ollama"
    ),
    CardCase(
        "card_works",
        "a part",
        "failed",
        "600 of 900 bytes on the card",
        "a third of the model is not on the card",
        working("97", models=resident(600)),
        "ollama",
    ),
    CardCase(
        "card_works",
        "on the CPU",
        "failed",
        "0 of 900 bytes on the card",
        "the model is not on the card",
        working("97", models=resident(0)),
        "ollama",
    ),
    CardCase(
        "card_works",
        "another model",
        "failed",
        "not loaded",
        "another model is loaded",
        working("97", models=resident(900, name="other:7b")),
        "ollama",
    ),
    CardCase(
        "card_works",
        "no size",
        "error",
        "size_vram",
        "the engine does not tell what is on the card",
        working("97", models=resident(None)),
        "ollama",
    ),
    CardCase(
        "card_works",
        "no list",
        "error",
        "None",
        "the engine does not tell what is loaded",
        working("97", models=None),
        "ollama",
    ),
    CardCase("gpu_used", "used", "passed", "900 MiB on the card", host=holding(("77", "900"))),
    CardCase("gpu_used", "two cards", "passed", "900 MiB on the card", host=holding(("77", "450"), ("77", "450"))),
    CardCase(
        "gpu_used",
        "somebody else",
        "failed",
        "0 MiB on the card",
        "another process holds the memory",
        holding(("78", "900")),
    ),
    CardCase("gpu_used", "nobody", "failed", "0 MiB on the card", "the engine runs on the CPU", holding()),
    CardCase(
        "gpu_used",
        "no memory told",
        "error",
        "process 77 without its memory",
        "memory of the process: [N/A]",
        holding(("77", "[N/A]")),
    ),
    CardCase(
        "gpu_used",
        "no list",
        "error",
        "nothing",
        "an empty answer",
        lambda: FakeShell({"query-compute-apps": ""}, holding()().probes),
    ),
)


def cases(check: str) -> list[CardCase]:
    return [case for case in CASES if case.check == check]
