"""`python -m deploy` on a real machine: exact, mended, undisturbing, exclusive, and undone."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy import engine, firewall, gateway, gpu_gate
from deploy.template import render
from plan.machine import Handover
from stacks.sandbox import scratch
from tests.integration.deployed import SNAPSHOT, Deployed, add_machine, plan_of, with_client
from tests.render.examples import handovers
from tools import mirror

pytestmark = pytest.mark.machine

STACK = f"test-deploy-{os.getpid()}"

# What somebody may do to a machine, and which operation sees and mends it.
DRIFT = {
    "nft delete chain inet eigenherd output": "Firewall | Live rules are these and no others",
    "echo >>/etc/caddy/clients.caddy": "Gateway | Clients",
    "chmod 644 /etc/caddy/tls/*.key": "Gateway | Certificate",
    "systemctl disable --quiet caddy": "Gateway | Caddy runs",
    "curl -sf0 -H Host: --unix-socket /run/caddy/admin.sock -X DELETE http://x/config/logging": (
        "Gateway | Caddy runs this configuration"
    ),
    "systemctl stop eigenherd-engine": "Engine | Runs",
    "rm -r /opt/eigenherd/torch/lib/python3*/site-packages/xllamacpp-*.dist-info": "Python | torch {version}",
    "rm /etc/ssh/sshd_config.d/00-eigenherd.conf": "SSH server | Keys only",
    "systemctl stop apt-daily-upgrade.timer": "Security updates | apt-daily-upgrade.timer runs",
}


# What is promised of systemd-analyze security, in tenths: the templates name what a unit is not closed to, and why.
ENGINE, OTHERS = 30, 20
DEVICES = ("cpu", "cuda")


# Makes an installation last: it is stopped when it has begun, and goes on after a while.
HOLD_UP = "until pkill -STOP -f [e]nsurepip; do sleep 0.02; done; sleep 15; pkill -CONT -f [e]nsurepip"


EXAMPLES = handovers()
UNPACK = """
import json, pathlib, sys
for name, text in json.load(sys.stdin).items():
    path = pathlib.Path(sys.argv[1] + name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
"""


def files_of(handover: Handover) -> dict[str, str]:
    """What the tools are given, by path; units and rules carry the machine's name."""
    files = {
        f"{gateway.FOLDER}/Caddyfile": render(f"{gateway.FOLDER}/Caddyfile", gateway.values(handover)),
        f"{gateway.FOLDER}/clients.caddy": render(f"{gateway.FOLDER}/clients.caddy", gateway.clients(handover)),
        **dict(gateway.pair(handover)),
    }
    for machine in handover.machines:
        files[f"/{machine.name}.nft"] = render(firewall.RULES, firewall.ruleset(handover, machine, 22))
        if "engine" in handover.planned(machine).roles and handover.plan.models:
            unit = engine.unit_values(handover, machine)
            files |= {f"/{machine.name}-{on}.service": render(engine.FILE, {**unit, "device": on}) for on in DEVICES}
            gate = gpu_gate.unit_values(handover, machine)
            files |= {f"/{machine.name}-{name}": render(f"{gpu_gate.UNITS}/{name}", gate) for name in gpu_gate.STARTED}
    return files


@pytest.fixture(scope="module")
def before() -> dict[str, str]:
    """How the machine was; filled when it is made."""
    return {}


@pytest.fixture(scope="module")
def deployed(before: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    try:
        mirror.fill(plan_of(STACK))
        machine = add_machine(STACK, tmp_path_factory.mktemp("stack"))
        before["snapshot"] = machine.ssh(SNAPSHOT)
        first = machine.deploy()
        assert first.code == 0, first.text
        assert all(line.startswith(("main: ", "{")) for line in first.text.splitlines())
        yield machine
    finally:
        scratch.remove(STACK)


def process(deployed: Deployed, unit: str) -> str:
    return deployed.ssh(f"systemctl show --property MainPID --value {unit}")


def test_a_second_run_changes_nothing(deployed: Deployed) -> None:
    assert deployed.deploy().summary["changed"] == 0
    assert deployed.differences() == []


def test_secrets_lie_where_only_the_gateway_reads_them(deployed: Deployed) -> None:
    keys = "|".join([*deployed.handover.secrets.clients.values(), "BEGIN PRIVATE KEY"])
    found = deployed.ssh(f"grep -rlE '{keys}' /etc /opt /var /run /tmp /root 2>/dev/null || true").splitlines()
    own = [path for path in found if path.startswith(("/etc/caddy/", "/run/caddy/", "/var/lib/caddy/"))]
    assert [path for path in found if path not in own and not path.startswith("/etc/ssl/private/")] == []
    for path in own:
        assert deployed.ssh(f"runuser -u nobody -- cat {path} >/dev/null 2>&1 && echo open || echo closed") == "closed"
    assert deployed.ssh("runuser -u eigenherd-engine -- curl -s --unix-socket /run/caddy/admin.sock x || true") == ""


def test_drift_is_seen_and_mended(deployed: Deployed) -> None:
    for change in DRIFT:
        deployed.ssh(change)
    seen = deployed.differences()
    version = deployed.handover.plan.torch.version
    assert set(seen) == {operation.format(version=version) for operation in DRIFT.values()}
    mended = deployed.deploy()
    assert mended.code == 0, mended.text
    assert deployed.differences() == []


def test_a_new_client_disturbs_nobody(deployed: Deployed, tmp_path: Path) -> None:
    """The stream is at work before and after the reload, and the engine is the same process."""
    engine, gateway = process(deployed, "eigenherd-engine"), process(deployed, "caddy")
    body = {"model": "smollm2:135m", "stream": True, "max_tokens": 800, "ignore_eos": True}
    body |= {"messages": [{"role": "user", "content": "Tell a very long story."}]}
    said = tmp_path / "stream"
    options = ["-N", "-o", str(said), "-H", "Content-Type: application/json", "-d", json.dumps(body)]
    stream = subprocess.Popen(deployed.curl("demo", "/chat/completions", *options))
    while not said.exists() or not said.read_text().startswith("data: "):
        assert stream.poll() is None, "no stream"
        time.sleep(0.05)
    more = with_client(deployed.handover, "anna")
    answer = deployed.deploy(handover=more)
    assert answer.summary["changed"] == 2, answer.text
    assert stream.poll() is None, "the stream ended before the reload could have broken it"
    assert deployed.ask("anna", "/models", handover=more).endswith("\n200")
    assert stream.wait(timeout=180) == 0 and said.read_text().rstrip().endswith("data: [DONE]")
    assert (process(deployed, "eigenherd-engine"), process(deployed, "caddy")) == (engine, gateway)
    deployed.deploy()
    assert deployed.ask("anna", "/models", handover=more).endswith("\n401")


def test_a_company_s_own_certificate_is_served(deployed: Deployed, tmp_path: Path) -> None:
    host = deployed.handover.host
    pair = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subject = ["-subj", f"/CN={host}", "-addext", f"subjectAltName=IP:{host}"]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", *subject]
    subprocess.run([*command, "-out", pair[0], "-keyout", pair[1]], check=True, capture_output=True)
    certificate, key = (path.read_text() for path in pair)
    plan = deployed.handover.plan
    served = plan.gateway.model_copy(update={"tls": "files", "files": tuple(map(str, pair))})
    secrets = {"ca_certificate": "", "ca_key": "", "certificate": certificate, "certificate_key": key}
    own = deployed.handover.model_copy(
        update={
            "plan": plan.model_copy(update={"gateway": served}),
            "secrets": deployed.handover.secrets.model_copy(update=secrets),
        }
    )
    answer = deployed.deploy(handover=own)
    assert answer.code == 0, answer.text
    assert len(deployed.ssh("ls -A /etc/caddy/tls").split()) == 2, "the CA's key is gone with its certificate"
    asked = deployed.curl("demo", "/models", "--cacert", str(pair[0]), "-w", "\n%{http_code}")
    assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout.endswith("\n200")
    deployed.deploy()
    assert subprocess.run(asked, capture_output=True, text=True, check=False).returncode == 60, "the old CA is back"
    assert deployed.ask("demo", "/models").endswith("\n200")


def test_what_cannot_be_done_is_named(deployed: Deployed) -> None:
    [model] = deployed.handover.plan.models
    wrong = model.model_copy(update={"artifact": model.artifact.model_copy(update={"sha256": "0" * 64})})
    plan = deployed.handover.plan.model_copy(update={"models": (wrong,)})
    answer = deployed.deploy(handover=deployed.handover.model_copy(update={"plan": plan}))
    assert answer.code == 1
    assert "main: FAILED: Engine | Models | Model smollm2:135m" in answer.text
    assert model.artifact.sha256 in answer.summary["reason"]
    assert deployed.deploy().code == 0


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_file_pleases_its_own_tool(deployed: Deployed, example: str) -> None:
    """caddy, nft and systemd of the machine judge what is rendered for every example environment."""
    folder = f"/run/rendered/{example}"
    deployed.ssh(f"python3 -c '{UNPACK}' {folder}", text=json.dumps(files_of(EXAMPLES[example])))
    deployed.ssh(f"sed -i s,/etc/caddy/,{folder}/etc/caddy/,g {folder}/etc/caddy/Caddyfile && chown -R caddy {folder}")
    deployed.ssh(f"runuser -u caddy -- caddy validate --config {folder}/etc/caddy/Caddyfile")
    deployed.ssh(f"for file in {folder}/*.nft; do unshare --net nft --check --file $file || exit 1; done")
    deployed.ssh(f"cd {folder} && ls *.service | xargs -r systemd-analyze security --offline=true --threshold={ENGINE}")


def test_the_units_are_well_formed_and_closed(deployed: Deployed) -> None:
    units = "eigenherd-engine.service caddy.service"
    complaints = deployed.ssh(f"systemd-analyze verify eigenherd-firewall.service {units} 2>&1 || true")
    assert [line for line in complaints.splitlines() if "eigenherd" in line] == []
    deployed.ssh(f"systemd-analyze security --threshold={ENGINE} eigenherd-engine.service")
    deployed.ssh(f"systemd-analyze security --threshold={OTHERS} caddy.service eigenherd-firewall.service")


def test_the_next_run_waits_for_what_a_killed_one_left_at_work(deployed: Deployed) -> None:
    deployed.ssh("rm -r /opt/eigenherd/torch/lib/python3*/site-packages/xllamacpp-*.dist-info")
    deployed.ssh(f"systemd-run --quiet sh -c '{HOLD_UP}'")
    killed = deployed.start()
    assert killed.stdout
    while "Python | torch" not in (line := killed.stdout.readline()):
        assert line, "the run ended before its long operation"
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    after = deployed.deploy()
    assert "waiting for what an interrupted run left at work there" in after.text
    assert after.code == 0 and "Python | torch" not in after.text, after.text


def test_a_removal_leaves_what_was_there(deployed: Deployed, before: dict[str, str]) -> None:
    removed = deployed.deploy("--remove")
    assert removed.code == 0, removed.text
    was, now = (set(text.splitlines()) for text in (before["snapshot"], deployed.ssh(SNAPSHOT)))
    assert (was - now, now - was) == (set(), set())
    assert deployed.deploy("--remove").summary["changed"] == 0
