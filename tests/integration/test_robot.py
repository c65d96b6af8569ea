"""Rented servers against a fake of Robot with machines behind it: made, changed, hurt, killed, destroyed.

Never run against the real API.
"""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from stacks.robot.errors import catalogue
from stacks.sandbox import places, power
from tests.checkouts import Checkout
from tests.integration.rented import PASSWORD, USER, FakeRobot, Rented, pid_name

pytestmark = pytest.mark.machine

N = 2345678
SERVER: dict[str, Any] = {"server": N, "reinstall": True, "wipe": N, "vlan": 4000, "ptr": "ki.example.org"}
LAND = pid_name("robot-land")
# Of the codes that a read can meet, and of the moments to kill at: these always, the others in a sweep.
CODES = ("UNAUTHORIZED", "MAINTENANCE", "RATE_LIMIT_EXCEEDED", "SERVER_NOT_FOUND")
KILLS = [
    ("boots its rescue system", 0.0),
    ("boots its rescue system", 3.0),
    ("boots its rescue system", 6.0),
    ("installing debian-12", 0.0),
    ("installing debian-12", 2.0),
    ("installing debian-12", 5.0),
    ("boots debian-12", 0.0),
    ("boots debian-12", 2.0),
    ("boots debian-12", 4.0),
    ("main updating", 0.0),
]


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeRobot]:
    made = FakeRobot(tmp_path_factory.mktemp("robot") / "books", LAND)
    try:
        made.start()
        # A sweep asks for more than the 200 an hour that a person is allowed.
        made.control("settings", limits={"GET /server/{n}": [10_000, 3600]})
        made.control("servers", number=N, product="GEX131", dc="FSN1-DC14")
        made.control("products", id="GEX131-1", prices=[["FSN1", "1497.3000", "1499.0000"]])
        yield made
    finally:
        made.end()


@pytest.fixture(scope="module")
def rented(checkout: Checkout, fake: FakeRobot) -> Iterator[Rented]:
    made = Rented(checkout, fake, pid_name("rented"))
    made.make()
    made.ask(**SERVER)
    yield made


@pytest.fixture(scope="module")
def up(rented: Rented) -> str:
    """From nothing: adopt, rescue, installimage, first boot."""
    return rented.up()


def instance(rented: Rented) -> str:
    return str(rented.machine["instance"])


def test_a_server_is_installed_and_known_before_it_answers(
    rented: Rented, fake: FakeRobot, up: str, tmp_path: Path
) -> None:
    assert "boots its rescue system" in up and "installing debian-12 on nvme0n1, nvme1n1" in up
    said = rented.ssh(
        "hostname; ls /post-install /etc/ssh/ssh_host_*_key 2>&1; cat /root/.ssh/authorized_keys", tmp_path
    )
    assert f"{rented.name}-main" in said and "/etc/ssh/ssh_host_ed25519_key" in said
    assert "cannot access '/post-install'" in said and said.count("ssh-ed25519 ") == 1
    books = fake.books()
    assert [entry["type"] for entry in books["resets"]] == ["hw", "hw"] and len(books["keys"]) == 1
    assert [one["server"][0]["server_number"] for one in books["vswitches"].values()] == [N]
    assert books["rdns"] == {rented.machine["address"]: "ki.example.org"}
    assert books["firewalls"][str(N)]["status"] == "active"


def test_a_second_up_and_a_refresh_change_nothing_also_after_the_fake_was_killed(
    rented: Rented, fake: FakeRobot, up: str
) -> None:
    fake.kill()
    fake.start()
    for said in (rented.up(), rented.refresh()):
        assert re.search(r"\d+ unchanged", said) and not re.search(r"created|updated|replaced|deleted", said), said


def test_what_was_changed_in_robot_is_named_and_mended(rented: Rented, fake: FakeRobot, up: str) -> None:
    auth = (USER, PASSWORD)
    address = rented.machine["address"]
    httpx.post(f"{fake.url}/rdns/{address}", auth=auth, data={"ptr": "else.example.org"})
    httpx.delete(f"{fake.url}/firewall/{N}", auth=auth)
    said = rented.refresh()
    assert "main-ptr" in said and "main-firewall" in said, said
    rented.up()
    books = fake.books()
    assert books["rdns"][address] == "ki.example.org" and books["firewalls"][str(N)]["status"] == "active"


def test_a_server_that_is_off_is_reset_and_is_the_same_one(rented: Rented, up: str) -> None:
    before = instance(rented)
    power.cut(LAND, f"server-{N}")
    assert "does not answer" in rented.refresh()
    said = rented.up()
    assert "it is reset" in said and "rescue" not in said
    assert instance(rented) == before and rented.machine["started"]


def test_an_installation_that_fails_says_so_and_is_repaired_by_the_next_up(
    rented: Rented, fake: FakeRobot, up: str, tmp_path: Path
) -> None:
    before = instance(rented)
    fake.control("settings", installimage="fails", host_keys="after boot")
    rented.ask(**SERVER, generation=2)
    said = rented.up(ok=False)
    assert "installimage to succeed" in said and "exit code 1" in said and "FAILED to extract" in said
    fake.control("settings", installimage="works")
    rented.up()
    assert instance(rented) != before
    assert '"generation": 2' in rented.ssh("cat /etc/eigenherd-robot.json", tmp_path)


def sampled(row: tuple[str, float]) -> Any:
    return pytest.param(row, id=f"{row[0]}+{row[1]:g}s", marks=() if row == KILLS[4] else pytest.mark.sweep)


@pytest.mark.parametrize("moment", [sampled(row) for row in KILLS])
def test_a_killed_installation_converges_with_nothing_left_over(
    rented: Rented, fake: FakeRobot, up: str, moment: tuple[str, float], tmp_path: Path
) -> None:
    before, generation = rented.machine["instance"], 10 + KILLS.index(moment)
    rented.ask(**SERVER, generation=generation)
    rented.killed_up(*moment)
    rented.repair()
    assert instance(rented) != before
    assert f'"generation": {generation}' in rented.ssh("cat /etc/eigenherd-robot.json", tmp_path)
    books = fake.books()
    assert len(books["vswitches"]) == len(books["keys"]) == 1 and not books["transactions"]
    assert not books["boot"][str(N)]["rescue"]


def coded(code: str) -> Any:
    return pytest.param(code, marks=() if code in CODES else pytest.mark.sweep)


@pytest.mark.parametrize("code", [coded(code) for code in sorted(catalogue())])
def test_every_error_is_shown_with_its_meaning_and_the_stack_goes_on(
    rented: Rented, fake: FakeRobot, up: str, code: str
) -> None:
    status = {"UNAUTHORIZED": 401, "MAINTENANCE": 503, "RATE_LIMIT_EXCEEDED": 403, "INTERNAL_ERROR": 500}.get(code, 409)
    more = {"interval": 86400, "max_request": 200}
    fake.control("faults", method="GET", path="/vswitch/.*", code=code, status=status, times=1, more=more)
    row = catalogue()[code]
    said = rented("refresh", "--yes", "--skip-preview", "--suppress-outputs", ok=False)
    assert code in said and row["means"] in said and row["todo"] in said
    assert re.search(r"\d+ unchanged", rented.refresh())


def test_a_server_outside_germany_is_refused_before_anything_changes(checkout: Checkout, fake: FakeRobot) -> None:
    fake.control("servers", number=77, product="GEX63", dc="HEL1-DC2")
    abroad = Rented(checkout, fake, pid_name("abroad"))
    abroad.make()
    abroad.ask(server=77, reinstall=True, wipe=77, vlan=4001, ptr="ki2.example.org")
    said = abroad.up(ok=False)
    assert "HEL1-DC2" in said and "leaves_germany: true" in said
    books = fake.books()
    assert "77" not in books["boot"] and "77" not in books["firewalls"]
    assert 77 not in [entry["server_number"] for entry in books["resets"]]
    assert all(vswitch["vlan"] != 4001 for vswitch in books["vswitches"].values())
    abroad.destroy()


def test_an_order_is_priced_held_under_its_ceiling_and_placed_once(
    checkout: Checkout, fake: FakeRobot, tmp_path: Path
) -> None:
    ordered = Rented(checkout, fake, pid_name("ordered"))
    ordered.make()
    order = {"product": "GEX131-1", "location": "FSN1", "max_eur_month": 1400, "max_eur_setup": 1500}
    ordered.ask(order=order)
    said = ordered("preview")
    assert "costs: GEX131-1 in FSN1: 1499.00 euro a month, 1499.00 once" in said, said
    assert "for at most 1400.00 euro a month" in ordered.up(ok=False)
    assert fake.books()["transactions"] == {}
    ordered.ask(order={**order, "max_eur_month": 1500})
    fake.control("settings", polls=3)
    ordered.killed_up("costs: ", 1.0)
    ordered.repair()
    fake.control("settings", polls=1)
    [transaction] = fake.books()["transactions"].values()
    assert f"{ordered.name}-main" in ordered.ssh("hostname", tmp_path)
    assert re.search(r"\d+ unchanged", ordered.up())
    said = ordered.destroy()
    number = transaction["server_number"]
    assert f"server {number} stays rented" in said and not fake.books()["servers"][str(number)]["cancelled"]
    ordered.ask(order={**order, "max_eur_month": 1500}, cancel=number)
    ordered.up()
    assert len(fake.books()["transactions"]) == 1
    assert f"server {number} ends " in ordered.destroy()
    assert fake.books()["servers"][str(number)]["cancelled"]


def test_the_password_is_in_the_authorization_header_alone(rented: Rented, fake: FakeRobot, up: str) -> None:
    planted = (PASSWORD.encode(), base64.b64encode(f"{USER}:{PASSWORD}".encode()))
    ours = [
        rented.state,
        rented.folder,
        rented.checkout.path / ".eigenherd",
        places.machine_folder(LAND, f"server-{N}"),
    ]
    files = [path for folder in ours for path in folder.rglob("*") if path.is_file() and path.suffix != ".img"]
    assert files and not [path for path in files if any(form in path.read_bytes() for form in planted)]
    assert PASSWORD not in up and PASSWORD not in rented("stack", "export")
    for request in fake.traffic():
        header = request["headers"].pop("authorization", "")
        assert not any(form.decode() in json.dumps(request) for form in planted)
        if not request["target"].startswith("/-/"):
            assert header == f"Basic {planted[1].decode()}"


def test_destroy_leaves_the_server_and_nothing_of_ours_in_robot(rented: Rented, fake: FakeRobot, up: str) -> None:
    said = rented.destroy()
    assert f"server {N} stays rented" in said
    books = fake.books()
    assert books["vswitches"] == books["keys"] == books["rdns"] == {}
    assert books["firewalls"][str(N)]["rules"]["input"] == [] and not books["servers"][str(N)]["cancelled"]
    left = [path for path in (rented.checkout.path / ".eigenherd").rglob("robot-*") if path.is_dir()]
    assert left == []
