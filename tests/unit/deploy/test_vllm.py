"""vLLM obeys the plan: flags, sockets, files; and the gateway lets none of its other routes through."""

import re

import pytest

from deploy import engine, firewall, gateway, models
from deploy.engines import vllm
from deploy.template import render
from plan.machine import Handover
from plan.plan import Artifact, PythonEnvironment
from tests.render.examples import on_cards

FILES = tuple(
    Artifact(file=f"smollm2-135m/{name}", size=7, sha256="ab" * 32, licence="")
    for name in ("model.safetensors", "config.json", "tokenizer.json")
)
# What vLLM's own key does not cover, by its documentation and the routes of 0.33.0.
UNPROTECTED = (
    *("/health", "/ping", "/version", "/load", "/metrics", "/tokenize", "/detokenize", "/invocations", "/pooling"),
    *("/classify", "/score", "/rerank", "/pause", "/resume", "/update_weights", "/server_info", "/tokenizer_info"),
    *("/is_paused", "/is_sleeping", "/sleep", "/wake_up", "/collective_rpc", "/reset_prefix_cache", "/reset_mm_cache"),
    *("/abort_requests", "/start_profile", "/stop_profile", "/start_weight_update", "/openapi.json", "/docs"),
    *("/v1/load_lora_adapter", "/v1/responses", "/v1/messages", "/v1/rerank", "/v1/score", "/v1/models/x"),
)


def served(count: int, capability: str = "8.9") -> Handover:
    handover = on_cards(count, "vllm")
    plan = handover.plan
    [model], [machine] = plan.models, plan.machines
    assert machine.gpu
    python = PythonEnvironment(
        name="vllm", version="0.33.0", lock="vllm.txt", lock_sha256="0", download_mib=1, installed_mib=1
    )
    changes = {
        "models": (model.model_copy(update={"artifact": FILES[0], "beside": FILES[1:]}),),
        "engine": plan.engine.model_copy(update={"python": python, "archive": None, "port": 8000, "vram_share": 0.9}),
        "machines": (
            machine.model_copy(update={"gpu": machine.gpu.model_copy(update={"compute_capability": capability})}),
        ),
    }
    return handover.model_copy(update={"plan": plan.model_copy(update=changes)})


@pytest.mark.parametrize(
    ("count", "capability", "dtype"), [(1, "8.9", "auto"), (2, "12.0", "auto"), (2, "7.5", "float16")]
)
def test_it_is_told_all_that_the_plan_chose(count: int, capability: str, dtype: str) -> None:
    handover = served(count, capability)
    [model] = handover.plan.models
    python, launcher, verb, folder, *words = vllm.command(handover, handover.machines[0])
    assert (python, launcher, verb) == ("/opt/eigenherd/vllm/bin/python", vllm.LAUNCHER, "serve")
    assert folder == models.model_folder(model) == "/var/lib/eigenherd/models/smollm2-135m"
    flags = words[-2:]
    assert flags == ["--no-enable-log-requests", "--disable-fastapi-docs"]
    assert dict(zip(words[:-2:2], words[1:-2:2], strict=True)) == {
        "--host": "127.0.0.1",
        "--port": "8000",
        "--served-model-name": "smollm2:135m",
        "--tensor-parallel-size": str(count),
        "--gpu-memory-utilization": "0.9",
        "--max-model-len": str(model.context),
        "--max-num-seqs": str(model.slots),
        "--dtype": dtype,
    }


def test_it_is_offline_and_tells_nobody() -> None:
    handover = served(2)
    environment = vllm.environment(handover, handover.machines[0])
    for key in ("HF_HUB_OFFLINE", "VLLM_NO_USAGE_STATS", "DO_NOT_TRACK"):
        assert environment[key] == "1"
    assert "CUDA_VISIBLE_DEVICES" not in environment


@pytest.mark.parametrize("count", [1, 2])
def test_its_processes_talk_on_loopback_and_nobody_else_hears_them(count: int) -> None:
    """torch's TCPStore listens on every address: unit and firewall let nobody reach it."""
    handover = served(count)
    [machine] = handover.machines
    unit = render(engine.FILE, engine.unit_values(handover, machine))
    allowed = [line for line in unit.splitlines() if line.startswith("IPAddress")]
    assert allowed == ["IPAddressDeny=any", "IPAddressAllow=localhost"]
    assert "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK\n" in unit
    for name in ("VLLM_HOST_IP=127.0.0.1", "NCCL_SOCKET_IFNAME=lo", "GLOO_SOCKET_IFNAME=lo"):
        assert f'Environment="{name}"' in unit
    rules = render(firewall.RULES, firewall.ruleset(handover, machine, 22))
    opened = {int(port) for port in re.findall(r"tcp dport (\d+) accept", rules)}
    assert "policy drop" in rules and opened == {22, 80, 443}


def test_other_engines_have_no_netlink() -> None:
    handover = on_cards(2)
    assert "AF_NETLINK" not in render(engine.FILE, engine.unit_values(handover, handover.machines[0]))


@pytest.mark.parametrize("path", UNPROTECTED)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_gateway_lets_no_other_route_of_it_through(method: str, path: str) -> None:
    configuration = render(f"{gateway.FOLDER}/Caddyfile", gateway.values(served(1)))
    routes = re.findall(r'method\("(\w+)"\) && path_regexp\("route", "([^"]+)"\)', configuration)
    assert {verb for verb, _ in routes} == {"GET", "POST"}
    assert not any(verb == method and re.search(pattern, path) for verb, pattern in routes)


def test_the_routes_it_is_asked_for_do_get_through() -> None:
    configuration = render(f"{gateway.FOLDER}/Caddyfile", gateway.values(served(1)))
    routes = re.findall(r'method\("(\w+)"\) && path_regexp\("route", "([^"]+)"\)', configuration)
    assert any(verb == "POST" and re.search(pattern, "/v1/chat/completions") for verb, pattern in routes)
