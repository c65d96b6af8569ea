"""What operations are going to ask, asked at once: one round trip instead of one a fact.

An operation's generator shows its next question when it is run up to there, as in a dry run. The
questions of all operations go to the machine together; with the answers the generators come further,
until nobody asks anything new. Answers are good until anything else happens on the machine: the first
command or upload that is not one of them ends them all, and from there on every fact is asked when it
is needed.
"""

import secrets
import shlex
from collections.abc import Callable, Iterable
from typing import Any

from pyinfra.api.command import StringCommand
from pyinfra.connectors.util import CommandOutput, OutputLine

Answer = tuple[bool, CommandOutput]
Operation = Callable[[], Iterable[object]]
Ask = Callable[..., Answer]

# No question has more steps than this; an operation that always asks something new is asked step by step.
ROUNDS = 8

# One after the other, each in a shell of its own. The mark is new each time, so no output looks like it.
SCRIPT = """\
{{ sh -c {command}; }} 2>/dev/null </dev/null
printf '\\n{mark} %s\\n' $?
"""


class Unasked(Exception):
    """A question was noted down: its answer comes later."""


class Question:
    """A command with everything that tells it from others: an operation's own commands show their output."""

    def __init__(self, command: str | StringCommand, arguments: dict[str, Any]) -> None:
        self.text = command if isinstance(command, str) else command.get_raw_value()
        self.arguments = arguments
        self.manner = repr(sorted(arguments.items()))

    @property
    def key(self) -> tuple[str, str]:
        return self.text, self.manner


class Foresight:
    """The answers for one machine."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], Answer] = {}
        self.asked: dict[tuple[str, str], Question] | None = None

    def foresee(self, operations: list[Operation], ask: Ask) -> None:
        """operations: their generators. ask: runs a command on the machine."""
        for _ in range(ROUNDS):
            operations, questions = self.questions(operations)
            if not questions:
                return
            for manner in {question.manner: None for question in questions}:
                self.learn([question for question in questions if question.manner == manner], ask)
            if all(question.key not in self.answers for question in questions):
                return

    def questions(self, operations: list[Operation]) -> tuple[list[Operation], list[Question]]:
        """The operations that have a question, and what they would ask next."""
        self.asked = {}
        asking = []
        try:
            for operation in operations:
                try:
                    next(iter(operation()), None)
                except Unasked:
                    asking.append(operation)
            return asking, list(self.asked.values())
        finally:
            self.asked = None

    def learn(self, questions: list[Question], ask: Ask) -> None:
        """One command for all of them. What fails is not an answer: asked for by itself, it gives its reason."""
        mark = secrets.token_hex(8)
        script = "".join(SCRIPT.format(command=shlex.quote(q.text), mark=mark) for q in questions)
        _, output = ask(StringCommand("sh"), **{**questions[0].arguments, "_stdin": script})
        lines: list[str] = []
        waiting = iter(questions)
        for line in output.stdout_lines:
            if not line.startswith(f"{mark} "):
                lines.append(line)
                continue
            question = next(waiting)
            if line == f"{mark} 0":
                self.answers[question.key] = True, CommandOutput([OutputLine("stdout", text) for text in whole(lines)])
            lines = []

    def answer(self, command: str | StringCommand, arguments: dict[str, Any]) -> Answer | None:
        """What is known already; None if the machine has to be asked, after which nothing is known any more."""
        question = Question(command, arguments)
        if found := self.answers.get(question.key):
            return found
        if self.asked is not None:
            self.asked[question.key] = question
            raise Unasked
        self.forget()
        return None

    def forget(self) -> None:
        self.answers.clear()


def whole(lines: list[str]) -> list[str]:
    """The output's lines. The line end before the mark makes an empty one of its own after a complete last line."""
    return lines[:-1] if lines and not lines[-1] else lines
