"""A server of Hetzner Cloud in the plan: what it is, where it stands, and what is refused."""

from typing import Any

import pytest

from plan.catalog import hcloud as catalog
from plan.derive import choose, derive
from plan.environment import load
from plan.errors import EigenherdError, SpecError
from plan.ledger import Ledger
from plan.networks import PRIVATE

ASKED: dict[str, Any] = {
    "machine": {"provider": "hcloud", "type": "cx33", "location": "fsn1"},
    "models": ["smollm2:135m"],
    "clients": ["demo"],
    "gateway": {"allow": ["203.0.113.0/29"]},
}
GPU = {"provider": "existing", "address": "198.51.100.7", "private_address": "10.77.2.9"}


def with_machine(**keys: Any) -> dict[str, Any]:
    return {**ASKED, "machine": {**ASKED["machine"], **keys}}


def refusal(asked: dict[str, Any]) -> EigenherdError:
    with pytest.raises(EigenherdError) as refused:
        derive(load(asked), "cloud")
    return refused.value


def test_a_cpu_only_server_is_a_valid_environment() -> None:
    plan = derive(load(ASKED), "cloud")
    [machine] = plan.machines
    assert (machine.provider, machine.os, machine.gpu, machine.harden) == ("hcloud", "debian-12", None, True)
    assert (machine.memory_gib, machine.disk_gib) == (8, 74.5)
    assert machine.provider_settings == {
        "type": "cx33",
        "location": "fsn1",
        "zone": "eu-central",
        "private_ip": "10.77.1.10",
    }
    assert (plan.engine.device, machine.ssh_allow) == ("cpu", ())
    assert "never run against the real API" in str(plan.decisions)


def test_it_stands_in_germany_unless_somebody_says_otherwise() -> None:
    for location in ("hel1", "ash", "hil", "sin"):
        said = str(refusal(with_machine(location=location)))
        assert "in Germany" in said and "`fsn1` or `nbg1`" in said and "`leaves_germany: true`" in said
        plan = derive(load(with_machine(location=location, leaves_germany=True)), "cloud")
        [decision] = [one for one in plan.decisions if one.key == "machine.main.location"]
        assert "LEAVE GERMANY" in decision.reason
    assert derive(load(with_machine(location="nbg1")), "cloud").machines[0].provider_settings["location"] == "nbg1"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"location": "fsn2"}, "nearest is `fsn1`"),
        ({"type": "cx3"}, "nearest is `cx33`"),
        ({"type": "cax21"}, "nearest is `cx33`"),
        ({"gpu": "RTX 4090"}, "Hetzner Cloud has no GPUs"),
        ({"routes": ["10.77.3.0/24"]}, "outside 10.77.0.0/16"),
        ({"routes": ["fd12::/48"]}, "outside 10.77.0.0/16"),
        ({"vswitch": 7, "location": "ash", "leaves_germany": True}, "eu-central"),
        ({"disk_gib": 100}, "`type` says how large"),
        ({"address": "203.0.113.9"}, "is made, with an address"),
        ({"user": "admin"}, "is made, with an address"),
        ({"simulated": True}, "is made"),
        ({"volume_gb": 5}, "10"),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(keys: dict[str, Any], said: str) -> None:
    assert said in str(refusal(with_machine(**keys)))


@pytest.mark.parametrize("provider", ["sandbox", "existing"])
@pytest.mark.parametrize("key", ["type", "location", "leaves_germany", "volume_gb", "vswitch", "routes"])
def test_its_keys_are_no_other_providers(provider: str, key: str) -> None:
    values = {"type": "cx33", "location": "fsn1", "leaves_germany": True, "volume_gb": 20, "vswitch": 7}
    machine = {"provider": provider, key: values.get(key, ["192.168.0.0/24"])}
    assert f"no `{key}`" in str(refusal({**ASKED, "machine": machine}))


def test_without_a_type_there_is_no_server() -> None:
    assert "a server `type`" in str(refusal({**ASKED, "machine": {"provider": "hcloud"}}))


def test_a_public_address_needs_to_be_told_who_may_connect() -> None:
    asked = {key: value for key, value in ASKED.items() if key != "gateway"}
    assert "`gateway.allow`" in str(refusal(asked))


def test_a_model_too_large_for_the_server() -> None:
    assert "of memory" in str(refusal({**with_machine(type="cx23"), "models": ["gpt-oss:20b"]}))


def test_a_volume_is_protected_unless_somebody_says_otherwise() -> None:
    for written, protected in (({}, True), ({"volume_protected": False}, False)):
        [machine] = derive(load(with_machine(volume_gb=40, **written)), "cloud").machines
        settings = machine.provider_settings
        assert (settings["volume_gb"], settings["volume_protected"]) == (40, protected)


def test_several_servers_get_addresses_of_their_own() -> None:
    machines = {
        "door": {"provider": "hcloud", "type": "cx23", "roles": ["gateway"]},
        "one": {"provider": "hcloud", "type": "cx33", "roles": ["engine"]},
    }
    asked = {**ASKED, "machines": machines}
    del asked["machine"]
    plan = derive(load(asked), "cloud")
    assert [machine.provider_settings["private_ip"] for machine in plan.machines] == ["10.77.1.10", "10.77.1.11"]


def test_an_edge_is_the_gateway_in_front_of_gpu_machines() -> None:
    edge = {"type": "cx23", "location": "nbg1", "vswitch": 4711}
    asked = {**ASKED, "machine": GPU, "gpu": "RTX PRO 6000 Blackwell Max-Q", "models": ["gpt-oss:20b"], "edge": edge}
    plan = choose(load(asked), "cloud", Ledger())
    assert [(machine.name, machine.provider, machine.roles) for machine in plan.machines] == [
        ("main", "existing", ("engine",)),
        ("edge", "hcloud", ("gateway",)),
    ]
    gpu, door = plan.machines
    assert gpu.gpu and not door.gpu
    assert (plan.engine.device, plan.gateway_machine().name) == ("cuda", "edge")
    assert gpu.provider_settings["private_address"] == "10.77.2.9"
    assert (door.provider_settings["vswitch"], door.provider_settings["location"]) == (4711, "nbg1")


def test_an_edge_outside_germany_is_refused_too() -> None:
    asked = {**ASKED, "machine": GPU, "edge": {"type": "cx23", "location": "hel1"}}
    ledger = Ledger()
    choose(load(asked), "cloud", ledger)
    assert any("machine edge in Germany" in str(one) for one in ledger.refusals)


def test_no_other_machine_is_called_edge_or_is_a_gateway_beside_it() -> None:
    asked = {key: value for key, value in ASKED.items() if key != "machine"} | {"edge": {"type": "cx23"}}
    with pytest.raises(SpecError, match="another name than `edge`"):
        load({**asked, "machines": {"edge": GPU}})
    with pytest.raises(SpecError, match="exactly one machine"):
        load({**asked, "machine": {**GPU, "roles": ["gateway", "engine"]}})


def test_a_rehearsal_has_no_edge() -> None:
    office = {**ASKED, "machine": GPU, "edge": {"type": "cx23"}}
    mine = {"rehearses": "office", "machine": {"provider": "sandbox"}}
    assert load(mine, {"office": office}.__getitem__).edge is None


def test_a_port_of_the_gateway_without_allow_stays_private_elsewhere(sandbox: dict[str, Any]) -> None:
    assert derive(load(sandbox), "test").gateway.allow == PRIVATE


def test_the_catalogue_knows_where_and_what() -> None:
    assert {row.name for row in catalog.locations() if row.country == "DE"} == {"fsn1", "nbg1"}
    for row in (*catalog.server_types(), *catalog.locations(), *catalog.charges()):
        assert row.source and len(row.date) == 10
    assert all(not row.confirmed for row in catalog.server_types())
    sizes = [row.memory_gib for row in catalog.server_types() if row.name.startswith("cx")]
    assert sizes == sorted(sizes)
