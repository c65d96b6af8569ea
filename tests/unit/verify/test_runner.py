"""Order, deadlines, needs and outcomes of a run; verdicts; nothing secret leaves."""

import threading
import time
from collections.abc import Callable

import pytest

from tests.unit.verify.fake_shell import FakeShell
from tests.unit.verify.fake_stack import CARD, KEYS, handover, machine_plan, plan
from verify.agenda import depths_of, selected, waves
from verify.check import (
    Check,
    CheckFailed,
    CouldNotTell,
    DeadlineExceeded,
    Finding,
    Outcome,
    Result,
    check,
    failed,
    passed,
)
from verify.gateway import Gateway
from verify.registry import all_checks
from verify.runner import Runner
from verify.target import Target
from verify.verdict import reason, sentence, verdict


def made(name: str, run: Callable[[Target], Finding] = lambda _: passed("yes"), **options: object) -> Check:
    facts: dict[str, object] = {"stage": "watch", "part": "system", "severity": "critical", "source": "test"}
    run.__name__ = name
    run.__doc__ = f"{name} holds."
    return check(**(facts | options))(run)  # type: ignore[arg-type]


def results_of(*checks: Check, two_machines: bool = False) -> list[Result]:
    machines = [
        machine_plan({"name": "door", "roles": ("gateway",)}),
        machine_plan({"name": "oven", "roles": ("engine",)}),
    ]
    given = handover(plan({"machines": tuple(machines)} if two_machines else {}))
    hosts = {machine.name: FakeShell() for machine in given.machines}
    said: list[Result] = []
    results = Runner(given, hosts, Gateway(given), said.append).run(waves(checks, given))
    assert said == results
    return results


def raising(error: Exception) -> Callable[[Target], Finding]:
    def run(_: Target) -> Finding:
        raise error

    return run


@pytest.mark.parametrize(
    ("run", "outcome"),
    [
        (lambda _: passed("yes"), "passed"),
        (lambda _: failed("yes", "no", "mend it"), "failed"),
        (raising(CheckFailed("yes", "no", "mend it")), "failed"),
        (raising(CouldNotTell("yes", "nothing", "look")), "error"),
        (raising(DeadlineExceeded("probe x", 3)), "failed"),
        (raising(ZeroDivisionError("oops")), "error"),
    ],
)
def test_every_end_of_a_check_is_a_result(run: Callable[[Target], Finding], outcome: Outcome) -> None:
    (result,) = results_of(made("one", run))
    assert result.outcome == outcome
    assert result.text == "one holds." and result.bound_source == "test" and result.at
    assert outcome == "passed" or (result.wanted and result.found and result.todo)


def test_a_check_that_hangs_fails_by_name_and_holds_nobody_up() -> None:
    started = time.monotonic()

    def hang(_: Target) -> Finding:
        time.sleep(20)
        return passed("late")

    hung, quick = results_of(made("hang", hang, timeout_s=0.2), made("quick", needs=("hang",)))
    assert hung.outcome == "failed" and "check hang" in hung.wanted
    assert quick.outcome == "not_run"
    assert time.monotonic() - started < 5


def test_without_what_it_needs_a_check_is_not_run() -> None:
    results = {r.check: r for r in results_of(made("b", needs=("a",)), made("a", raising(CheckFailed("x", "y", "z"))))}
    assert results["b"].outcome == "not_run" and "a" in results["b"].todo
    assert results_of(made("b", needs=("not_asked",)))[0].outcome == "passed"


def test_a_gpu_check_without_gpu_is_skipped_with_the_reason() -> None:
    (result,) = results_of(made("card", raising(AssertionError("asked")), gpu=True))
    assert (result.outcome, result.measured) == ("skipped", "no GPU in the plan")


def test_subjects() -> None:
    subjects = {"every": "machine", "door": "gateway", "oven": "engine", "model": "model"}
    results = results_of(*(made(n, subject=s) for n, s in subjects.items()), two_machines=True)
    assert sorted((r.check, r.machine, r.model) for r in results) == [
        ("door", "door", ""),
        ("every", "door", ""),
        ("every", "oven", ""),
        ("model", "door", "tiny:1m"),
        ("oven", "oven", ""),
    ]


def test_what_disturbs_the_stack_runs_alone_and_machines_run_side_by_side() -> None:
    meeting = {"nobody": threading.Barrier(4), "machine": threading.Barrier(2), "stack": threading.Barrier(1)}
    running: list[str] = []

    def watched(name: str, kind: str) -> Check:
        def run(_: Target) -> Finding:
            running.append(name)
            meeting[kind].wait(10)  # nobody comes on before all that may run together are there
            alone = kind != "stack" or running == [name]
            time.sleep(0.02)
            running.remove(name)
            return passed("yes") if alone else failed("alone", str(running), "wait")

        return made(name, run, disturbs=kind)

    kinds = {"quiet1": "nobody", "quiet2": "nobody", "heavy": "machine", "alone1": "stack", "alone2": "stack"}
    results = results_of(*(watched(name, kind) for name, kind in kinds.items()), two_machines=True)
    assert {result.outcome for result in results} == {"passed"}, results


def test_disruptive_checks_come_last() -> None:
    checks = [made("off", stage="disruptive", disturbs="stack"), made("z", needs=("a",)), made("a")]
    assert [result.check for result in results_of(*checks)] == ["a", "z", "off"]


def test_what_one_machine_lacks_is_no_reason_on_another() -> None:
    def only_the_door(target: Target) -> Finding:
        return passed("yes") if target.machine.name == "door" else failed("yes", "no", "mend it")

    results = results_of(made("a", only_the_door), made("b", needs=("a",)), two_machines=True)
    assert {result.machine: result.outcome for result in results if result.check == "b"} == {
        "door": "passed",
        "oven": "not_run",
    }


def test_needs_in_a_circle_are_refused() -> None:
    with pytest.raises(ValueError, match="need each other"):
        depths_of([made("a", needs=("b",)), made("b", needs=("a",))])


def test_a_new_client_is_no_load_test() -> None:
    names = {c.name for c in selected(all_checks(), "full", ("clients",))}
    assert {"auth_accepted", "auth_refused", "keys_unseen"} <= names
    assert not names & {"users", "cancel", "torch_exact", "non_degenerate"}
    assert {c.stage for c in selected(all_checks(), "watch")} == {"watch"}
    assert {c.stage for c in selected(all_checks(), "preflight")} == {"preflight"}
    assert "reboot" not in {c.name for c in selected(all_checks(), "full")}
    assert "reboot" in {c.name for c in selected(all_checks(), "disruptive")}


def test_no_secret_is_in_a_result() -> None:
    key, given = KEYS["anna"], handover()
    line = given.secrets.ca_key.splitlines()[1]

    def careless(_: Target) -> Finding:
        return failed(f"not {key}", f"found {key}", line, evidence={key: [key, {"x": line}]})

    def broken(_: Target) -> Finding:
        raise RuntimeError(f"Bearer {key}")

    text = "".join(result.model_dump_json() for result in results_of(made("a", careless), made("b", broken)))
    assert key not in text and line not in text and "[redacted]" in text


CRITICAL, WARNING = "critical", "warning"


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([(CRITICAL, "passed"), (CRITICAL, "skipped")], "passed"),
        ([(CRITICAL, "passed"), (WARNING, "failed"), (WARNING, "unsupported")], "passed"),
        ([(CRITICAL, "failed"), (CRITICAL, "error")], "failed"),
        ([(CRITICAL, "passed"), (CRITICAL, "error")], "error"),
        ([(CRITICAL, "unsupported")], "error"),
        ([(CRITICAL, "not_run")], "error"),
        ([], "error"),
    ],
)
def test_verdict(outcomes: list[tuple[str, Outcome]], expected: str) -> None:
    checks = [
        made(f"c{i}", lambda _, o=outcome: Finding(outcome=o, wanted="x", found="y", todo="z"), severity=severity)  # type: ignore[misc]
        for i, (severity, outcome) in enumerate(outcomes)
    ]
    results = results_of(*checks) if checks else []
    assert verdict(results, plan()) == expected
    assert bool(reason(results, plan())) == (expected != "passed")
    # Whatever is said of a simulated card, it is never `passed`.
    pretended = plan({"machines": (machine_plan({"gpu": SIMULATED}),)})
    assert verdict(results, pretended) == ("simulated" if expected == "passed" else expected)


SIMULATED = CARD.model_copy(update={"simulated": True})


def test_on_a_simulated_card_nothing_of_cards_passes_and_silicon_is_not_asked() -> None:
    given = handover(plan({"machines": (machine_plan({"gpu": SIMULATED}),)}))
    checks = [made("a", gpu=True), made("b", part="torch"), made("c", part="driver"), made("d", silicon=True, gpu=True)]
    hosts = {machine.name: FakeShell() for machine in given.machines}
    runs = waves([*checks, made("e"), made("f", needs=("a",))], given)
    results = Runner(given, hosts, Gateway(given), lambda _: None).run(runs)
    outcomes = {result.check: result.outcome for result in results}
    simulated = dict.fromkeys("abc", "simulated")
    assert outcomes == simulated | {"d": "skipped", "e": "passed", "f": "passed"}
    said = sentence(results, given.plan, "full")
    assert said.startswith("paper works, SIMULATED: no GPU was tested: 2 of 6 checks passed; 3 simulated; 1 skipped")
    assert "SIMULATED" in sentence(results, given.plan, "preflight")
    assert "passed" not in {result.outcome for result in results if result.check in "abc"}


def test_every_check_of_a_card_is_one_that_must_be_believed() -> None:
    assert all(check.of_cards for check in all_checks() if check.gpu)
    assert all(check.gpu for check in all_checks() if check.silicon)


def test_the_sentence_says_cpu_only_and_why_something_was_skipped() -> None:
    results = results_of(made("a"), made("card", gpu=True))
    text = sentence(results, plan(), "full")
    assert text == "paper works, on CPU only (no GPU in the plan): 1 of 2 checks passed; 1 skipped: no GPU in the plan"
    assert sentence(results, plan(), "preflight").startswith("paper is ready: ")
