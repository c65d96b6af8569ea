"""The main job on real input: one stack made, changed, broken, mended, rebuilt and destroyed."""

import json
import os
import re
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from plan.machine import Handover
from tests.checkouts import Checkout

pytestmark = pytest.mark.machine

STACK = "up-test"
ASKED = {
    "machine": {"provider": "sandbox"},
    "gpu": "none",
    "models": ["smollm2:135m"],
    "clients": ["demo"],
}


@pytest.fixture(scope="module")
def stack(checkout: Checkout) -> Iterator[tuple[Checkout, str]]:
    """The environment of the README, up; what it printed."""
    checkout.environment(STACK, ASKED)
    yield checkout, checkout.eigenherd("up", STACK)


@pytest.fixture
def handover(stack: tuple[Checkout, str]) -> Handover:
    return stack[0].handover(STACK)


def pulumi_up(checkout: Checkout, ok: bool = True) -> str:
    return checkout.pulumi("up", "--yes", "--skip-preview", "--stack", STACK, ok=ok)


def test_up_ends_with_an_answer_and_where_things_lie(stack: tuple[Checkout, str], handover: Handover) -> None:
    _, printed = stack
    assert f"{STACK} is verified: {handover.url}" in printed
    assert "What is the capital of Germany?" in printed and "Berlin" in printed
    for said in ("report ", "keep these", "passphrase"):
        assert said in printed
    for secret in handover.secrets.clients.values():
        assert secret not in printed


def test_the_pasted_lines_work(stack: tuple[Checkout, str]) -> None:
    """As a person does it: the lines are cut out of what was printed and given to a shell and to python."""
    checkout, printed = stack
    curl = re.search(r"^  (curl .*\\\n.*)$", printed, re.MULTILINE)
    assert curl
    answered = subprocess.run(["bash", "-c", curl[1]], capture_output=True, text=True, check=True)
    assert json.loads(answered.stdout)["choices"][0]["message"]["content"]
    snippet = printed[printed.index("  import ssl, httpx, openai") : printed.index("report  ")]
    code = "\n".join(line[2:] for line in snippet.splitlines())
    streamed = subprocess.run(["python", "-c", code], env=checkout.variables(), capture_output=True, text=True)
    assert streamed.returncode == 0 and "Berlin" in streamed.stdout, streamed.stderr


def test_the_key_is_in_no_argument_and_private(stack: tuple[Checkout, str], handover: Handover) -> None:
    header = Path(handover.folder) / "headers" / "demo"
    assert header.stat().st_mode & 0o777 == 0o600
    assert header.parent.stat().st_mode & 0o777 == 0o700


def test_no_secret_lies_in_the_state_in_the_clear(stack: tuple[Checkout, str], handover: Handover) -> None:
    checkout, _ = stack
    planted = [
        *handover.secrets.clients.values(),
        handover.secrets.ca_key.splitlines()[1],
        handover.secrets.ssh_key.splitlines()[1],
    ]
    files = [path for path in (checkout.path / ".eigenherd" / "state").rglob("*") if path.is_file()]
    assert any(STACK in path.name for path in files)
    for path in files:
        content = path.read_text(errors="replace")
        assert not [secret for secret in planted if secret in content], path


def test_a_second_up_changes_nothing(stack: tuple[Checkout, str]) -> None:
    checkout, _ = stack
    printed = pulumi_up(checkout)
    assert re.search(r"\d+ unchanged", printed) and not re.search(r"created|updated|replaced|deleted", printed), printed


def test_a_refresh_of_what_is_well_finds_nothing(stack: tuple[Checkout, str]) -> None:
    checkout, _ = stack
    printed = checkout.pulumi("refresh", "--yes", "--skip-preview", "--stack", STACK)
    assert re.search(r"\d+ unchanged", printed) and not re.search(r"updated|deleted", printed), printed


def test_a_second_deployment_changes_nothing(stack: tuple[Checkout, str], handover: Handover) -> None:
    checkout, _ = stack
    result = subprocess.run(
        ["python", "-m", "deploy"],
        cwd=checkout.path,
        env=checkout.variables(),
        input=handover.model_dump_json(),
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout.splitlines()[-1])["changed"] == 0, result.stdout


def test_a_new_client_disturbs_nobody(stack: tuple[Checkout, str], handover: Handover) -> None:
    """Under 15 s here is a figure for the README, not asserted; the streams, boot id and process are."""
    checkout, _ = stack
    look = "cat /proc/sys/kernel/random/boot_id; systemctl show -P MainPID eigenherd-engine"
    before = checkout.ssh(STACK, "main", look)
    pieces: list[float] = []
    reader = threading.Thread(target=stream, args=(handover, pieces))
    reader.start()
    while not pieces and reader.is_alive():
        time.sleep(0.1)
    checkout.environment(STACK, {**ASKED, "clients": ["demo", "anna"]})
    pulumi_up(checkout)
    changed_at = time.monotonic()
    reader.join(timeout=300)
    assert checkout.ssh(STACK, "main", look) == before
    assert pieces[-1] == float("inf"), "the stream ended before its [DONE]"
    assert pieces[-2] > changed_at - 60
    clients = checkout.handover(STACK).secrets.clients
    assert set(clients) == {"demo", "anna"}
    assert clients["demo"] == handover.secrets.clients["demo"]


def stream(handover: Handover, pieces: list[float]) -> None:
    """Read a long stream; the time of each piece, and infinity once it is complete."""
    body = {
        "model": "smollm2:135m",
        "stream": True,
        "max_tokens": 1000,
        "ignore_eos": True,
        "messages": [{"role": "user", "content": "Tell a very long story."}],
    }
    key = handover.secrets.clients["demo"]
    context = ssl.create_default_context(cafile=Path(handover.folder) / "ca.pem")
    with (
        httpx.Client(verify=context, timeout=300, headers={"Authorization": f"Bearer {key}"}) as http,
        http.stream("POST", f"{handover.url}/chat/completions", json=body) as reply,
    ):
        for line in reply.iter_lines():
            if line == "data: [DONE]":
                pieces.append(float("inf"))
            elif line:
                pieces.append(time.monotonic())


def test_a_changed_template_shows_is_applied_and_verified(stack: tuple[Checkout, str], handover: Handover) -> None:
    checkout, _ = stack
    template = checkout.path / "templates/etc/caddy/Caddyfile.j2"
    template.write_text("# changed by a test\n" + template.read_text())
    verified_at = verification(handover)
    preview = checkout.pulumi("preview", "--stack", STACK)
    assert re.search(r"Deployment\s+deployment\s+update", preview), preview
    pulumi_up(checkout)
    assert "changed by a test" in checkout.ssh(STACK, "main", "cat /etc/caddy/Caddyfile")
    assert verification(handover) != verified_at


def verification(handover: Handover) -> object:
    """When the latest one began."""
    return json.loads((Path(handover.folder) / "report" / "report.json").read_text())["started"]


def test_a_failing_check_fails_the_update_and_a_repair_passes(stack: tuple[Checkout, str]) -> None:
    checkout, _ = stack
    template = checkout.path / "templates/etc/caddy/Caddyfile.j2"
    good = template.read_text()
    assert "error @stranger 401" in good
    template.write_text(good.replace("error @stranger 401", ""))
    try:
        printed = pulumi_up(checkout, ok=False)
    finally:
        template.write_text(good)
    assert re.search(r"auth_refused\s+failed", printed), printed
    pulumi_up(checkout)


def test_a_rebuilt_machine_is_deployed_verified_and_has_the_same_keys(stack: tuple[Checkout, str], layer: str) -> None:
    """The new one starts from the deployed layer, as most tests' do: from base the first one was deployed."""
    checkout = replace(stack[0], layer=layer)
    before = checkout.handover(STACK)
    checkout.pulumi("up", "--yes", "--skip-preview", "--stack", STACK, "--target-replace", machine_urn(checkout))
    pulumi_up(checkout)
    after = checkout.handover(STACK)
    assert after.machines[0].instance != before.machines[0].instance
    assert after.secrets == before.secrets
    assert after.machines[0].host_keys == before.machines[0].host_keys


def machine_urn(checkout: Checkout) -> str:
    state = json.loads(checkout.pulumi("stack", "export", "--stack", STACK))
    return str(next(r["urn"] for r in state["deployment"]["resources"] if r["urn"].endswith("Machine::main")))


def test_destroy_leaves_nothing(stack: tuple[Checkout, str], handover: Handover) -> None:
    checkout, _ = stack
    folder = Path(handover.folder)
    checkout.pulumi("destroy", "--yes", "--skip-preview", "--stack", STACK)
    assert not folder.exists()
    assert not Path(f"/var/lib/eigenherd/sandbox/{STACK}").exists()
    for command in (["ip", "-o", "link"], ["nft", "list", "tables"], ["findmnt", "-rn"], ["losetup", "-a"]):
        shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert STACK not in shown and STACK.replace("-", "_") not in shown, shown
    running = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if os.access(path, os.R_OK)]
    assert not [line for line in running if f"sandbox/{STACK}/".encode() in line]
