"""What answers in the engine's place: always 503, with the reason, whatever it is sent."""

import asyncio
import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from types import ModuleType

import pytest

from tests.unit.deploy.gpu_machine import GpuMachine, program


@pytest.fixture
def responder() -> ModuleType:
    return program("gpu_responder")


@pytest.fixture
def machine(tmp_path: Path) -> GpuMachine:
    made = GpuMachine(tmp_path / "machine")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        made.wanted["port"] = probe.getsockname()[1]
    made.keeps("gate", ok=False, reason="no NVIDIA cards on the PCI bus")
    return made


@contextmanager
def serving(responder: ModuleType, machine: GpuMachine) -> Iterator[int]:
    loop = asyncio.new_event_loop()
    task = loop.create_task(responder.serve(machine.settings(), machine.root))
    thread = Thread(target=lambda: loop.run_until_complete(asyncio.wait([task])))
    thread.start()
    port = int(machine.wanted["port"])
    try:
        wait_until_open(port)
        yield port
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
        loop.close()


def wait_until_open(port: int) -> None:
    """A busy computer takes its time to start a thread."""
    end = time.monotonic() + 20
    while True:
        with socket.socket() as door:
            if door.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < end, "it does not listen"
        time.sleep(0.01)


def asked(port: int, method: str, path: str, body: bytes | None = None) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, body)
    return connection.getresponse()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/models", None),
        ("POST", "/v1/chat/completions", b'{"messages": [{"content": "secret words"}]}'),
        ("POST", "/v1/chat/completions", b"x" * 20_000_000),
        ("DELETE", "/anything?at=all", None),
    ],
    ids=["list", "question", "long question", "anything"],
)
def test_whatever_is_asked_the_answer_is_503_with_the_reason(
    responder: ModuleType,
    machine: GpuMachine,
    capsys: pytest.CaptureFixture[str],
    method: str,
    path: str,
    body: bytes | None,
) -> None:
    with serving(responder, machine) as port:
        answer = asked(port, method, path, body)
        error = json.load(answer)["error"]
    assert answer.status == 503 and answer.headers["Retry-After"] == "60"
    assert answer.headers["Content-Type"] == "application/json"
    assert error["code"] == "gpu_unavailable" and error["type"] == "server_error" and error["param"] is None
    assert "no NVIDIA cards on the PCI bus" in error["message"]
    said = "".join(capsys.readouterr())
    assert "secret" not in said and "/v1" not in said


def test_a_question_about_the_head_alone_has_no_body(responder: ModuleType, machine: GpuMachine) -> None:
    with serving(responder, machine) as port:
        answer = asked(port, "HEAD", "/")
        assert answer.status == 503 and answer.read() == b""


def test_nonsense_is_no_end_to_it(responder: ModuleType, machine: GpuMachine) -> None:
    with serving(responder, machine) as port:
        for sent in (b"", b"GET", b"x" * 200_000, b"\x00\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", port), timeout=20) as stranger:
                stranger.sendall(sent)
        assert asked(port, "GET", "/v1/models").status == 503


def test_who_sends_without_an_end_is_cut_off(
    responder: ModuleType, machine: GpuMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(responder, "DRAINED_BYTES", 100_000)
    monkeypatch.setattr(responder, "PATIENCE_S", 5)
    with serving(responder, machine) as port, socket.create_connection(("127.0.0.1", port), timeout=20) as endless:
        with pytest.raises(OSError):
            for _ in range(100_000):
                endless.sendall(b"POST / HTTP/1.1\r\n\r\n" + b"x" * 10_000)
        assert asked(port, "GET", "/v1/models").status == 503


def test_the_reason_is_that_of_the_moment(responder: ModuleType, machine: GpuMachine) -> None:
    states = machine.root / "run/eigenherd-gpu"
    assert responder.reason(states) == "no NVIDIA cards on the PCI bus"
    machine.keeps("gate", ok=True, reason="1 x RTX 4090")
    assert responder.reason(states) == responder.UNTOLD
    machine.keeps("watch", ok=False, reason="the engine does not compute on the card")
    assert responder.reason(states) == "the engine does not compute on the card"
    (states / "watch.json").write_text("{")
    assert responder.reason(states) == responder.UNTOLD
