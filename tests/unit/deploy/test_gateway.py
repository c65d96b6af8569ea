"""The gateway's values: what follows from the plan and the secrets."""

from deploy.gateway import identity, methods, pair, values
from deploy.upstream import listen_address, upstreams
from tests.render.examples import handovers

EXAMPLES = handovers()


def test_a_new_certificate_has_new_paths() -> None:
    one, other = EXAMPLES["sandbox"], EXAMPLES["gateway-everybody"]
    assert identity(one.secrets) != identity(other.secrets)
    assert {path for path, _ in pair(one)}.isdisjoint(path for path, _ in pair(other))
    assert values(one)["authority"] != values(other)["authority"]


def test_acme_brings_no_files() -> None:
    assert pair(EXAMPLES["gateway-acme"]) == []


def test_a_companys_own_certificate_is_used() -> None:
    handover = EXAMPLES["gateway-files"]
    assert [text for _, text in pair(handover)] == [handover.secrets.certificate, handover.secrets.certificate_key]


def test_an_ipv6_host_is_bracketed_where_a_url_is() -> None:
    found = values(EXAMPLES["gateway-address"])
    assert (found["host"], found["site"]) == ("2001:db8::7", "[2001:db8::7]")


def test_models_are_read_and_everything_else_is_asked() -> None:
    assert methods(("/v1/models", "/v1/completions")) == [("GET", "/v1/models"), ("POST", "/v1/completions")]


def test_every_engine_is_an_upstream_and_the_gateways_own_is_on_loopback() -> None:
    pair_of_machines = EXAMPLES["pair"]
    gateway, other = pair_of_machines.machines
    port = pair_of_machines.plan.engine.port
    assert listen_address(pair_of_machines, gateway) == "127.0.0.1"
    assert listen_address(pair_of_machines, other) == other.private_address
    assert upstreams(pair_of_machines) == [f"127.0.0.1:{port}", f"{other.private_address}:{port}"]
