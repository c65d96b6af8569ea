"""The fake for tests: as a process of its own, or, where nobody kills it, as a thread."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fakes.hcloud.server import Fake

ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Running:
    """endpoint: its address with /v1. folder: its books."""

    endpoint: str
    folder: Path
    process: subprocess.Popen[str] | None = None

    def order(self, **control: Any) -> None:
        """What control.json says from now on."""
        (self.folder / "control.json").write_text(json.dumps(control))

    def kill(self) -> None:
        """As a power cut would."""
        assert self.process
        self.process.kill()
        self.process.wait()

    def traffic(self) -> list[dict[str, Any]]:
        path = self.folder / "traffic.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@contextmanager
def running(folder: Path, port: int = 0) -> Iterator[Running]:
    command = [sys.executable, "-m", "tests.fakes.hcloud", "--books", str(folder), "--port", str(port)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield Running(process.stdout.readline().strip(), folder, process)
        finally:
            process.kill()


@contextmanager
def threaded(folder: Path) -> Iterator[Running]:
    with Fake(folder, 0) as fake:
        thread = threading.Thread(target=fake.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield Running(fake.endpoint, folder)
        finally:
            fake.shutdown()
            thread.join()
