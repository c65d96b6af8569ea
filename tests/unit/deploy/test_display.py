"""What a run prints starts with the machine's name, and holds no secret."""

import logging

import pytest

from deploy.display import HIDDEN, Display
from tests.render.examples import handovers

HANDOVER = handovers()["sandbox"]


@pytest.fixture
def display() -> Display:
    return Display(HANDOVER)


def test_every_line_starts_with_the_machine(display: Display, capsys: pytest.CaptureFixture[str]) -> None:
    display.say("one", "first\nsecond")
    assert capsys.readouterr().out == "one: first\none: second\n"


def test_no_secret_is_printed(display: Display) -> None:
    secrets = HANDOVER.secrets
    said = display.clean(f"{secrets.ca_key} map line 3: Bearer {secrets.clients['demo']} unexpected")
    assert secrets.clients["demo"] not in said
    assert not any(line in said for line in secrets.ca_key.splitlines()[1:-1])
    assert f"Bearer {HIDDEN} unexpected" in said


def test_progress_of_commands_is_shown_and_their_chatter_is_not(
    display: Display, capsys: pytest.CaptureFixture[str]
) -> None:
    display.echo("[one] model.gguf: 12 of 92 MiB, 30 MiB/s")
    display.echo("[one] llama.cpp: 12 of 356 files compiled, 3 minutes")
    display.echo("[one] Reading package lists...")
    display.echo("[one] [12/356] Building CUDA object fattn.cu.o")
    assert capsys.readouterr().out == (
        "one: model.gguf: 12 of 92 MiB, 30 MiB/s\none: llama.cpp: 12 of 356 files compiled, 3 minutes\n"
    )


def test_what_pyinfra_says_is_kept_by_machine(display: Display) -> None:
    logging.getLogger("pyinfra").error("[one] Command socket/SSH error: EOFError()")
    logging.getLogger("pyinfra").error("[one] Error: executed 0 commands")
    assert display.said == {"one": ["Command socket/SSH error: EOFError()"]}
