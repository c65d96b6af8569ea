"""A machine that answers from a table."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from verify.transport import Output

Answer = str | tuple[int, str] | Exception


@dataclass
class FakeShell:
    """answers: a pattern to what the first command that contains it prints; probes: their measurements by name."""

    answers: dict[str, Answer] = field(default_factory=dict)
    probes: dict[str, dict[str, object]] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    asked: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def run(self, command: str, *, root: bool = False, timeout_s: float = 30, stdin: bytes = b"") -> Output:
        self.commands.append(command)
        for pattern, answer in self.answers.items():
            if re.search(pattern, command):
                if isinstance(answer, Exception):
                    raise answer
                code, text = answer if isinstance(answer, tuple) else (0, answer)
                return Output(code, text, "" if code == 0 else text)
        return Output(127, "", f"not found: {command}")

    def probe(
        self,
        name: str,
        params: Mapping[str, object],
        *,
        python: str = "python3",
        root: bool = False,
        timeout_s: float = 60,
    ) -> dict[str, object]:
        self.asked.append((name, dict(params)))
        return self.probes[name]

    def drop(self) -> None:
        self.commands.append("drop")
