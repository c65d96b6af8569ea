"""After a restart."""

import time

from verify.chat import ask
from verify.check import Finding, check, failed, passed
from verify.nonces import nonce, repeat
from verify.quiet import load_limit_s
from verify.target import Target


@check(
    stage="disruptive",
    part=("engine", "models"),
    severity="critical",
    subject="engine",
    disturbs="stack",
    needs=("fresh_nonces",),
    source="ours: 60 s, and the largest model at 100 MB/s, what a SATA disk gives",
    timeout_s=1800,
)
def cold_load(target: Target) -> Finding:
    """After the engine is restarted, the first answer comes within the time that loading may take."""
    largest = max(target.plan.models, key=lambda model: model.size)
    bound_s = load_limit_s(target)
    listens = "127.0.0.1" if target.has_gateway else target.machine.private_address
    address = {"address": listens, "port": target.plan.engine.port, "path": "/v1/models", "timeout_s": bound_s}
    started = time.monotonic()
    restart = target.host.run("systemctl restart eigenherd-engine", root=True, timeout_s=bound_s)
    if restart.code != 0:
        todo = "journalctl -u eigenherd-engine"
        return failed("the unit restarts", restart.stderr.strip()[-200:] or f"exit {restart.code}", todo)
    ready = target.host.probe("ready", address, timeout_s=bound_s + 10)
    digits = nonce()
    answer = ask(target.gateway, largest, repeat(digits), max_tokens=16, timeout_s=bound_s)
    total_s = time.monotonic() - started
    measured, bound = f"first answer after {total_s:.1f} s", f"{bound_s:.0f} s"
    if total_s > bound_s or not ready.get("ready") or digits not in answer.text:
        todo = "look for what takes the time: journalctl -u eigenherd-engine -o short-monotonic"
        return failed(bound, f"{measured}, said {answer.text[:40]!r}", todo, measured=measured, bound=bound)
    return passed(measured, bound, cold_load_s=round(total_s, 2))
