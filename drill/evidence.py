"""What a drill leaves behind, as one value. It holds no secret: of keys only digests, and texts are masked."""

from datetime import datetime
from hashlib import sha256
from typing import Literal

from plan.machine import Handover, Secrets
from plan.plan import Value

Outcome = Literal["passed", "simulated", "failed", "error"]
EXIT_CODES: dict[Outcome, int] = {"passed": 0, "simulated": 0, "failed": 1, "error": 2}
MOMENT = (
    "RTO: from the start of the destroy to the first token of the first correct answer (a fresh nonce, streamed "
    "through the gateway with a client's old key and the old CA), asked every 0.2 s from the destroy on"
)


class Stage(Value):
    """Seconds after the start of the destroy."""

    name: str
    began_s: float
    ended_s: float
    failed: bool = False

    @property
    def seconds(self) -> float:
        return round(self.ended_s - self.began_s, 2)


class Rebuilt(Value):
    """A machine: its instance before and after; they differ when it was rebuilt."""

    name: str
    provider: str
    before: str
    after: str

    @property
    def is_new(self) -> bool:
        return bool(self.after) and self.before != self.after


class Kept(Value):
    """What must be the same afterwards, to everybody who has it: a digest before and after."""

    name: str
    before: str
    after: str

    @property
    def is_same(self) -> bool:
        return self.before == self.after


class Verified(Value):
    """What the verification of the rebuilt machines said: checks by outcome; the critical ones that are not well."""

    verdict: Outcome
    sentence: str
    counts: dict[str, int]
    wrong: tuple[str, ...]


class Drill(Value):
    """One drill. rto_s: see `moment`. first_up_s: where this drill had to bring the environment up first.

    layer: the kept layer that sandbox machines started from; its times are not those of a rebuild from base.
    replies: what the watcher met, how often. without_gpu: the card that the rehearsed environment has.
    """

    stack: str
    rehearses: str | None
    without_gpu: str | None
    started: str
    outcome: Outcome
    reasons: tuple[str, ...]
    commit: str
    digests: dict[str, str]
    layer: str
    cores: int
    first_up_s: float | None
    stages: tuple[Stage, ...]
    rto_s: float | None
    replies: dict[str, int]
    machines: tuple[Rebuilt, ...]
    kept: tuple[Kept, ...]
    verified: Verified | None
    moment: str = MOMENT

    @property
    def when(self) -> str:
        return datetime.fromisoformat(self.started).strftime("%Y-%m-%d %H:%M:%S UTC")

    @property
    def seconds(self) -> dict[str, float]:
        return {stage.name: stage.seconds for stage in self.stages}

    @property
    def whole_s(self) -> float:
        return max((stage.ended_s for stage in self.stages), default=0.0)

    @property
    def sentence(self) -> str:
        if self.outcome in ("passed", "simulated"):
            of_what = "" if self.outcome == "passed" else ", SIMULATED: no GPU was tested"
            return f"{self.stack} came back in {self.rto_s or 0:.1f} s, and is verified{of_what}"
        says = {"failed": "did not come back as it was", "error": "could not be drilled to the end"}[self.outcome]
        return f"{self.stack} {says}: {'; '.join(self.reasons)}"


def digests(handover: Handover) -> dict[str, str]:
    """What clients and SSH know the environment by, as digests."""
    secrets = handover.secrets
    known = {"CA": secrets.ca_certificate, "certificate": secrets.certificate, "address": handover.url}
    known |= {f"key of {client}": key for client, key in secrets.clients.items()}
    known |= {f"host key of {machine.name}": " ".join(machine.host_keys) for machine in handover.machines}
    return {name: sha256(text.encode()).hexdigest()[:16] for name, text in known.items() if text}


def compared(before: dict[str, str], after: dict[str, str]) -> tuple[Kept, ...]:
    """What somebody had before; what is new is nobody's loss."""
    return tuple(Kept(name=name, before=digest, after=after.get(name, "")) for name, digest in before.items())


def masked(text: str, secrets: Secrets) -> str:
    """Without any secret, should a message have caught one."""
    pems = (secrets.ca_key, secrets.certificate_key, secrets.ssh_key)
    lines = [line for pem in pems for line in pem.splitlines() if not line.startswith("-----")]
    for word in sorted((*secrets.clients.values(), *lines), key=len, reverse=True):
        text = text.replace(word, "[masked]") if len(word) >= 8 else text
    return text
