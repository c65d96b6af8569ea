"""Figures are judged as shown, and every operation of the deployment has its like in both of the other ways."""

import inspect
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tools.bench import BenchError, ansible_tasks, measures, shell_script
from tools.bench.figure import Figure, Series, ratio, speed
from tools.bench.files import file_of
from tools.bench.measures import noop_up
from tools.bench.report import page, table
from tools.bench.steps import Step
from tools.bench.timing import alternate, run

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"

# The plan that is measured has an engine without archives and without a store of its own.
ELSEWHERE = {"archives.unpacked", "stores.made", "locked.repository"}
# Nor has it a GPU.
ELSEWHERE |= {f"driver.{name}" for name in ("no_failed_build", "driver_packages", "module_built", "in_initramfs")}
ELSEWHERE |= {"driver.device_files", "reboots.loaded", "holds.held", "holds.released"}
ELSEWHERE |= {"repositories.components", "repositories.repository_key", "gpu_gate.gate_is_open", "gpu_gate.no_gate"}
ELSEWHERE |= {"boot_menu.boot_menu", "boot_menu.no_boot_menu", "bundles.unpacked_bundle"}
ELSEWHERE |= {"units.known", "units.has_run", "units.gone"}
FILES = {"files.place", "files.write"}


def operations() -> set[str]:
    """Every operation that deploy/ has, as steps name them."""
    unmeasured = ("__main__.py", "remove.py")
    names = [path.relative_to(DEPLOY.parent) for path in DEPLOY.rglob("*.py") if path.name not in unmeasured]
    found = set()
    for name in names:
        if "@operation()" in (DEPLOY.parent / name).read_text():
            module = import_module(".".join(name.with_suffix("").parts))
            for function in vars(module).values():
                inner = getattr(function, "_inner", None)
                # A @deploy has an inner function too, but no word on whether it is idempotent.
                if hasattr(inner, "is_idempotent") and inspect.getmodule(inner) is module:
                    found.add(f"{name.stem}.{inner.__name__}")
    return found


def test_ansible_has_a_task_for_every_operation() -> None:
    assert "packages.packages" in operations()
    assert operations() - ELSEWHERE == {*ansible_tasks.OTHERS} - ELSEWHERE | FILES


def test_the_script_has_lines_for_every_operation_or_knows_why_not() -> None:
    known = {*shell_script.OTHERS, *shell_script.NOTHING, *FILES, "sshd.sshd_settings", "units.runs"}
    assert operations() - ELSEWHERE == known - ELSEWHERE


def test_a_script_holds_a_file_as_it_is() -> None:
    given = {"text": "a\n$b `c` \\d\n", "destination": "/etc/x y", "user": "root", "group": "caddy", "mode": "640"}
    step = Step("File", "files.write", given)
    written = shell_script.script([step, Step("Tools", "packages.packages", {"names": ["curl"]})])
    assert "install -D -o root -g caddy -m 640 /dev/stdin '/etc/x y' <<'END_OF_FILE" in written
    assert given["text"] in written and "install --no-install-recommends curl" in written
    assert (file := file_of(step)) and file.text == given["text"]


@pytest.mark.parametrize(("ours", "met"), [(1.304, True), (1.306, False)])
def test_a_ratio_is_judged_with_two_decimals(ours: float, met: bool) -> None:
    assert ratio("name", "what", Series("ours", (ours,)), Series("beside", (1.0,)), 1.3).met is met


def test_faster_is_the_others_time_over_ours() -> None:
    figure = speed("name", "what", Series("ours", (1.0, 2.0, 9.0)), Series("beside", (30.0, 18.0, 19.0)), 10)
    assert (figure.value, figure.met) == (9.5, False)
    shown: dict[str, Any] = figure.shown()
    assert shown["ours"] == {"what": "ours", "n": 3, "median": 2.0, "least": 1.0, "most": 9.0, "values": [1, 2, 9]}


def test_a_missed_goal_is_shown_as_missed_and_an_error_is_told() -> None:
    missed = ratio("slow", "slow : fast", Series("ours", (2.0,)), Series("beside", (1.0,)), 1.3)
    plain = Figure("plain", "how long", Series("ours", (2.0, 3.0)), None, "s", 2.5, "s")
    assert [row[-1] for row in table([missed, plain])] == ["MISSED", ""]
    conditions = {"versions": {}, "commit": "c", "when": "w", "cores": 2, "load_average_at_the_end": [0], "took_s": 1}
    written = page({"conditions": conditions, "errors": {"drill": "no disk"}}, [missed, plain])
    assert "MISSED" in written and "drill could not be measured: no disk" in written


def test_what_is_compared_runs_in_turns() -> None:
    order: list[str] = []
    series = alternate({"one": lambda: order.append("1"), "other": lambda: order.append("2")}, runs=3)
    assert "".join(order) == "12" * 4
    assert [(found.what, len(found.values)) for found in series] == [("one", 3), ("other", 3)]


def test_every_measurement_says_what_it_measures() -> None:
    assert len(measures.names()) >= 8
    for name in measures.names():
        module = measures.load(name)
        assert callable(module.measure) and (module.__doc__ or "").strip().endswith(".")


def test_a_settled_stack_is_measured() -> None:
    noop_up.unchanged("Resources:\n    12 unchanged\n\nDuration: 1s\n")


@pytest.mark.parametrize("change", ["    ~ 1 updated", "    + 2 created", "    +-1 replaced"])
def test_one_that_still_changes_is_not(change: str) -> None:
    with pytest.raises(BenchError, match="not settled"):
        noop_up.unchanged(f"Resources:\n{change}\n    11 unchanged\n")


def test_a_command_that_fails_is_shown_without_what_it_was_given() -> None:
    with pytest.raises(BenchError, match="no such stack") as raised:
        run(["sh", "-c", "echo no such stack >&2; exit 1"], stdin="a secret")
    assert "a secret" not in str(raised.value)
