"""Probes that can run here, on this computer's own processes, files and ports."""

import gzip
import hashlib
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from verify.probes import admin_doors, loaded_models, log_search, model_files, port_owner, ready, unit_processes
from verify.transport import PROBES

WORDS = {"key": b"eh-0123456789abcdef"}


@pytest.mark.parametrize("offset", [0, 5, (1 << 22) - 7, 1 << 22, (1 << 22) + 3])
def test_a_word_is_found_across_blocks(offset: int) -> None:
    data = b"x" * offset + WORDS["key"] + b"tail"
    assert log_search.occurrences(io.BytesIO(data), WORDS) == ({"key"}, len(data))
    assert log_search.occurrences(io.BytesIO(data.replace(b"9", b"8")), WORDS)[0] == set()


def test_compressed_logs_are_searched(tmp_path: Path) -> None:
    path = tmp_path / "access.log.1.gz"
    path.write_bytes(gzip.compress(b"before " + WORDS["key"]))
    assert log_search.in_file(path, WORDS)[0] == {"key"}


def test_a_word_in_arguments_is_found_with_the_process_name() -> None:
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", "print(flush=True); input()", WORDS["key"].decode()]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as process:
        try:
            assert process.stdout and process.stdout.readline()  # before that its arguments may not be there yet
            places = [place for place, labels in log_search.in_processes(WORDS) if labels]
        finally:
            process.kill()
    assert any(place.startswith("cmdline of ") for place in places)


def test_a_word_in_an_environment_is_found() -> None:
    environment = {**os.environ, "KEY": WORDS["key"].decode()}
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", "print(flush=True); input()"]
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe) as process:
        try:
            assert process.stdout and process.stdout.readline()
            places = [place for place, labels in log_search.in_processes(WORDS) if labels]
        finally:
            process.kill()
    assert any(place.startswith("environ of python") for place in places)


def test_sums_and_open_models(tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    path.write_bytes(b"GGUF" * 1000)
    assert model_files.sha256(path) == hashlib.sha256(b"GGUF" * 1000).hexdigest()
    with path.open("rb"):
        assert model_files.open_models(Path("/proc/self")) == {str(path)}
    assert model_files.open_models(Path("/proc/self")) == set()


def test_a_processs_unit_is_told_by_its_cgroup(tmp_path: Path) -> None:
    (tmp_path / "cgroup").write_text("1:name=systemd:/system.slice/eigenherd-engine.service\n0::/\n")
    assert unit_processes.belongs(tmp_path, "eigenherd-engine.service")
    assert not unit_processes.belongs(tmp_path, "engine.service")
    (tmp_path / "cgroup").write_text("0::/system.slice/eigenherd-engine.service/runner\n")
    assert unit_processes.belongs(tmp_path, "eigenherd-engine.service")


def test_unix_and_tcp_doors(tmp_path: Path) -> None:
    path = str(tmp_path / "admin.sock")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(path)
        door.listen()
        assert admin_doors.attempts([path])[f"unix {path}"]
    assert not admin_doors.attempts([path])[f"unix {path}"]


@pytest.mark.parametrize("status", [200, 503])
def test_ready_waits_for_200(status: int) -> None:
    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        port = int(server.server_address[1])
        assert ready.status("127.0.0.1", port, "/") == status
        asked = {"address": "127.0.0.1", "port": port, "path": "/", "timeout_s": 0.5}
        done = subprocess.run(
            [sys.executable, str(PROBES / "ready.py")], input=json.dumps(asked), capture_output=True, text=True
        )
        server.shutdown()
    assert json.loads(done.stdout)["ready"] is (status == 200)
    assert ready.status("127.0.0.1", 1, "/") is None


def test_what_an_ollama_has_loaded_is_read_from_its_list() -> None:
    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"models": [{"name": "tiny:1m", "size": 9, "size_vram": 7}]}).encode())

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        found = loaded_models.loaded("127.0.0.1", int(server.server_address[1]))
        server.shutdown()
    assert found == [{"name": "tiny:1m", "size": 9, "size_vram": 7}]


def test_whoever_listens_for_a_program_of_his_own_runs_its_code(tmp_path: Path) -> None:
    """A relay has its engine behind it; one without has none."""
    program = tmp_path / "engine"
    shutil.copy("/bin/cat", program)
    # Its echo says that it runs: started, it may not be in memory yet.
    script = (
        "import subprocess, sys; engine = subprocess.Popen(sys.argv[1:], stdin=-1, stdout=-1, bufsize=0);"
        " engine.stdin.write(b'.'); engine.stdout.read(1); print(flush=True); input(); engine.kill()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as relay:
        assert relay.stdin and relay.stdout and relay.stdout.readline()
        found = port_owner.look(str(relay.pid), "no.service", tmp_path)
        relay.stdin.write(b"\n")
    assert found["planned"] == [str(program)] and not found["in_unit"]
    assert port_owner.look(str(os.getpid()), "no.service", tmp_path)["planned"] == []
