"""Every template, rendered for every example environment; each file's own tool has its say in tests/integration."""

import json

import pytest

from deploy import driver_sources, engine, firewall, gateway, gpu_gate, nvidia_driver, upkeep
from deploy.facts.apt import Suite
from deploy.operations.repositories import KEYRING, SOURCES
from deploy.template import destinations, render
from plan.machine import Handover, Machine
from tests.render.examples import handovers

EXAMPLES = handovers()
# Given alone, without a plan.
OTHERS = {
    "/etc/apt/apt.conf.d/52eigenherd-upgrades": {},
    "/etc/apt/apt.conf.d/02eigenherd-sources": {
        "apt": "http://mirror.example.org/debian",
        "proxy": "http://proxy:3128",
    },
    "/etc/eigenherd/apt-locked.conf": {"folder": "/var/lib/eigenherd/debs"},
    "/etc/eigenherd/apt.list": {"apt": "http://mirror.example.org/debian", "codename": "trixie"},
    "/etc/ssh/sshd_config.d/00-eigenherd.conf": {"settings": {"PasswordAuthentication": "no"}},
    "/etc/systemd/system/eigenherd-firewall.service": {},
    "/etc/systemd/system/caddy.service.d/10-eigenherd.conf": gateway.drop_in(),
    "/etc/logrotate.d/eigenherd-gateway": {"days": 7},
    nvidia_driver.NOUVEAU: {},
    nvidia_driver.MODULES: {},
    nvidia_driver.UPGRADES: {"names": nvidia_driver.KEPT},
    f"/etc/systemd/system/{nvidia_driver.NODES}": {"program": nvidia_driver.NODES_PROGRAM},
    driver_sources.SETTINGS: {"folder": driver_sources.BESIDE},
    driver_sources.NVIDIA: {"uri": "https://nvidia.example.org/debian12/x86_64", "keyring": KEYRING},
    upkeep.GRUB: {},
    **{
        f"{upkeep.UNITS}/{unit}": {
            "program": upkeep.PROGRAM,
            "calendar": "Sun *-*-* 03:00:00 Europe/Berlin",
            "late_s": 2400,
        }
        for unit in (*upkeep.LOOKS, *upkeep.MOVES)
    },
    SOURCES: {"suites": [Suite("http://m/debian/", "bookworm", "", ("main",))], "components": ("contrib",)},
}
GATE = [f"{gpu_gate.UNITS}/{unit}" for unit in (*gpu_gate.STARTED, *gpu_gate.STARTING)]
MACHINES = [
    pytest.param(handover, machine, id=f"{name}-{machine.name}")
    for name, handover in EXAMPLES.items()
    for machine in handover.machines
]


@pytest.fixture(params=EXAMPLES)
def example(request: pytest.FixtureRequest) -> Handover:
    return EXAMPLES[request.param]


def test_no_template_is_forgotten() -> None:
    of_a_plan = {engine.FILE, firewall.RULES, f"{gateway.FOLDER}/Caddyfile", f"{gateway.FOLDER}/clients.caddy", *GATE}
    ours = {path for path in destinations() if not path.startswith("/opt/")}
    assert ours == of_a_plan | OTHERS.keys()


@pytest.mark.parametrize("destination", OTHERS)
def test_the_others_render(destination: str) -> None:
    text = render(destination, OTHERS[destination])
    assert "Written by Eigenherd" in text.splitlines()[0]


def test_the_gateway_has_every_client_and_only_the_routes(example: Handover) -> None:
    configuration = render(f"{gateway.FOLDER}/Caddyfile", gateway.values(example))
    clients = render(f"{gateway.FOLDER}/clients.caddy", gateway.clients(example))
    assert [line.split() for line in clients.splitlines()[1:]] == [
        ['"Bearer', f'{example.secrets.clients[client.name]}"', client.name] for client in example.plan.clients
    ]
    assert not any(key in configuration for key in example.secrets.clients.values())
    assert 'method("GET") && path_regexp("route", "^(/v1/models)$")' in configuration
    assert 'method("POST") && path_regexp("route", "^(/v1/chat/completions|/v1/completions|/v1/embeddings)$")' in (
        configuration
    )
    for upstream in gateway.values(example)["upstreams"]:
        assert upstream in configuration


def test_the_log_has_names_only_when_asked(example: Handover) -> None:
    configuration = render(f"{gateway.FOLDER}/Caddyfile", gateway.values(example))
    assert ("user_id delete" not in configuration) == example.plan.gateway.log_names


@pytest.mark.parametrize(("handover", "machine"), MACHINES)
def test_the_engine_listens_where_its_unit_lets_it(handover: Handover, machine: Machine) -> None:
    if "engine" not in handover.planned(machine).roles or not handover.plan.models:
        return
    unit = render(engine.FILE, engine.unit_values(handover, machine))
    mine = machine.name == handover.gateway.name
    assert ("IPAddressAllow=localhost" in unit) and ("IPAddressDeny=any" in unit)
    assert (f"IPAddressAllow={handover.gateway.private_address}" in unit) is not mine
    assert ("PrivateDevices=yes" in unit) == (handover.plan.engine.device == "cpu")
    assert ("Requires=eigenherd-gpu-gate.service" in unit) == (handover.plan.engine.device == "cuda")
    assert ("eigenherd-gpu-watch.service" in unit) == (handover.plan.engine.device == "cuda")
    assert not any(key in unit for key in handover.secrets.clients.values())


@pytest.mark.parametrize(("handover", "machine"), MACHINES)
def test_the_firewall_opens_the_gateway_and_no_engine(handover: Handover, machine: Machine) -> None:
    rules = render(firewall.RULES, firewall.ruleset(handover, machine, 22))
    planned, gateway_plan = handover.planned(machine), handover.plan.gateway
    accepting = [line.strip() for line in rules.splitlines() if "tcp dport" in line and "accept" in line]
    engine_lines = [line for line in accepting if f"dport {handover.plan.engine.port} " in line]
    private = handover.gateway.private_address
    apart = machine.name != handover.gateway.name and "engine" in planned.roles
    assert engine_lines == (
        [f"ip saddr {{ {private}/32 }} tcp dport {handover.plan.engine.port} accept"] if apart else []
    )
    assert ("policy drop" in rules) == planned.harden
    if "gateway" in planned.roles:
        doors = [line for line in accepting if f"dport {gateway_plan.port} " in line]
        assert doors and all(("saddr" in line) == bool(gateway_plan.allow) for line in doors)


@pytest.mark.parametrize(("handover", "machine"), MACHINES)
def test_what_answers_for_a_missing_card_listens_as_the_engine_does(handover: Handover, machine: Machine) -> None:
    if handover.planned(machine).gpu is None or "engine" not in handover.planned(machine).roles:
        return
    if not handover.plan.models:
        models = EXAMPLES["sandbox"].plan.models
        handover = handover.model_copy(update={"plan": handover.plan.model_copy(update={"models": models})})
    values, unit = gpu_gate.unit_values(handover, machine), engine.unit_values(handover, machine)
    rendered = {path.rpartition("/")[2]: render(path, values) for path in GATE}
    assert all("Written by Eigenherd" in text.splitlines()[0] for text in rendered.values())
    responder = rendered["eigenherd-gpu-responder.service"]
    assert "Conflicts=eigenherd-engine.service" in responder
    assert [line for line in render(engine.FILE, unit).splitlines() if line.startswith("IPAddress")] == [
        line for line in responder.splitlines() if line.startswith("IPAddress")
    ]
    hanging = [name for name in gpu_gate.STARTED[:2] if "KillMode=process" in rendered[name].splitlines()]
    assert hanging == ["eigenherd-gpu-gate.service", "eigenherd-gpu-watch.service"]
    assert [name for name, text in rendered.items() if "OnFailure" in text] == ["eigenherd-gpu-gate.service"]
    settings = json.loads(gpu_gate.settings_text(handover, machine))
    assert f":{settings['port']}/" in unit["ready_url"] and settings["address"].strip("[]") in unit["ready_url"]
    assert settings["names"] and settings["count"] >= 1 and settings["least_branch"] >= 580
    assert not any(key in json.dumps(settings) for key in handover.secrets.clients.values())
