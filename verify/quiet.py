"""A machine whose engine is stopped for a while, for disruptive checks that want the whole card."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from verify.check import CheckFailed, CouldNotTell
from verify.target import Target

ENGINE = "eigenherd-engine.service"
TIMER = "eigenherd-engine-again"
BASE_S = 60.0
LEAST_BYTES_PER_S = 100e6
STOP_S = 60.0


def load_limit_s(target: Target) -> float:
    """What loading may take after a start: 60 s, and the largest model at 100 MB/s, what a SATA disk gives (ours)."""
    return BASE_S + max(model.size for model in target.plan.models) / LEAST_BYTES_PER_S


@contextmanager
def without_engine(target: Target, longest_s: float) -> Iterator[None]:
    """Stopped meanwhile, and started again whatever happens: after longest_s by the machine itself.

    So an engine comes back even if this computer is switched off in between.
    """
    again = f"systemd-run --collect --unit={TIMER} --on-active={longest_s:.0f} systemctl start {ENGINE}"
    timer = target.host.run(f"systemctl stop {TIMER}.timer 2>/dev/null; {again}", root=True)
    if timer.code != 0:
        found = timer.stderr.strip()[-200:] or f"exit {timer.code}"
        raise CouldNotTell("a timer that starts the engine again", found, f"try it by hand: {again}")
    try:
        target.host.run(f"systemctl stop {ENGINE}", root=True, timeout_s=STOP_S)
        yield
    finally:
        start_again(target)


def start_again(target: Target) -> None:
    limit_s = load_limit_s(target)
    start = target.host.run(f"systemctl start {ENGINE}", root=True, timeout_s=limit_s)
    listens = "127.0.0.1" if target.has_gateway else target.machine.private_address
    door = {"address": listens, "port": target.plan.engine.port, "path": "/v1/models", "timeout_s": limit_s}
    # The time makes it another question than before: a machine is asked the same one only once.
    ready = target.host.probe("ready", door | {"asked": time.time()}, timeout_s=limit_s + 10)
    if start.code != 0 or not ready.get("ready"):
        found = start.stderr.strip()[-200:] or "it does not answer"
        raise CheckFailed("the engine comes back after the test", found, f"journalctl -u {ENGINE}")
    target.host.run(f"systemctl stop {TIMER}.timer", root=True)
