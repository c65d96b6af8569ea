"""Two runs at once, and a state that is old, lost or broken: refused with the reason, or converged with one `up`."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.checkouts import Checkout
from tests.faults import cases
from tests.faults.conftest import Note
from tests.faults.killing import ASKED, Stack, assert_nothing, assert_once, clear

pytestmark = pytest.mark.machine

# What the display shows just before the step that an old state knows nothing of.
STEPS = {"machine": "SandboxMachine main creating", "deployment": "Deployment deployment creating"}
MINUTES_S = 400


class Lived(Stack):
    """A stack that is up, and copies of its state of the moments in STEPS."""

    copies: dict[str, bytes]
    guests = 0

    def live(self) -> None:
        self.copies = {}
        running = self.start("up")
        assert running.stdout
        for line in running.stdout:
            for step, shown in STEPS.items():
                if shown in line and step not in self.copies:
                    self.copies[step] = self.state_file().read_bytes()
        assert running.wait() == 0
        assert set(self.copies) == set(STEPS)

    def beside(self, *arguments: str) -> tuple[str, str]:
        """Give an `up` work to do; run something else while it deploys; what that said, and what `up` said."""
        self.guests += 1
        self.checkout.environment(self.name, {**ASKED, "clients": ["demo", f"guest-{self.guests}"]})
        running = self.start("up")
        assert running.stdout
        said = []
        for line in running.stdout:
            said.append(line)
            if "Deployment deployment updating" in line:
                break
        other = subprocess.run(
            arguments,
            cwd=self.checkout.path,
            env=self.variables(),
            input=self.checkout.handover(self.name).model_dump_json() if "deploy" in arguments else "",
            capture_output=True,
            text=True,
            timeout=MINUTES_S,
        )
        assert other.returncode != 0, other.stdout
        said += running.stdout
        assert running.wait() == 0, "".join(said)
        return other.stdout + other.stderr, "".join(said)


Case = Callable[[Lived], tuple[str, str]]


def second_up(stack: Lived) -> tuple[str, str]:
    said, _ = stack.beside(sys.executable, "-m", "eigenherd", "up", stack.name)
    found = re.search(r"nobody else at work on .*: found process \d+ of \w+ on [\w-]+, since [\d:]+", said)
    assert found, said
    return found[0], "refused and changed nothing; the first ended verified"


def plain_pulumi(stack: Lived) -> tuple[str, str]:
    said, _ = stack.beside("pulumi", "up", "--yes", "--skip-preview", "--non-interactive", "--stack", stack.name)
    assert "the stack is currently locked by 1 lock" in said, said
    return "the stack is currently locked by 1 lock(s)", "refused and changed nothing; the first ended verified"


def second_deploy(stack: Lived) -> tuple[str, str]:
    said, _ = stack.beside(sys.executable, "-m", "deploy")
    found = re.search(r"one deployment of .* at a time: found process \d+ at work on it", said)
    assert found, said
    return found[0], "refused and changed nothing; the first ended verified"


def older(step: str) -> Case:
    def put_back(stack: Lived) -> tuple[str, str]:
        before = stack.secrets()
        stack.state_file().write_bytes(stack.copies[step])
        kept = stack.secrets()
        said = stack.succeed("up")
        after = stack.secrets()
        assert kept and {name: after[name] for name in kept} == kept
        same = sum(after[name] == before.get(name) for name in after)
        found = [line for line in said.splitlines() if "cut off while" in line]
        seen = found[0].partition(": ")[2] if found else "nothing to say"
        return seen, f"converged in one run, verified; {same} of {len(after)} secrets are those of before"

    return put_back


def lost(stack: Lived) -> tuple[str, str]:
    stack.lose_state()
    said = stack.succeed("up")
    found = re.search(r"no state knows it, but there is: (process|folder|interface)", said)
    assert found and "keys are new" in said, said
    return "no state knows it, but there is: ...", "machine made anew, verified; CA and keys are new, and it says so"


def half(stack: Lived) -> tuple[str, str]:
    file = stack.state_file()
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    code, said = stack.run("up")
    assert code != 0 and "the state file is damaged" in said and ".json.bak" in said, said
    file.write_bytes(Path(f"{file}.bak").read_bytes())
    stack.succeed("up")
    return "the state file is damaged", "with the `.json.bak` in its place converged in one run, verified"


def wrong_passphrase(stack: Lived) -> tuple[str, str]:
    file = stack.checkout.path / ".eigenherd/passphrase"
    right, before = file.read_text(), stack.state_file().read_bytes()
    file.write_text("another")
    try:
        code, said = stack.run("up")
        assert code != 0 and "incorrect passphrase" in said, said
        code, asked = stack.run("client")
        assert code != 0 and "it has to be the one the stack was made with" in asked, asked
    finally:
        file.write_text(right)
    assert stack.state_file().read_bytes() == before
    stack.succeed("up")
    return "incorrect passphrase", "changed nothing; with the right one `up` had nothing to do"


def no_passphrase(stack: Lived) -> tuple[str, str]:
    file = stack.checkout.path / ".eigenherd/passphrase"
    right = file.read_text()
    file.unlink()
    try:
        code, said = stack.run("up")
    finally:
        file.write_text(right)
    assert code != 0 and "unable to read PULUMI_CONFIG_PASSPHRASE_FILE" in said, said
    stack.succeed("up")
    return "unable to read PULUMI_CONFIG_PASSPHRASE_FILE", "changed nothing; with it `up` had nothing to do"


CASES: dict[str, Case] = {
    "a second `eigenherd up`": second_up,
    "a plain `pulumi up` beside it": plain_pulumi,
    "`python -m deploy` beside it": second_deploy,
    "state of before the deployment": older("deployment"),
    "state of before the machine": older("machine"),
    "state file lost": lost,
    "state file broken in half": half,
    "another passphrase": wrong_passphrase,
    "passphrase lost": no_passphrase,
}
SAMPLE = ["state of before the machine"]


@pytest.fixture(scope="module")
def stack(layered: Checkout) -> Iterator[Lived]:
    made = Lived(layered, f"kills-state-{os.getpid()}")
    try:
        made.live()
        yield made
        made.succeed("down")
        assert_nothing(made)
    finally:
        clear(made)


@cases.parametrize(CASES, SAMPLE)
def test_it_is_refused_or_converges(fault: str, injected: Case, stack: Lived, note: Note) -> None:
    seen, after = injected(stack)
    note(seen=re.sub(r"kills-state-\d+", "the stack", re.sub(r"process \d+ of \w+ on [\w-]+", "process N", seen)))
    assert_once(stack)
    note(after=f"{after}; nothing twice")
