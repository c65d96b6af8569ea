"""What outlives a killed `pulumi`: its plugins, which nobody would ever end, and the stages they had begun.

Plugins are in process groups of their own. One is an orphan when the `pulumi` it was started by no longer
takes connections: its address is among the plugin's arguments.
"""

import fcntl
import re
import time
from pathlib import Path

from eigenherd import process
from plan.errors import ProviderError
from stacks import folder

PLUGINS = (
    "pulumi-language-python",
    "pulumi-language-python-exec",
    "pulumi-resource-pulumi-python",
    "pulumi.dynamic",
)
ENGINE = re.compile(r"127\.0\.0\.1:\d+")

# Stages that only look or fetch: ended with their plugin. A deployment is left to end by itself.
HARMLESS = ("verify", "tools.mirror")

DEPLOY_TIMEOUT_S = 600
SIGN_S = 10


def end(root: Path) -> list[int]:
    """End the orphans among this project's plugins; making and removing are repeatable, so they may die anywhere."""
    ended = [pid for pid in process.everybody() if _is_orphan(pid, root)]
    stages = [child for pid in ended for child in process.below(pid) if _module(child) in HARMLESS]
    for pid in (*ended, *stages):
        process.kill(pid)
    return ended


def wait_for_deployment(name: str) -> None:
    """A deployment whose run was killed goes on to its end, and keeps others out until then."""
    path = folder.of(name) / "deploy.lock"
    begun, told = time.monotonic(), 0.0
    while (pid := _holder(path)) is not None:
        waited = time.monotonic() - begun
        if waited > DEPLOY_TIMEOUT_S:
            raise ProviderError(
                f"nobody else at work on {name}",
                f"a deployment, process {pid}, for more than {DEPLOY_TIMEOUT_S} s",
                "wait for its end, or end that process; what it has begun on a machine keeps the next run out there",
            )
        if time.monotonic() - told > SIGN_S:
            told = time.monotonic()
            print(f"{name}: a deployment is at work (process {pid}); waiting for its end, {waited:.0f} s", flush=True)
        time.sleep(0.5)


def _is_orphan(pid: int, root: Path) -> bool:
    words = process.arguments(pid)
    ours = process.works_in(pid, root) and process.shares_network(pid)
    if not any(Path(word).name in PLUGINS for word in words) or not ours:
        return False
    engine = next((word for word in words if ENGINE.fullmatch(word)), None)
    return engine is not None and not process.listens(engine)


def _module(pid: int) -> str:
    words = process.arguments(pid)
    return words[words.index("-m") + 1] if "-m" in words[:-1] else ""


def _holder(lock: Path) -> str | None:
    """Who holds the deployment's lock, as text; None if nobody does."""
    try:
        with lock.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return file.read().strip() or "unknown"
    except FileNotFoundError:
        pass
    return None
