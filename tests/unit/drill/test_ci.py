"""The CI files are YAML, and what they call exists."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from drill import runner

ROOT = Path(__file__).resolve().parents[3]
CI = ROOT / "docs" / "ci"


def commands(name: str) -> list[str]:
    file: Any = yaml.safe_load((CI / name).read_text())
    if name == "github.yml":
        return [step["run"] for step in file["jobs"]["drill"]["steps"] if "run" in step]
    return [*file["drill"]["script"], *file["drill"]["after_script"]]


@pytest.mark.parametrize("name", ["github.yml", "gitlab.yml"])
def test_the_runner_is_checked_first_and_the_rest_exists(name: str) -> None:
    first, *others = commands(name)
    assert first == "python3 -m drill.runner"
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    called = [re.fullmatch(r'make ([a-z]+) STACK="\$STACK"', command) for command in others]
    assert [match and match[1] for match in called] == ["drill", "down"]
    assert {"drill", "down"} <= targets


@pytest.mark.parametrize("name", ["github.yml", "gitlab.yml"])
def test_evidence_is_kept_and_no_state_is(name: str) -> None:
    text = (CI / name).read_text()
    assert ".eigenherd/drills/" in text
    assert not re.search(r"\.eigenherd/?\]?$|state|passphrase", text, re.MULTILINE)


def test_the_default_environment_of_ci_may_be_drilled() -> None:
    example: Any = yaml.safe_load((ROOT / "stacks/examples/sandbox.yaml").read_text())
    assert example["config"]["eigenherd:environment"]["drill"] == "allowed"
    assert "default: sandbox" in (CI / "github.yml").read_text()


def test_a_runner_says_what_it_lacks(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(runner, "memory_kib", lambda: 4 * 2**20)
    monkeypatch.setattr(runner, "PROBES", (("loop devices", ["false"], "run it privileged"),))
    assert runner.main() == 2
    said = capsys.readouterr().out
    assert "missing: loop devices: `false` exited 1 -> run it privileged" in said
    assert "missing: 8 GiB memory: 4.0 GiB" in said


def test_the_check_needs_no_package() -> None:
    done = subprocess.run([sys.executable, "-I", "-S", str(ROOT / "drill/runner.py")], capture_output=True, text=True)
    assert done.returncode in (0, 2) and "runner: it can" in done.stdout, done.stderr
