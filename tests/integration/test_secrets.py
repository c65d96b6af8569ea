"""A stack's secrets are found nowhere in the clear: state, output, logs, reports, processes, uploads, crashes."""

import base64
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from plan.derive import derive
from plan.environment import load
from plan.machine import Handover
from stacks import ssh
from stacks.sandbox import scratch
from tests.checkouts import Checkout
from tests.integration.deployed import ROOT, Deployed, add_machine, with_client
from tests.integration.secret_search import Needles, Processes, found, in_files, needles

pytestmark = pytest.mark.machine

STACK = f"secrets-{os.getpid()}"
ASKED = {"machine": {"provider": "sandbox"}, "gpu": "none", "models": ["smollm2:135m"], "clients": ["demo"]}
LOUD = ("--debug", "--logtostderr", "--stack", STACK)
USER = """
id anna 2>/dev/null || useradd --create-home --shell /bin/bash anna
install -d -o anna -g anna -m 0700 /home/anna/.ssh
install -o anna -g anna -m 0600 /root/.ssh/authorized_keys /home/anna/.ssh/
echo 'anna ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/anna
"""
# Meant to hold secrets: 0600, in folders of 0700.
MEANT = {f"{STACK}/id_ed25519", f"{STACK}/headers/demo"}


@dataclass
class Life:
    """A stack from its first preview to its end, and everything it showed on the way."""

    wanted: Needles
    printed: dict[str, str]
    processes: Processes
    kept: dict[str, set[str]]
    modes: dict[str, tuple[int, int]]
    temporary: dict[str, set[str]]
    machine: bytes = b""
    files: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def life(layered: Checkout) -> Iterator[Life]:
    layered.environment(STACK, ASKED)
    printed = {}
    # Short, because sockets lie in it; everything that is left in it is searched.
    with pytest.MonkeyPatch.context() as patch, emptied() as temporary, Processes() as processes:
        patch.setenv("TMPDIR", str(temporary))
        layered.pulumi("stack", "init", STACK)
        printed["preview"] = layered.pulumi("preview", *LOUD)
        printed["up"] = layered.pulumi("up", "--yes", "--skip-preview", *LOUD)
        handover = layered.handover(STACK)
        wanted = needles(handover)
        printed["refresh"] = layered.pulumi("refresh", "--yes", "--skip-preview", *LOUD)
        for words in ("stack output --json", "stack export", "stack history --json", "stack graph /dev/stdout", "logs"):
            printed[words] = tolerated(layered, *words.split(), "--stack", STACK)
        printed["crash"] = crash(layered)
        kept = in_files(layered.path / ".eigenherd", wanted)
        files = [str(path) for path in (layered.path / ".eigenherd").rglob("*")]
        home = layered.path / ".eigenherd"
        modes = {name: (mode(home / name), mode((home / name).parent)) for name in MEANT}
        machine = logs_of(layered.path / ".eigenherd" / STACK / "ssh_config")
        printed["destroy"] = layered.pulumi("destroy", "--yes", "--skip-preview", *LOUD)
        kept |= in_files(layered.path / ".eigenherd", wanted)
        left = in_files(temporary, wanted)
    yield Life(wanted, printed, processes, kept, modes, left, machine, files)


@contextmanager
def emptied() -> Iterator[Path]:
    """A folder for temporary files, whose owners may take their own away first."""
    folder = Path(tempfile.mkdtemp(prefix="s."))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def logs_of(ssh_config: Path) -> bytes:
    """The machine's journal and log files, as they are."""
    look = "journalctl --all --output=export; find /var/log -type f -exec cat {} +"
    return subprocess.run(["ssh", "-F", ssh_config, "main", look], capture_output=True, check=True).stdout


def tolerated(checkout: Checkout, *arguments: str) -> str:
    """What the command prints, whether it succeeds or not."""
    command = ["pulumi", *arguments, "--non-interactive"]
    done = subprocess.run(
        command, cwd=checkout.path, env=checkout.variables(), capture_output=True, text=True, check=False, timeout=120
    )
    return done.stdout + done.stderr


def crash(checkout: Checkout) -> str:
    """An update whose provider raises with all it has in hand."""
    module = checkout.path / "stacks/dynamic/deployment.py"
    good = module.read_text()
    raised = "raise RuntimeError(repr(__import__('plan.machine').machine.Handover.parse(props['handover'])))"
    module.write_text(good.replace("        from uuid import uuid4\n", f"        {raised}\n"))
    template = checkout.path / "templates/etc/caddy/Caddyfile.j2"
    plain = template.read_text()
    template.write_text(f"# another digest\n{plain}")
    try:
        return checkout.pulumi("up", "--yes", "--skip-preview", *LOUD, ok=False)
    finally:
        module.write_text(good)
        template.write_text(plain)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_what_is_printed(life: Life) -> None:
    assert "RuntimeError" in life.printed["crash"] and "ca_certificate" in life.printed["crash"]
    assert "Deployment" in life.printed["stack export"] and "deployment" in life.printed["up"]
    assert {
        command: names for command, text in life.printed.items() if (names := found(text.encode(), life.wanted))
    } == {}


def test_state_backups_history_reports_and_temporary_files(life: Life) -> None:
    for part in ("state/.pulumi/stacks/", "state/.pulumi/backups/", "state/.pulumi/history/", "report.json", "junit"):
        assert any(part in path for path in life.files), f"nothing of {part} was searched"
    assert set(life.kept) == MEANT
    assert set(life.modes.values()) == {(0o600, 0o700)}
    assert life.temporary == {}


def test_processes_of_both_sides(life: Life) -> None:
    lines = [text for kind, text in life.processes.texts if kind == "cmdline"]
    for there in (b"-m\0deploy", b"-m\0verify", b"caddy\0run", b"llama_server.py"):
        assert any(there in line for line in lines), there
    assert life.processes.show(life.wanted) == set()


def test_journal_and_logs_of_the_machine(life: Life) -> None:
    assert b"_SYSTEMD_UNIT=caddy.service" in life.machine and b"sshd" in life.machine
    assert found(life.machine, life.wanted) == set()


def test_the_search_finds_what_is_planted(life: Life, tmp_path: Path) -> None:
    """The control: without it, nothing found would prove nothing."""
    for name, [word, *_] in life.wanted.items():
        (tmp_path / "log").write_bytes(b"x" * 7 + word)
        assert in_files(tmp_path, life.wanted) == {"log": {name}}
        assert found(base64.b64encode(b"so: " + word), {name: [base64.b64encode(b"\0" + word)[4:-4]]}) == {name}
        variables = {**os.environ, "PLANTED": word.decode()}
        with Processes() as processes:
            subprocess.run(["sh", "-c", "sleep 0.5; true", word], check=True)
            subprocess.run(["sleep", "0.5"], env=variables, check=True)
        assert processes.show(life.wanted) == {("cmdline", name), ("environ", name)}


@pytest.fixture(scope="module")
def deployed(layer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    stack = f"uploads-{os.getpid()}"
    try:
        yield add_machine(stack, tmp_path_factory.mktemp(stack), layer=layer)
    finally:
        scratch.remove(stack)


@contextmanager
def onlooker(deployed: Deployed, wanted: Needles) -> Iterator[dict[str, object]]:
    """Somebody without rights watches the machine meanwhile; what he has read is in the dictionary afterwards."""
    deployed.ssh("cat >/usr/local/lib/onlooker.py", text=(Path(__file__).parent / "onlooker.py").read_text())
    words = {name: [base64.b64encode(form).decode() for form in forms] for name, forms in wanted.items()}
    command = ["ssh", "-F", str(deployed.handover.ssh_config), "main", "python3 /usr/local/lib/onlooker.py"]
    told: dict[str, object] = {}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdin and watching.stdout
        watching.stdin.write(json.dumps({"words": words, "until": "/run/seen"}))
        watching.stdin.close()
        assert watching.stdout.readline() == "ready\n"
        try:
            yield told
        finally:
            deployed.ssh("touch /run/seen")
            told |= json.loads(watching.stdout.readline())
    deployed.ssh("rm /run/seen /usr/local/lib/onlooker.py")


@pytest.fixture
def of_somebody(deployed: Deployed, tmp_path: Path) -> Handover:
    """The same machine as one of somebody's own, who is not root: what he uploads waits in his name for sudo."""
    deployed.ssh(USER)
    identity = Path(deployed.handover.folder) / "id_ed25519"
    reached = {"provider": "existing", "address": deployed.record.ipv4, "user": "anna", "identity": str(identity)}
    plan = derive(load({**ASKED, "machine": {**reached, "host_key": deployed.record.host_key}}), deployed.record.stack)
    [machine] = deployed.handover.machines
    machine = machine.model_copy(update={"user": "anna", "sudo": True})
    (tmp_path / "ssh_config").write_text(ssh.config(machine, plan.machines[0], tmp_path, tmp_path))
    (tmp_path / "known_hosts").write_text(ssh.known_hosts(machine))
    return deployed.handover.model_copy(update={"plan": plan, "machines": (machine,), "folder": str(tmp_path)})


@pytest.mark.parametrize("whose", ["ours", "somebody's"])
def test_no_upload_is_open_to_others_at_any_moment(
    whose: str, deployed: Deployed, request: pytest.FixtureRequest
) -> None:
    handover = deployed.handover if whose == "ours" else request.getfixturevalue("of_somebody")
    handover = with_client(handover, f"client-{whose[0]}")
    wanted = needles(handover)
    with onlooker(deployed, wanted) as told:
        answer = deployed.deploy(handover=handover)
        assert answer.code == 0 and answer.summary["changed"] > 3, answer.text
    assert told["told"] == []
    assert isinstance(told["appeared"], int) and told["appeared"] > 3
    with onlooker(deployed, wanted) as control:
        leak = "cat > /srv/open; sleep 0.2; chmod 600 /srv/open; sleep 1; rm /srv/open"
        deployed.ssh(leak, text=handover.secrets.clients[f"client-{whose[0]}"])
    assert control["told"] == [[f"key of client-{whose[0]}", "/srv/open"]]


@pytest.mark.parametrize("room", ["deploy", "verify"])
@pytest.mark.parametrize("number", [signal.SIGABRT, signal.SIGSEGV], ids=lambda number: number.name)
def test_a_crash_gives_nothing_away(room: str, number: int, deployed: Deployed, tmp_path: Path) -> None:
    """Python's own report of the crash, and no core dump though the shell allows one."""
    pattern = Path("/proc/sys/kernel/core_pattern").read_text().strip()
    run = subprocess.Popen(
        [sys.executable, "-m", room],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONFAULTHANDLER": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)),
    )
    assert run.stdin and run.stdout
    run.stdin.write(deployed.handover.model_dump_json().encode())
    run.stdin.close()
    first = run.stdout.readline()
    assert first.startswith(b"main"), first
    run.send_signal(number)
    text = run.stdout.read()
    assert run.wait() == -number and b"Fatal Python error" in text, text
    assert found(first + text, needles(deployed.handover)) == set()
    assert not pattern.startswith("|") and list(tmp_path.iterdir()) == [], pattern
