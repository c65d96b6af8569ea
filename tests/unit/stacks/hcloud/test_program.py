"""The whole Pulumi program for Hetzner Cloud, under Pulumi's mocks. The real API was never asked."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from stacks.hcloud import needs
from tests.fakes.hcloud.running import ROOT, threaded
from tests.unit.stacks.hcloud.held import wrong

ALONE: dict[str, Any] = {
    "machine": {"provider": "hcloud", "type": "cx33", "location": "fsn1"},
    "models": ["smollm2:135m"],
    "clients": ["demo"],
    "gateway": {"host": "ki.example.org", "allow": ["203.0.113.0/29"]},
}
DATA = {**ALONE, "machine": {**ALONE["machine"], "volume_gb": 20}}
LOOSE = {**ALONE, "machine": {**DATA["machine"], "volume_protected": False}}
SEVERAL = {key: value for key, value in ALONE.items() if key != "machine"} | {
    "machines": {
        "door": {
            "provider": "hcloud",
            "type": "cx23",
            "roles": ["gateway"],
            "vswitch": 4711,
            "routes": ["192.168.5.0/24"],
            "ssh_allow": ["203.0.113.0/29"],
        },
        "one": {"provider": "hcloud", "type": "cx33", "location": "nbg1", "roles": ["engine"]},
    },
    "gateway": {"host": "ki.example.org", "allow": ["any"], "tls": "acme"},
}
FINLAND = {**ALONE, "machine": {**ALONE["machine"], "location": "hel1"}}
TOKEN = "planted-token-of-the-cloud"


@cache
def ran(asked: str, home: str, phase: str = "up", endpoint: str = "http://127.0.0.1:9/v1", token: str = TOKEN) -> Any:
    """{"resources", "said", "refused"} of the program."""
    config = {"hcloud:endpoint": endpoint, **({"hcloud:token": token} if token else {})}
    environment = {**os.environ, "PULUMI_HOME": home, "PYTHONPATH": str(ROOT)}
    environment.pop("HCLOUD_TOKEN", None)
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.stacks.hcloud.program", phase],
        input=json.dumps({"environment": json.loads(asked), "config": config}),
        capture_output=True,
        text=True,
        env=environment,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1]) | {"stderr": done.stderr}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder in which the plugin seems to be: nothing starts it under mocks."""
    folder = tmp_path_factory.mktemp("pulumi")
    (folder / "plugins" / f"resource-hcloud-v{needs.version()}").mkdir(parents=True)
    return str(folder)


def resources(asked: dict[str, Any], home: str, kind: str) -> list[dict[str, Any]]:
    """Of one kind, by name: Pulumi makes them as they become ready. Components are none."""
    found = [one for one in ran(json.dumps(asked), home)["resources"] if not one["type"].startswith("eigenherd:")]
    return sorted((one for one in found if one["type"].endswith(f":{kind}")), key=lambda one: str(one["name"]))


@pytest.mark.parametrize("asked", [ALONE, DATA, SEVERAL], ids=["alone", "data", "several"])
def test_its_arguments_are_pulumi_hclouds_own(asked: dict[str, Any], home: str) -> None:
    made = [one for one in ran(json.dumps(asked), home)["resources"] if one["type"].startswith("hcloud:")]
    assert len(made) > 5
    assert not [problem for one in made for problem in wrong(one["type"], one["inputs"])]


def test_one_server_with_all_that_belongs_to_it(home: str) -> None:
    [server] = resources(ALONE, home, "Server")
    inputs = server["inputs"]
    assert (inputs["name"], inputs["serverType"], inputs["image"], inputs["location"]) == (
        "cloud-main",
        "cx33",
        "debian-12",
        "fsn1",
    )
    ids = {
        one["type"].rpartition(":")[2] + one["name"]: float(one["id"])
        for one in ran(json.dumps(ALONE), home)["resources"]
    }
    assert inputs["firewallIds"] == [ids["Firewallmain-firewall"]]
    assert inputs["sshKeys"] == [str(int(ids["SshKeyssh-key"]))]
    assert inputs["networks"] == [{"networkId": ids["Networknetwork"], "ip": "10.77.1.10", "aliasIps": []}]
    [public] = inputs["publicNets"]
    assert (public["ipv4"], public["ipv6"]) == (ids["PrimaryIpmain-ipv4"], ids["PrimaryIpmain-ipv6"])
    assert "placementGroupId" not in inputs
    assert not resources(ALONE, home, "Volume")


def test_the_server_is_born_with_a_host_key_of_ours_and_its_user_data_is_secret(home: str) -> None:
    [server] = resources(ALONE, home, "Server")
    given = server["inputs"]["userData"]
    assert isinstance(given, dict), "marked as a secret on the wire"
    text = given["value"]
    assert text.startswith("#cloud-config\n") and len(text) < 32 * 1024
    config = json.loads(text.partition("\n")[2])
    assert "OPENSSH PRIVATE KEY" in config["ssh_keys"]["ed25519_private"]
    [met] = resources(ALONE, home, "HcloudMachine")
    assert met["inputs"]["host_public"] == config["ssh_keys"]["ed25519_public"]
    assert isinstance(met["inputs"]["user_private"], dict), "a secret too"


def test_everything_is_named_and_labelled(home: str) -> None:
    without = {"NetworkSubnet", "NetworkRoute", "VolumeAttachment"}
    for one in ran(json.dumps(SEVERAL), home)["resources"]:
        kind = one["type"].rpartition(":")[2]
        if one["type"].startswith("hcloud:") and kind not in without:
            assert one["inputs"]["name"].startswith("cloud-")
            assert one["inputs"]["labels"].items() >= {"managed-by": "eigenherd", "stack": "cloud"}.items()


def test_the_firewall_lets_in_who_is_allowed(home: str) -> None:
    [wall] = resources(ALONE, home, "Firewall")
    rules = {(rule["protocol"], rule.get("port")): rule["sourceIps"] for rule in wall["inputs"]["rules"]}
    everybody = ["0.0.0.0/0", "::/0"]
    assert rules == {
        ("tcp", "22"): everybody,
        ("icmp", None): everybody,
        ("tcp", "443"): ["203.0.113.0/29"],
        ("tcp", "80"): ["203.0.113.0/29"],
    }
    door, engine = resources(SEVERAL, home, "Firewall")
    assert [(rule["protocol"], rule.get("port")) for rule in engine["inputs"]["rules"]] == [
        ("tcp", "22"),
        ("icmp", None),
    ]
    ports = {rule.get("port"): rule["sourceIps"] for rule in door["inputs"]["rules"]}
    assert (ports["22"], ports["80"]) == (["203.0.113.0/29"], everybody)


def test_several_servers_share_a_network_and_are_kept_apart(home: str) -> None:
    [network], [group] = resources(SEVERAL, home, "Network"), resources(SEVERAL, home, "PlacementGroup")
    assert network["inputs"]["exposeRoutesToVswitch"] is True
    assert group["inputs"]["type"] == "spread"
    servers = resources(SEVERAL, home, "Server")
    assert [one["inputs"]["placementGroupId"] for one in servers] == [float(group["id"])] * 2
    subnets = {one["inputs"]["type"]: one["inputs"] for one in resources(SEVERAL, home, "NetworkSubnet")}
    assert subnets["cloud"]["ipRange"] == "10.77.1.0/24"
    assert (subnets["vswitch"]["ipRange"], subnets["vswitch"]["vswitchId"]) == ("10.77.2.0/24", 4711)
    [route] = resources(SEVERAL, home, "NetworkRoute")
    assert (route["inputs"]["destination"], route["inputs"]["gateway"]) == ("192.168.5.0/24", "10.77.1.10")
    assert len(resources(SEVERAL, home, "SshKey")) == 1


@pytest.mark.parametrize(("asked", "protected"), [(DATA, True), (LOOSE, False)])
def test_a_volume_is_protected_and_attached(asked: dict[str, Any], protected: bool, home: str) -> None:
    [volume], [attachment] = resources(asked, home, "Volume"), resources(asked, home, "VolumeAttachment")
    assert (volume["inputs"]["deleteProtection"], volume["inputs"]["size"]) == (protected, 20)
    assert attachment["inputs"]["volumeId"] == float(volume["id"])
    [met] = resources(asked, home, "HcloudMachine")
    assert met["inputs"]["device"].startswith("/dev/disk/by-id/")


def test_the_stages_get_the_machine(home: str) -> None:
    [deployment] = resources(ALONE, home, "Deployment")
    handover = json.loads(deployment["inputs"]["handover"]["value"])
    [machine] = handover["machines"]
    assert (machine["address"], machine["private_address"]) == ("198.51.100.7", "10.77.1.10")


def test_outside_germany_there_is_no_first_resource(home: str) -> None:
    outcome = ran(json.dumps(FINLAND), home)
    assert "machine main in Germany" in outcome["refused"]
    assert outcome["resources"] == []


def test_without_the_plugin_or_a_token_there_is_none_either(home: str, tmp_path: Path) -> None:
    outcome = ran(json.dumps(ALONE), str(tmp_path))
    assert f"pulumi plugin install resource hcloud v{needs.version()}" in outcome["refused"]
    assert outcome["resources"] == []
    outcome = ran(json.dumps(ALONE), home, token="")
    assert "pulumi config set --secret hcloud:token" in outcome["refused"]
    assert outcome["resources"] == []


def test_a_preview_says_what_it_costs_by_the_apis_prices(home: str, tmp_path: Path) -> None:
    with threaded(tmp_path) as fake:
        outcome = ran(json.dumps(DATA), home, "preview", fake.endpoint)
        [asked] = fake.traffic()
    [said] = outcome["said"]
    lines = said.splitlines()
    assert "server cx33" in lines[1] and "7.00 EUR a month" in lines[1] and "price list of the API" in lines[1]
    assert "IPv4 address" in lines[2] and "0.60 EUR" in lines[2]
    assert "volume, 20 GB" in lines[3] and "1.00 EUR" in lines[3]
    assert "8.60 EUR a month" in lines[4] and "without VAT" in lines[4]
    assert asked["headers"].pop("Authorization") == f"Bearer {TOKEN}"
    assert TOKEN not in json.dumps(asked)


def test_where_the_api_does_not_answer_the_catalogue_does_with_its_date(home: str) -> None:
    [said] = ran(json.dumps(DATA), home, "preview")["said"]
    assert "6.49 EUR a month" in said
    assert "catalogue of 2026-11-25, not confirmed" in said
    assert "the API gave no price list" in said


def test_a_price_nobody_knows_is_not_taken_for_nothing(home: str) -> None:
    asked = {**ALONE, "machine": {**ALONE["machine"], "type": "ccx13"}}
    [said] = ran(json.dumps(asked), home, "preview")["said"]
    assert "? a month" in said
    assert "without main: server ccx13, whose price is not known" in said


def test_an_up_says_it_no_second_time(home: str) -> None:
    assert ran(json.dumps(ALONE), home)["said"] == []


@pytest.mark.parametrize("phase", ["up", "preview"])
def test_the_token_is_in_nothing_the_program_says_or_asks_for(home: str, phase: str) -> None:
    assert TOKEN not in json.dumps(ran(json.dumps(DATA), home, phase))
