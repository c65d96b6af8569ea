"""What a run prints: lines that start with the machine's name, and hold no secret."""

import logging
import re
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import gevent  # type: ignore[import-untyped]
from pyinfra.api.output import set_echo

from plan.machine import Handover

FIRST_SIGN_S = 3
LATER_SIGNS_S = 15
HIDDEN = "<secret>"

# Of all that commands print, this is progress; the rest is kept for the message of a failure.
PROGRESS = re.compile(
    r"^\[(?P<machine>[^]]+)\]\s*(?P<text>.*\d+ of \d+ (?:MiB|files compiled).*|.*; trying again|waiting for .*"
    r"|.*; removed, so that apt works again)"
)

# A line of PEM that is long enough to be key material.
PEM_LINE = re.compile(r"^[A-Za-z0-9+/=]{20,}$", re.MULTILINE)


class Display:
    """Prints, and remembers what pyinfra said about each machine, for the message of a failure."""

    def __init__(self, handover: Handover) -> None:
        secrets = handover.secrets
        texts = [secrets.ca_key, secrets.certificate_key, secrets.ssh_key]
        self.secrets = [*secrets.clients.values(), *PEM_LINE.findall("\n".join(texts))]
        self.said: dict[str, list[str]] = defaultdict(list)
        listener = Listener(self.said)
        logging.getLogger("pyinfra").addHandler(listener)
        logging.getLogger("pyinfra").propagate = False
        set_echo(self.echo)
        logging.getLogger("paramiko").setLevel(logging.CRITICAL)

    def clean(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, HIDDEN)
        return text

    def say(self, machine: str, text: str) -> None:
        for line in self.clean(text).splitlines():
            show(f"{machine}: {line}")

    def echo(self, message: str, **_: object) -> None:
        """pyinfra's output of commands, line by line as it comes."""
        if found := PROGRESS.match(message):
            self.say(found["machine"], found["text"])

    @contextmanager
    def watch(self, machine: str, operation: str) -> Iterator[None]:
        """Give signs of life while an operation takes long."""
        signs = gevent.spawn(self._signs, machine, operation)
        try:
            yield
        finally:
            signs.kill()

    def _signs(self, machine: str, operation: str) -> None:
        started = time.monotonic()
        gevent.sleep(FIRST_SIGN_S)
        self.say(machine, f"{operation} ...")
        while True:
            gevent.sleep(LATER_SIGNS_S)
            self.say(machine, f"{operation} ... {time.monotonic() - started:.0f} s")


def show(line: str) -> None:
    """Print; whoever started us may be gone, and the work is finished all the same."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        sys.stdout = open("/dev/null", "w")  # noqa: SIM115, PTH123 (for the rest of the process)


class Listener(logging.Handler):
    """Sorts pyinfra's log by machine: its lines start with `[machine]`."""

    def __init__(self, said: dict[str, list[str]]) -> None:
        super().__init__(logging.WARNING)
        self.said = said

    def emit(self, record: logging.LogRecord) -> None:
        found = re.match(r"\[(?P<machine>[^]]+)\]\s*(?P<text>.*)", record.getMessage(), re.DOTALL)
        if found and not found["text"].startswith("Error: executed "):
            self.said[found["machine"]].append(found["text"])
