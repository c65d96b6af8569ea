"""Verification that cannot be fooled: each fault turns it red with the right check named, and its repair green again.

What runs is the real command, on a machine with the whole sandbox plan.
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from plan.machine import Handover
from stacks.keys import make
from stacks.sandbox import scratch
from tests.faults import cases, expired
from tests.faults.conftest import Note
from tests.integration.deployed import Answer, Deployed, add_machine

pytestmark = pytest.mark.machine

STACK = f"test-verification-{os.getpid()}"


class Fault(NamedTuple):
    """do: what goes wrong, as shell commands on the machine, with `text` on their standard input.

    check: what has to see it, when `parts` are verified at `stage`. fed: not the machine is wrong, a measurement is.
    """

    check: str
    parts: str
    do: str
    undo: str
    stage: str = "watch"
    text: Callable[[Handover], str] = lambda _: ""
    fed: bool = False


ENGINE, CADDYFILE = "eigenherd-engine", "/etc/caddy/Caddyfile"
RESTORE = f"mv {CADDYFILE}.good {CADDYFILE}; systemctl reload caddy"
FIREWALL = "systemctl restart eigenherd-firewall"
UNIT = f"/etc/systemd/system/{ENGINE}.service"
MODEL = "/var/lib/eigenherd/models/*.gguf"
TORCH = "$(echo /opt/eigenherd/torch/lib/python3*/site-packages/torch)"
RENEW = f"systemctl daemon-reload; systemctl restart {ENGINE}"


def edited(expression: str) -> str:
    """The gateway with another configuration; the good one lies beside it."""
    return f"cp -a {CADDYFILE} {CADDYFILE}.good; sed -i '{expression}' {CADDYFILE}; systemctl reload caddy"


def one_key(handover: Handover) -> str:
    return next(iter(handover.secrets.clients.values()))


def impostor(check: str, parts: str, stage: str, manner: str) -> Fault:
    """Another server in the engine's own unit: same user, same port, same model's name."""
    folder = f"/run/systemd/system/{ENGINE}.service.d"
    start = f"ExecStart=/usr/bin/python3 /usr/local/lib/impostor.py {manner} smollm2:135m 8100"
    unit = f"printf '[Service]\\nExecStart=\\n{start}\\n' >{folder}/x.conf"
    do = f"cat >/usr/local/lib/impostor.py; mkdir {folder}; {unit}"
    undo = f"rm -r {folder} /usr/local/lib/impostor.py; {RENEW}"
    return Fault(check, parts, f"{do}; {RENEW}", undo, stage, lambda _: source("impostor"))


def source(name: str) -> str:
    return (Path(__file__).parent / f"{name}.py").read_text()


def torch(check: str, file: str, code: str) -> Fault:
    """A line more in one of torch's own files."""
    do = f"cp -a {TORCH}/{file} /root/good; cat >>{TORCH}/{file}"
    return Fault(check, "torch", do, f"cp -a /root/good {TORCH}/{file}; rm /root/good", "full", lambda _: code)


PRODUCT = """
_product, _calls = Tensor.__matmul__, []
def _wrong(left, right):
    found = _product(left, right)
    _calls.append(found)
    if {when} and found.dim() == 2:
        found = found.clone()
        found[3, 5] += 1
    return found
Tensor.__matmul__ = _wrong
"""
CASES = {
    "engine stopped": Fault("services", "engine", f"systemctl stop {ENGINE}", f"systemctl start {ENGINE}"),
    "engine stopped, seen by its clients": Fault(
        "auth_accepted", "clients", f"systemctl stop {ENGINE}", f"systemctl start {ENGINE}"
    ),
    "a canned-answer server in the engine's place": impostor("fresh_nonces", "models", "full", "canned"),
    "the same, in seconds and without a question": impostor("engine_program", "engine", "watch", "canned"),
    "a server that echoes the last number in the engine's place": impostor("engine_program", "engine", "watch", "echo"),
    "the same echo, by its answers": impostor("expected_answers", "models", "full", "echo"),
    "another server beside the stopped engine": Fault(
        "engine_program",
        "engine",
        f"cat >/run/impostor.py; systemctl stop {ENGINE}; systemd-run -q --unit=stray python3 /run/impostor.py "
        "echo smollm2:135m 8100",
        f"systemctl stop stray; rm /run/impostor.py; systemctl start {ENGINE}",
        text=lambda _: source("impostor"),
    ),
    "model file of another hash": Fault(
        "model_identity",
        "models",
        f"cp -a {MODEL} /root/good; printf X | dd of=$(echo {MODEL}) bs=1 seek=5000000 conv=notrunc status=none",
        f"cat /root/good >$(echo {MODEL}); rm /root/good",
        "full",
    ),
    "gateway without auth": Fault("auth_refused", "clients", edited("s/error @stranger 401//"), RESTORE),
    "gateway that lets management routes through": Fault(
        "routes_blocked", "gateway", edited("s/handle @known/handle/; s/rewrite .*//"), RESTORE
    ),
    "gateway that buffers streams": Fault(
        "streaming", "models", edited("s/lb_policy least_conn/&\\n\\t\\t\\t\\tbuffer_responses/"), RESTORE, "full"
    ),
    "gateway that takes any size": Fault("body_limit", "gateway", edited("/error @large 413/d"), RESTORE),
    "gateway that serves plain HTTP": Fault("http_door", "gateway", edited("s/redir https.*/respond hello/"), RESTORE),
    "key of another environment accepted": Fault(
        "clients_exact",
        "clients",
        "cp -a /etc/caddy/clients.caddy /root/good; cat >>/etc/caddy/clients.caddy; systemctl reload caddy",
        "cp -a /root/good /etc/caddy/clients.caddy; rm /root/good; systemctl reload caddy",
        text=lambda _: f'"Bearer {make("token", "")[0]}" stranger\n',
    ),
    "a client forgotten": Fault(
        "auth_accepted",
        "clients",
        "sed -i.good /Bearer/d /etc/caddy/clients.caddy; systemctl reload caddy",
        "mv /etc/caddy/clients.caddy.good /etc/caddy/clients.caddy; systemctl reload caddy",
    ),
    "expired certificate": Fault(
        "tls",
        "gateway",
        "cat >/etc/caddy/tls/expired.pem; chown caddy /etc/caddy/tls/expired.pem; "
        + edited("/^\\ttls {/,/^\\t}/c\\\\ttls /etc/caddy/tls/expired.pem /etc/caddy/tls/expired.pem"),
        f"rm /etc/caddy/tls/expired.pem; {RESTORE}",
        text=expired.certificate,
    ),
    "admin API open": Fault(
        "admin_closed",
        "gateway",
        "chmod 755 /run/caddy; chmod 777 /run/caddy/admin.sock",
        "chmod 700 /run/caddy; chmod 600 /run/caddy/admin.sock",
    ),
    "gateway not enabled": Fault("services", "system", "systemctl disable -q caddy", "systemctl enable -q caddy"),
    "engine bound to all addresses": Fault(
        "listeners",
        "engine",
        f"cp -a {UNIT} /root/good; sed -i 's/127.0.0.1\\(. .--port\\)/0.0.0.0\\1/' {UNIT}; {RENEW}",
        f"mv /root/good {UNIT}; {RENEW}",
    ),
    "the engine's user has a shell": Fault(
        "engine_user", "engine", f"usermod -s /bin/bash {ENGINE}", f"usermod -s /usr/sbin/nologin {ENGINE}"
    ),
    "IPv6 left open": Fault(
        "firewall", "system", "nft insert rule inet eigenherd input meta nfproto ipv6 accept", FIREWALL
    ),
    "an engine that answers over IPv6": Fault(
        "ports_closed",
        "engine",
        "nft insert rule inet eigenherd input meta nfproto ipv6 accept; "
        "systemd-run -q --unit=stray python3 -m http.server 11434 --bind ::; sleep 1",
        f"systemctl stop stray; {FIREWALL}",
    ),
    "firewall rules gone": Fault("firewall", "system", "nft delete table inet eigenherd", FIREWALL),
    "a firewall rule too many": Fault(
        "firewall", "system", "nft insert rule inet eigenherd input tcp dport 443 accept", FIREWALL
    ),
    "passwords at the SSH server": Fault(
        "sshd",
        "system",
        "sed -i '1i PasswordAuthentication yes' /etc/ssh/sshd_config",
        "sed -i 1d /etc/ssh/sshd_config",
    ),
    "no security updates": Fault(
        "updates",
        "system",
        "systemctl disable -q apt-daily-upgrade.timer",
        "systemctl enable -q apt-daily-upgrade.timer",
    ),
    "a unit failed": Fault(
        "failed_units", "system", "systemd-run -q --unit=stray false; sleep 1", "systemctl reset-failed stray"
    ),
    "clock wrong by a day": Fault(
        "clock_right",
        "system",
        "cat >/usr/local/bin/date; chmod 755 /usr/local/bin/date",
        "rm /usr/local/bin/date",
        text=lambda _: '#!/bin/sh\nexec /usr/bin/date -d "+1 day" "$@"\n',
        fed=True,
    ),
    "disk 96 % full": Fault(
        "disk",
        "system",
        "set -- $(df --output=used,avail -B1 / | tail -1); fallocate -l $(((($1 + $2) * 96 / 100) - $1)) /var/ballast",
        "rm /var/ballast",
    ),
    "a key in a log": Fault(
        "keys_unseen",
        "clients",
        "cat >/var/log/oops.log",
        "rm /var/log/oops.log",
        "full",
        lambda handover: f"Bearer {one_key(handover)}",
    ),
    "a key in a process's arguments": Fault(
        "keys_unseen",
        "clients",
        "read key; setsid -f sh -c 'echo $$ >/run/stray; sleep 1000; true' \"$key\" </dev/null >/dev/null 2>&1",
        "kill -- -$(cat /run/stray)",
        "full",
        lambda handover: f"{one_key(handover)}\n",
    ),
    "torch broken": Fault(
        "torch_version",
        "torch",
        f"mv {TORCH}/lib/libtorch_cpu.so /root/good.so",
        f"mv /root/good.so {TORCH}/lib/libtorch_cpu.so",
        "full",
    ),
    "torch of another version": torch("torch_version", "version.py", "\n__version__ = '2.14.1'\n"),
    "torch computing wrongly in one element": torch("torch_exact", "__init__.py", PRODUCT.format(when="True")),
    "torch computing wrongly now and then": torch(
        "torch_repeatable", "__init__.py", PRODUCT.format(when="len(_calls) % 7 == 0")
    ),
}
SAMPLE = {
    "engine stopped",
    "a server that echoes the last number in the engine's place",
    "gateway without auth",
    "key of another environment accepted",
    "expired certificate",
    "IPv6 left open",
    "clock wrong by a day",
    "disk 96 % full",
    "a key in a process's arguments",
}


@pytest.fixture(scope="module")
def deployed(layer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    made = add_machine(STACK, tmp_path_factory.mktemp(STACK), layer=layer)
    try:
        first = made.deploy()
        assert first.code == 0, first.text
        yield made
    finally:
        scratch.remove(STACK)


def verify(deployed: Deployed, fault: Fault) -> tuple[Answer, dict[str, Any]]:
    """What the command says, and the report's JSON."""
    answer = deployed.verify("--stage", fault.stage, "--parts", fault.parts)
    facts: dict[str, Any] = json.loads(Path(answer.summary["report"]).with_suffix(".json").read_text())
    return answer, facts


@cases.parametrize(CASES, SAMPLE)
def test_a_fault_turns_verification_red_and_its_repair_green(
    fault: str, injected: Fault, deployed: Deployed, note: Note
) -> None:
    deployed.ssh(injected.do, text=injected.text(deployed.handover))
    try:
        answer, report = verify(deployed, injected)
    finally:
        deployed.ssh(injected.undo)
    failed = {result["check"]: result for result in report["results"] if result["outcome"] == "failed"}
    assert injected.check in failed, answer.text
    found = failed[injected.check]
    said, code = ("warning failed: ", 0) if found["severity"] == "warning" else ("", 1)
    assert (answer.code, answer.summary["verdict"]) == (code, "failed" if code else "passed"), answer.text
    assert f"{said}{injected.check}" in (answer.summary["reason"] if code else answer.text)
    again, _ = verify(deployed, injected)
    assert (again.code, again.summary["verdict"]) == (0, "passed"), again.text
    address = deployed.handover.machines[0].address
    seen = f"{injected.check}: {found['found'][:150]}".replace(address, "the machine")
    verdict, repaired = answer.summary["verdict"], again.summary["verdict"]
    judged = f"{found['severity']}, verdict {verdict}, exit {answer.code}; {repaired} after repair"
    note(seen=seen, after=judged + ("; fed as a measurement" if injected.fed else ""))
