"""Questions asked together have the answers they have alone, and none outlives a change."""

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from pyinfra.api.command import StringCommand
from pyinfra.connectors.util import CommandOutput, OutputLine

from deploy.foresight import Answer, Foresight

FACT = {"_sudo": False, "_stdin": None, "print_output": False}
OPERATION = {**FACT, "print_output": True}


class Shell:
    """A machine: what it is asked runs here."""

    def __init__(self) -> None:
        self.foresight = Foresight()
        self.round_trips = 0

    def run(self, command: str | StringCommand, **arguments: Any) -> Answer:
        self.round_trips += 1
        text = command if isinstance(command, str) else command.get_raw_value()
        done = subprocess.run(["sh", "-c", text], input=arguments["_stdin"] or "", capture_output=True, text=True)
        lines = [OutputLine("stdout", line) for line in done.stdout.split("\n")]
        return done.returncode == 0, CommandOutput(lines[:-1] if lines[-1].line == "" else lines)

    def ask(self, command: str | StringCommand, arguments: dict[str, Any] = FACT) -> Answer:
        """As the connector does."""
        return self.foresight.answer(command, arguments) or self.run(command, **arguments)

    def lines(self, command: str) -> list[str]:
        done, output = self.ask(command)
        assert done
        return output.stdout_lines


@pytest.fixture
def machine() -> Shell:
    return Shell()


@pytest.mark.parametrize(
    "command",
    [
        "true",
        "echo one",
        "printf one",
        "printf 'one\\n\\n'",
        "echo; echo",
        "echo 'it''s'; cat",
        "echo out; echo err >&2",
    ],
)
def test_an_answer_is_the_one_it_has_alone(machine: Shell, command: str) -> None:
    alone = machine.lines(command)
    machine.foresight.foresee([lambda: iter([machine.ask(command)])], machine.run)
    asked = machine.round_trips
    assert machine.lines(command) == alone
    assert machine.round_trips == asked


def test_many_questions_are_one_round_trip_and_later_ones_one_more(machine: Shell) -> None:
    def operation(number: int) -> Iterator[None]:
        first = machine.lines(f"echo {number}")
        machine.lines(f"echo after {first}")
        yield

    operations = [lambda number=number: operation(number) for number in range(20)]  # type: ignore[misc]
    machine.foresight.foresee(operations, machine.run)
    assert machine.round_trips == 2
    for perform in operations:
        list(perform())
    assert machine.round_trips == 2


def test_what_fails_is_asked_by_itself_for_its_reason(machine: Shell) -> None:
    def operation() -> Iterator[Answer]:
        yield machine.ask("echo broken; exit 3")

    machine.foresight.foresee([operation], machine.run)
    asked = machine.round_trips
    assert [done for done, _ in operation()] == [False]
    assert machine.round_trips == asked + 1


def test_operations_come_no_further_than_their_first_change(machine: Shell) -> None:
    reached = []

    def operation() -> Iterator[str]:
        machine.lines("echo asked")
        yield "the change"
        reached.append("what comes after it")

    machine.foresight.foresee([operation], machine.run)
    assert not reached


def test_no_answer_outlives_a_change(machine: Shell, tmp_path: Any) -> None:
    file = tmp_path / "file"
    file.write_text("old\n")
    machine.foresight.foresee([lambda: iter([machine.lines(f"cat {file}")])], machine.run)
    assert machine.lines(f"cat {file}") == ["old"]
    machine.ask(StringCommand(f"echo new >{file}"), OPERATION)
    assert machine.lines(f"cat {file}") == ["new"]


def test_an_operations_own_command_is_run_even_if_a_fact_reads_the_same(machine: Shell) -> None:
    machine.foresight.foresee([lambda: iter([machine.lines("echo twice")])], machine.run)
    asked = machine.round_trips
    machine.ask(StringCommand("echo twice"), OPERATION)
    assert machine.round_trips == asked + 1
