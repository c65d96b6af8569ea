"""Package sources and the machine's package manager on a bad day: the next run mends what is there to mend."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from plan.machine import Handover
from stacks.sandbox import network, scratch
from tests.faults import cases
from tests.faults.aftermath import converged, last_reason, short
from tests.faults.bad_mirror import BadMirror, Faults
from tests.faults.conftest import Note
from tests.integration.deployed import Answer, Deployed, add_machine

pytestmark = pytest.mark.machine

STACK = f"faults-packages-{os.getpid()}"

# Makes something to do for each of the three: apt, pip, and fetch.
NO_PACKAGE = "dpkg --purge logrotate && apt-get clean"
NO_ENVIRONMENT = "rm /opt/eigenherd/llama_cpp/eigenherd.lock"
NO_MODEL = "rm /var/lib/eigenherd/models/*.gguf"

# A control file with a script is all of a package that dpkg needs.
BROKEN = r"""
mkdir -p /root/broken/DEBIAN && cd /root/broken/DEBIAN
printf '%s\n' 'Package: broken' 'Version: 1' 'Architecture: all' 'Maintainer: tests' 'Description: fails' >control
printf '%s\n' '#!/bin/sh' '[ -e /root/good ] && exit 0' 'echo broken: the moon is too bright' 'exit 1' >postinst
chmod 755 postinst && cd /root && dpkg-deb --build broken >/dev/null && dpkg --unpack broken.deb
"""
# The archive's own package, but one of its scripts lasts: dpkg is killed while that is at work.
KILLED = """
cd /root && apt-get update -qq && apt-get download -qq logrotate && dpkg --purge logrotate && apt-get clean
dpkg-deb --raw-extract logrotate_*.deb lasting && cd lasting/DEBIAN
printf '%s\\n' '#!/bin/sh' '[ -e /root/lasted ] && exit 0' 'touch /root/lasted' 'exec sleep 60' >{script}
chmod 755 {script} && cd /root && dpkg-deb --build lasting
(exec dpkg --install lasting.deb) >/dev/null 2>&1 &
until pkill -x -f 'sleep 60' -0; do sleep 0.1; done
kill -KILL $!; pkill -x -f 'sleep 60'; rm -r lasting lasting.deb logrotate_*.deb
"""

HOLD_LOCK = """import fcntl, time
with open("{lock}", "w") as file:
    fcntl.lockf(file, fcntl.LOCK_EX)
    time.sleep(20)
"""


@dataclass(frozen=True)
class Bad:
    """before: done on the machine. faults: of the mirror, until the first run has ended. source: asked of the mirror.

    words: of the reason. mended: the first run does it alone, and its output has the words.
    """

    before: str
    words: tuple[str, ...]
    source: str = ""
    faults: Faults | None = None
    after: str = ""
    mended: bool = False


def ends(*suffixes: str) -> Callable[[str], bool]:
    return lambda path: path.endswith(suffixes)


def first(times: int, suffix: str) -> Callable[[str], bool]:
    counted = iter(range(times))
    return lambda path: path.endswith(suffix) and next(counted, None) is not None


def held(lock: str) -> str:
    return f"{NO_PACKAGE}; systemd-run --quiet python3 -c '{HOLD_LOCK.format(lock=lock)}'; sleep 0.5"


CASES = {
    "apt mirror answers 404": Bad(
        NO_PACKAGE, ("does not have a Release file",), "apt", Faults(missing=lambda path: path.startswith("/debian"))
    ),
    "apt mirror lacks one file": Bad(NO_PACKAGE, ("404",), "apt", Faults(missing=ends(".deb"))),
    "apt mirror has a truncated file": Bad(NO_PACKAGE, ("unexpected size",), "apt", Faults(short=ends(".deb"))),
    "apt mirror has another file": Bad(NO_PACKAGE, ("Hash Sum mismatch",), "apt", Faults(changed=ends(".deb"))),
    "apt mirror falls silent": Bad(NO_PACKAGE, ("Connection failed",), "apt", Faults(silent=ends(".deb"))),
    "apt mirror is slow": Bad(NO_PACKAGE, ("Gateway | Caddy ...",), "apt", Faults(slow=ends(".deb")), mended=True),
    "Python mirror answers 404": Bad(NO_ENVIRONMENT, ("in none of",), "mirror", Faults(missing=ends("/wheels/"))),
    "Python mirror lacks one file": Bad(NO_ENVIRONMENT, ("404",), "mirror", Faults(missing=ends(".whl"))),
    "Python mirror has a truncated file": Bad(NO_ENVIRONMENT, ("sha256",), "mirror", Faults(short=ends(".whl"))),
    "Python mirror has another file": Bad(NO_ENVIRONMENT, ("sha256",), "mirror", Faults(changed=ends(".whl"))),
    "model mirror answers 404": Bad(NO_MODEL, ("404",), "mirror", Faults(missing=ends(".gguf"))),
    "model mirror has a truncated file": Bad(NO_MODEL, ("it ended after",), "mirror", Faults(short=ends(".gguf"))),
    "model mirror has another file": Bad(NO_MODEL, ("sha256", "wanted"), "mirror", Faults(changed=ends(".gguf"))),
    "model mirror hangs up in the middle": Bad(
        NO_MODEL, ("trying again",), "mirror", Faults(cut=first(3, ".gguf")), mended=True
    ),
    "dpkg's lock is held for 20 s": Bad(
        held("/var/lib/dpkg/lock-frontend"), ("waiting for the package manager's lock, held by process",), mended=True
    ),
    "the lock of apt's lists is held for 20 s": Bad(
        held("/var/lib/apt/lists/lock"), ("waiting for the package manager's lock, held by process",), mended=True
    ),
    "dpkg killed while it unpacked": Bad(
        KILLED.format(script="preinst"), ("No package is half installed: changed",), mended=True
    ),
    "dpkg killed while it configured": Bad(
        KILLED.format(script="postinst"), ("No package is half installed: changed",), mended=True
    ),
    "a package that cannot be configured": Bad(BROKEN, ("broken: the moon is too bright",), after="touch /root/good"),
}
SAMPLE = ["dpkg killed while it configured"]


@pytest.fixture(scope="module")
def deployed(layer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """One machine: every case leaves it whole, which its own end asserts."""
    try:
        made = add_machine(STACK, tmp_path_factory.mktemp("stack"), layer=layer)
        assert made.deploy().code == 0
        yield made
    finally:
        scratch.remove(STACK)


@pytest.fixture(scope="module")
def bad_mirror(deployed: Deployed) -> Iterator[BadMirror]:
    bridge = network.remembered(STACK)
    assert bridge
    with BadMirror(bridge.host_ipv4(1)) as made:
        yield made


def sourced(handover: Handover, **sources: str) -> Handover:
    """The plan with other package sources; without any source but these for the models."""
    plan = handover.plan
    models = [model.model_copy(update={"artifact": without_origin(model.artifact)}) for model in plan.models]
    update = {"sources": plan.sources.model_copy(update=sources), "models": tuple(models)}
    return handover.model_copy(update={"plan": plan.model_copy(update=update)})


def without_origin(artifact: Any) -> Any:
    return artifact.model_copy(update={"url": "", "wheel": None})


def asked_of(handover: Handover, mirror: BadMirror, source: str) -> Handover:
    address = {"apt": f"{mirror.url}/debian", "mirror": f"{mirror.url}/mirror"}
    return sourced(handover, **{source: address[source]}) if source else handover


def shown(answer: Answer, words: tuple[str, ...]) -> str:
    """A run that did it alone: the line that says what was met."""
    assert answer.code == 0, answer.text
    return short(next(line for line in answer.text.splitlines() if all(word in line for word in words)))


@cases.parametrize(CASES, SAMPLE)
def test_it_is_named_and_mended(
    fault: str, injected: Bad, deployed: Deployed, bad_mirror: BadMirror, note: Note, tmp_path: Path
) -> None:
    handover = asked_of(deployed.handover, bad_mirror, injected.source)
    deployed.ssh(injected.before)
    assert deployed.differences() != [], "the fault is not seen"
    bad_mirror.faults = injected.faults or Faults()
    first = deployed.deploy(handover=handover)
    bad_mirror.faults = Faults()
    note(seen=shown(first, injected.words) if injected.mended else last_reason(first, *injected.words))
    deployed.ssh(injected.after)
    note(after=converged(deployed, handover))
    deployed.ssh("dpkg --purge broken 2>/dev/null; rm -rf /root/broken* /root/good /root/lasted")
