"""A sandbox machine with `python -m deploy` alone: no Pulumi, no verify, and a small package in torch's place."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plan import catalog
from plan.derive import derive
from plan.derive.torch import locked
from plan.machine import Handover, Machine, Secrets
from plan.plan import Client, Plan
from plan.stackfile import read
from stacks import ssh
from stacks.keys import make
from stacks.sandbox import scratch, simulation
from stacks.sandbox.record import Record

ROOT = Path(__file__).resolve().parents[2]

# What a removal has to leave as it was; apt's own logs and caches are nobody's.
SNAPSHOT = """
dpkg-query -W -f '${db:Status-Status} package ${Package}\\n' | grep ^installed
apt-mark showmanual; getent passwd; getent group; nft list ruleset; sshd -T
ss -Hltun | awk '{print $1, $5}' | sort
systemctl list-unit-files --no-legend --no-pager --type service,timer,socket
systemctl list-units --no-legend --plain --no-pager --type service,timer --state active,failed | cut -d' ' -f1 |
    grep -v -e ^user -e wait-online
find / -xdev -regextype egrep -regex '/(proc|sys|run|tmp|srv|var/(tmp|cache|log|lib/(apt|dpkg|ucf|systemd)))' -prune \
    -o -printf '%y %m %u %g %p\\n' | sort
"""


@dataclass(frozen=True)
class Answer:
    """What a run said: exit code, lines, and the object on the last one."""

    code: int
    text: str

    @property
    def summary(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.text.splitlines()[-1])
        return value

    @property
    def differences(self) -> list[str]:
        return [difference["operation"] for difference in self.summary["differences"]]


@dataclass(frozen=True)
class Deployed:
    """A machine and its handover, which tests may change and deploy again."""

    handover: Handover
    record: Record

    def start(self, *options: str, handover: Handover | None = None) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "deploy", *options]
        pipe = subprocess.PIPE
        run = subprocess.Popen(command, cwd=ROOT, text=True, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT)
        assert run.stdin
        run.stdin.write((handover or self.handover).model_dump_json())
        run.stdin.close()
        run.stdin = None
        return run

    def deploy(self, *options: str, handover: Handover | None = None, timeout_s: float = 600) -> Answer:
        run = self.start(*options, handover=handover)
        text, _ = run.communicate(timeout=timeout_s)
        return Answer(run.returncode, text)

    def verify(self, *options: str, handover: Handover | None = None) -> Answer:
        """The real command."""
        done = subprocess.run(
            [sys.executable, "-m", "verify", *options],
            cwd=ROOT,
            input=(handover or self.handover).model_dump_json(),
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        return Answer(done.returncode, done.stdout + done.stderr)

    def differences(self) -> list[str]:
        return self.deploy("--dry", "--json").differences

    def ssh(self, command: str, ok: bool = True, text: str = "", timeout_s: float = 180) -> str:
        argv = ["ssh", "-F", str(self.handover.ssh_config), "main", command]
        done = subprocess.run(argv, input=text, capture_output=True, text=True, timeout=timeout_s, check=False)
        assert not ok or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def curl(self, client: str, path: str, *options: str, handover: Handover | None = None) -> list[str]:
        """A command line that asks the gateway; the key is in a file."""
        secrets = (handover or self.handover).secrets
        header = Path(self.handover.folder) / f"{client}.header"
        header.write_text(f"Authorization: Bearer {secrets.clients[client]}\n")
        ca = f"{self.handover.folder}/ca.pem"
        return ["curl", "-sS", "--cacert", ca, "-H", f"@{header}", *options, f"{self.handover.url}{path}"]

    def ask(self, client: str, path: str, *options: str, handover: Handover | None = None) -> str:
        command = self.curl(client, path, *options, "-w", "\n%{http_code}", handover=handover)
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def whole_plan(stack: str, example: str = "sandbox") -> Plan:
    return derive(read((ROOT / f"stacks/examples/{example}.yaml").read_text()), stack)


def plan_of(stack: str, example: str = "sandbox") -> Plan:
    """An example's plan, for a machine from base: torch's gigabytes are the business of the deployed layer."""
    plan = whole_plan(stack, example)
    small = locked(catalog.python("llama_cpp"))
    return plan.model_copy(update={"torch": small.model_copy(update={"name": "torch"})})


def add_machine(stack: str, folder: Path, plan: Plan | None = None, layer: str | None = None) -> Deployed:
    """A machine from base, or from a deployed layer. plan: the sandbox's, from base with a small torch."""
    plan = plan or (whole_plan(stack) if layer else plan_of(stack))
    [planned] = plan.machines
    record = scratch.add(stack, "main", planned.os, from_layer=layer, cards=simulation.cards_of(planned.gpu))
    machine = Machine(
        name="main",
        instance=record.instance,
        state="running",
        address=str(record.ipv4),
        ipv6=str(record.ipv6),
        private_address=str(record.ipv4),
        port=22,
        user="root",
        sudo=False,
        host_keys=(record.host_key,),
    )
    ca_key, ca_certificate = make("ca", machine.address)
    folder.chmod(0o700)
    user_key, _ = scratch.key(scratch.keys(stack), "user")
    secrets = Secrets(
        ca_certificate=ca_certificate,
        ca_key=ca_key,
        certificate="",
        certificate_key="",
        clients={client.name: make("token", "")[0] for client in plan.clients},
        ssh_key=user_key,
    )
    handover = Handover(plan=plan, machines=(machine,), secrets=secrets, folder=str(folder))
    (folder / "id_ed25519").touch(mode=0o600)
    (folder / "id_ed25519").write_text(user_key)
    (folder / "ssh_config").write_text(ssh.config(machine, plan.machines[0], folder, folder))
    (folder / "known_hosts").write_text(ssh.known_hosts(machine))
    (folder / "ca.pem").write_text(ca_certificate)
    return Deployed(handover, record)


def with_client(handover: Handover, name: str) -> Handover:
    plan = handover.plan.model_copy(update={"clients": (*handover.plan.clients, Client(name=name))})
    clients = {**handover.secrets.clients, name: make("token", "")[0]}
    secrets = handover.secrets.model_copy(update={"clients": clients})
    return handover.model_copy(update={"plan": plan, "secrets": secrets})
