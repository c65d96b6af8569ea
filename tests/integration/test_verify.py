"""`python -m verify` on a real machine: it passes, and every fault that somebody may cause turns its check red."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from stacks.sandbox import scratch
from tests.integration.deployed import ROOT, Answer, Deployed, add_machine
from tools import mirror
from verify.check import CheckFailed, CouldNotTell, DeadlineExceeded
from verify.gateway import Gateway
from verify.registry import all_checks
from verify.target import Target
from verify.transport import Ssh

pytestmark = pytest.mark.machine

STACK = f"test-verify-{os.getpid()}"
CADDYFILE = "/etc/caddy/Caddyfile"
RESTORE = f"mv {CADDYFILE}.good {CADDYFILE}; systemctl reload caddy"


class Fault(NamedTuple):
    """do: what goes wrong; undo: how it is mended; check: what has to see it. `{key}` comes on standard input."""

    do: str
    undo: str
    check: str
    text: str = ""


def edited(expression: str) -> str:
    """The gateway with another configuration."""
    return f"cp -a {CADDYFILE} {CADDYFILE}.good; sed -i '{expression}' {CADDYFILE}; systemctl reload caddy"


MODEL = "/var/lib/eigenherd/models/*.gguf"
FAULTS = {
    "rules gone": Fault("nft delete table inet eigenherd", "systemctl restart eigenherd-firewall", "firewall"),
    "a rule too many": Fault(
        "nft insert rule inet eigenherd input tcp dport 443 accept", "systemctl restart eigenherd-firewall", "firewall"
    ),
    "another server, open": Fault(
        "nft delete table inet eigenherd; systemd-run -q --unit=stray python3 -m http.server 11434 --bind ::",
        "systemctl stop stray; systemctl restart eigenherd-firewall",
        "ports_closed",
    ),
    "the engine's port on every address": Fault(
        "systemctl stop eigenherd-engine; systemd-run -q --unit=stray python3 -m http.server 8100 --bind 0.0.0.0",
        "systemctl stop stray; systemctl start eigenherd-engine",
        "listeners",
    ),
    "passwords": Fault(
        "sed -i '1i PasswordAuthentication yes' /etc/ssh/sshd_config", "sed -i 1d /etc/ssh/sshd_config", "sshd"
    ),
    "key in a log": Fault("cat >/var/log/oops.log", "rm /var/log/oops.log", "keys_unseen", "Bearer {key}"),
    "key in arguments": Fault(
        "read key; setsid -f sh -c 'echo $$ >/run/stray; sleep 1000; true' \"$key\" </dev/null >/dev/null 2>&1",
        "kill -- -$(cat /run/stray)",
        "keys_unseen",
        "{key}\n",
    ),
    "admin API open": Fault(
        "chmod 755 /run/caddy; chmod 777 /run/caddy/admin.sock",
        "chmod 750 /run/caddy; chmod 600 /run/caddy/admin.sock",
        "admin_closed",
    ),
    "one byte of the model": Fault(
        f"cp -a {MODEL} /root/good; printf X | dd of=$(echo {MODEL}) bs=1 seek=5000000 conv=notrunc status=none",
        f"cat /root/good >$(echo {MODEL}); rm /root/good",
        "model_identity",
    ),
    "gateway not enabled": Fault("systemctl disable -q caddy", "systemctl enable -q caddy", "services"),
    "no updates": Fault(
        "systemctl disable -q apt-daily-upgrade.timer", "systemctl enable -q apt-daily-upgrade.timer", "updates"
    ),
    "a unit failed": Fault(
        "systemd-run -q --unit=stray false; sleep 1", "systemctl reset-failed stray", "failed_units"
    ),
    "the engine's user has a shell": Fault(
        "usermod -s /bin/bash eigenherd-engine", "usermod -s /usr/sbin/nologin eigenherd-engine", "engine_user"
    ),
    "engine stopped": Fault("systemctl stop eigenherd-engine", "systemctl start eigenherd-engine", "error_bodies"),
    "no model": Fault("systemctl stop eigenherd-engine", "systemctl start eigenherd-engine", "models_listed"),
    "no keys asked for": Fault(edited("s/error @stranger 401//"), RESTORE, "auth_refused"),
    "a client forgotten": Fault(
        "sed -i.good /Bearer/d /etc/caddy/clients.caddy; systemctl reload caddy",
        "mv /etc/caddy/clients.caddy.good /etc/caddy/clients.caddy; systemctl reload caddy",
        "auth_accepted",
    ),
    "every route": Fault(edited("s/handle @known/handle/; s/rewrite .*//"), RESTORE, "routes_blocked"),
    "plain HTTP": Fault(edited("s/redir https.*/respond hello/"), RESTORE, "http_door"),
    "any size": Fault(edited("/error @large 413/d"), RESTORE, "body_limit"),
}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    made = add_machine(STACK, tmp_path_factory.mktemp(STACK))
    try:
        mirror.fill(made.handover.plan)
        first = made.deploy()
        assert first.code == 0, first.text
        yield made
    finally:
        scratch.remove(STACK)


def verify(deployed: Deployed, *options: str) -> Answer:
    done = subprocess.run(
        [sys.executable, "-m", "verify", *options],
        cwd=ROOT,
        input=deployed.handover.model_dump_json(),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    return Answer(done.returncode, done.stdout + done.stderr)


def becomes(wanted: str, deployed: Deployed, name: str) -> str:
    """What a check says, once what was done has had its effect."""
    for _ in range(20):
        said = outcome(deployed, name)
        if said == wanted:
            break
        time.sleep(0.5)
    return said


def outcome(deployed: Deployed, name: str) -> str:
    """What one check says, asked on its own."""
    handover = deployed.handover
    host = Ssh(handover.ssh_config, "main", sudo=False)
    target = Target(handover, handover.machines[0], host, Gateway(handover), time.time(), handover.plan.models[0])
    try:
        return next(check for check in all_checks() if check.name == name).run(target).outcome
    except (CheckFailed, DeadlineExceeded):
        return "failed"
    except CouldNotTell:
        return "error"
    finally:
        host.close()


def test_preflight_and_verification_pass_and_leave_a_report(deployed: Deployed) -> None:
    for options in (("--stage", "preflight"), ("--parts", "system,gateway,clients,models")):
        answer = verify(deployed, *options)
        assert answer.code == 0, answer.text
        assert answer.summary["verdict"] == "passed"
    facts = json.loads(Path(answer.summary["report"]).with_suffix(".json").read_text())
    outcomes = {result["check"]: result["outcome"] for result in facts["results"]}
    assert outcomes["gpu_present"] == "skipped" and outcomes["streaming"] == outcomes["cancel"] == "passed"
    assert not [name for name, said in outcomes.items() if said not in {"passed", "skipped"}]
    everything = answer.text + json.dumps(facts)
    assert not [key for key in deployed.handover.secrets.clients.values() if key in everything]


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_turns_its_check_red_and_its_repair_green(name: str, deployed: Deployed) -> None:
    fault = FAULTS[name]
    key = next(iter(deployed.handover.secrets.clients.values()))
    deployed.ssh(fault.do, text=fault.text.format(key=key))
    try:
        assert becomes("failed", deployed, fault.check) == "failed"
    finally:
        deployed.ssh(fault.undo)
    assert becomes("passed", deployed, fault.check) == "passed"


def test_it_survives_a_reboot(deployed: Deployed) -> None:
    answer = verify(deployed, "--stage", "disruptive", "--parts", "system")
    assert answer.code == 0, answer.text
    assert any(line.split()[1:3] == ["reboot", "passed"] for line in answer.text.splitlines())


def test_a_failing_check_is_named_and_the_exit_code_is_1(deployed: Deployed) -> None:
    deployed.ssh("systemctl disable -q caddy")
    try:
        answer = verify(deployed, "--stage", "watch", "--parts", "system")
    finally:
        deployed.ssh("systemctl enable -q caddy")
    assert answer.code == 1
    assert answer.summary["reason"].startswith("services (main); report: ")
