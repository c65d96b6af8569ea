"""Checks of doors: TLS, plain HTTP, closed ports, the admin API, logs; and what restarts something."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.unit.verify.conftest import MakeTarget
from tests.unit.verify.fake_gateway import FakeGateway, running
from tests.unit.verify.fake_shell import Answer, FakeShell
from tests.unit.verify.fake_stack import certificates, handover, machine_plan, plan
from verify.check import Check, CheckFailed, CouldNotTell, Finding
from verify.checks.engine.cold_load import cold_load
from verify.checks.gateway import http_door as http_door_module
from verify.checks.gateway.admin_closed import admin_closed
from verify.checks.gateway.http_door import http_door
from verify.checks.gateway.ports_closed import ports_closed
from verify.checks.gateway.tls import tls
from verify.checks.preflight.clock_agrees import clock_agrees
from verify.checks.privacy.prompts_unlogged import prompts_unlogged
from verify.checks.system.clock import clock
from verify.checks.system.clock_right import clock_right
from verify.checks.system.reboot import reboot
from verify.gateway import Gateway
from verify.target import Target


def test_tls_of_a_good_gateway(gateway: FakeGateway, target: MakeTarget) -> None:
    finding = tls.run(target())
    assert finding.outcome == "passed" and finding.measured.startswith("TLSv1.3, ")


def test_tls_with_another_ca_or_host_name_is_refused(gateway: FakeGateway, target: MakeTarget) -> None:
    aim = target()
    stranger = aim.handover.secrets.model_copy(update={"ca_certificate": certificates(31)[0]})
    with pytest.raises(CheckFailed, match=r"certificate verify|signature|issuer"):
        tls.run(target(given=aim.handover.model_copy(update={"secrets": stranger})))
    elsewhere = aim.plan.gateway.model_copy(update={"host": "ki.firma.lan"})
    given = aim.handover.model_copy(update={"plan": aim.plan.model_copy(update={"gateway": elsewhere})})
    with pytest.raises(CheckFailed, match=r"ki\.firma\.lan"):
        tls.run(target(given=given))


def test_tls_that_can_be_talked_down_fails(target: MakeTarget) -> None:
    with running() as old:
        with pytest.warns(DeprecationWarning):
            old.context.minimum_version = ssl.TLSVersion.TLSv1
        old.context.set_ciphers("DEFAULT:@SECLEVEL=0")
        finding = tls.run(target(given=handover(plan(port=old.port))))
    assert finding.outcome == "failed" and "TLSv1_1" in finding.found


def test_an_expired_certificate_and_a_closed_port_fail(target: MakeTarget) -> None:
    with running(days=-1) as server:
        given = handover(plan(port=server.port))
        ca = given.secrets.model_copy(update={"ca_certificate": certificates(-1)[0]})
        with pytest.raises(CheckFailed, match="expired"):
            tls.run(target(given=given.model_copy(update={"secrets": ca})))
    with pytest.raises(CheckFailed, match="ConnectionRefusedError"):
        tls.run(target(given=given))


def test_tls_of_a_companys_own_certificate_is_trusted_by_the_file_itself(gateway: FakeGateway) -> None:
    given = handover(plan(port=gateway.port))
    files = given.plan.gateway.model_copy(update={"tls": "files", "files": ("a", "b")})
    secrets = given.secrets.model_copy(update={"ca_certificate": "", "ca_key": ""})
    given = given.model_copy(update={"plan": given.plan.model_copy(update={"gateway": files}), "secrets": secrets})
    assert Gateway(given).get("/v1/models").status_code == 200


@contextmanager
def plain_http(status: int, location: str = "") -> Iterator[int]:
    class Plain(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Plain) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield int(server.server_address[1])
        server.shutdown()


@pytest.mark.parametrize(
    ("planned", "status", "location", "outcome"),
    [
        ("redirect", 308, "https://localhost/v1/models", "passed"),
        ("redirect", 301, "https://localhost/", "passed"),
        ("redirect", 302, "https://localhost/", "failed"),
        ("redirect", 308, "https://elsewhere/", "failed"),
        ("redirect", 200, "", "failed"),
        ("closed", 308, "https://localhost/", "failed"),
    ],
)
def test_plain_http(
    planned: str, status: int, location: str, outcome: str, target: MakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = plan().gateway.model_copy(update={"http": planned})
    with plain_http(status, location) as port:
        monkeypatch.setattr(http_door_module, "PORT", port)
        assert http_door.run(target(given=handover(plan({"gateway": door})))).outcome == outcome


def test_plain_http_that_is_closed(target: MakeTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_door_module, "PORT", free_port())
    closed = plan().gateway.model_copy(update={"http": "closed"})
    assert http_door.run(target(given=handover(plan({"gateway": closed})))).outcome == "passed"
    assert http_door.run(target(given=handover())).outcome == "failed"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def test_closed_ports_are_told_from_open_ones(
    gateway: FakeGateway, target: MakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("verify.checks.gateway.ports_closed.RAW_PORTS", {free_port()})
    engine = plan().engine.model_copy(update={"port": free_port()})
    assert ports_closed.run(target(engine=engine)).outcome == "passed"
    with socket.create_server(("127.0.0.1", 0)) as open_door:
        exposed = engine.model_copy(update={"port": open_door.getsockname()[1]})
        finding = ports_closed.run(target(engine=exposed))
    assert finding.outcome == "failed" and f"IPv4 port {exposed.port}" in finding.found


@pytest.mark.parametrize(("heard", "outcome"), [("[::1]", "passed"), ("[::]", None), ("*", None)])
def test_where_this_computer_does_not_get_to_only_silence_is_proof(
    heard: str, outcome: str | None, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("verify.checks.gateway.ports_closed.RAW_PORTS", set())
    monkeypatch.setattr("verify.checks.gateway.ports_closed.TIMEOUT_S", 0.2)
    engine = plan().engine.model_copy(update={"port": free_port()})
    given = handover(plan({"engine": engine}, gateway.port), ipv6="100::1")
    sockets = f'LISTEN 0 100 {heard}:{engine.port} *:* users:(("ollama",pid=1,fd=3))\n'
    aim = Target(given, given.machines[0], FakeShell({"ss -H": sockets}), Gateway(given), 0.0)
    if outcome:
        assert "IPv6 (not reachable from here; nothing listens there)" in ports_closed.run(aim).measured
    else:
        with pytest.raises(CouldNotTell, match="ollama listens"):
            ports_closed.run(aim)


@pytest.mark.parametrize(("reached", "outcome"), [(False, "passed"), (True, "failed")])
def test_admin_api(reached: bool, outcome: str, target: MakeTarget) -> None:
    doors = {"unix /run/caddy/admin.sock": reached, "tcp 127.0.0.1": False}
    measured: dict[str, object] = {
        "user": "eigenherd-engine",
        "root": {"unix /run/caddy/admin.sock": True},
        "as_user": doors,
    }
    assert admin_closed.run(target(FakeShell(probes={"admin_doors": measured}))).outcome == outcome


@pytest.mark.parametrize(("places", "outcome"), [([], "passed"), (["journal"], "failed")])
def test_prompts(places: list[str], outcome: str, gateway: FakeGateway, target: MakeTarget) -> None:
    found = [{"place": place, "label": "marker"} for place in places]
    measured: dict[str, object] = {"places": found, "bytes": 1, "control_seen": True, "unread": []}
    host = FakeShell(probes={"log_search": measured})
    before = gateway.asked
    finding = prompts_unlogged.run(target(host))
    assert finding.outcome == outcome and gateway.asked > before
    ((_, params),) = host.asked
    words = params["words"]
    assert isinstance(words, dict) and len(words["marker"]) == 24 and words["marker"] not in str(finding)


@pytest.mark.parametrize(
    ("offset_s", "virtual", "synchronised", "outcome"),
    [
        (0, (1, "none"), "yes", "passed"),
        (0, "systemd-nspawn", "no", "passed"),
        (0, (1, "none"), "no", "failed"),
        (-30, (1, "none"), "yes", "failed"),
        (30, (1, "none"), "yes", "failed"),
    ],
)
def test_clock(offset_s: float, virtual: Answer, synchronised: str, outcome: str, target: MakeTarget) -> None:
    now = f"{time.time() + offset_s:.3f}\n"
    host = FakeShell({"^date": now, "detect-virt": virtual, "timedatectl": synchronised})
    assert clock.run(target(host)).outcome == outcome


@pytest.mark.parametrize("check", [clock_agrees, clock_right], ids=lambda check: check.name)
def test_a_clock_that_is_years_off_is_refused(check: Check, target: MakeTarget) -> None:
    assert check.run(target(FakeShell({"^date": "946684800.0\n"}))).outcome == "failed"
    assert check.run(target(FakeShell({"^date": f"{time.time() + 5:.3f}\n"}))).outcome == "passed"
    with pytest.raises(CouldNotTell):
        check.run(target(FakeShell({"^date": "date: not found\n"})))


@pytest.mark.parametrize(
    ("restart", "ready", "fault", "outcome"),
    [
        ("", True, "", "passed"),
        ((1, "Job failed"), True, "", "failed"),
        ("", False, "", "failed"),
        ("", True, "canned", "failed"),
    ],
)
def test_cold_load(
    restart: Answer, ready: bool, fault: str, outcome: str, gateway: FakeGateway, target: MakeTarget
) -> None:
    gateway.faults |= {fault} - {""}
    host = FakeShell({"systemctl restart eigenherd-engine": restart}, {"ready": {"ready": ready, "seconds": 0.1}})
    assert cold_load.run(target(host)).outcome == outcome


UNITS = "\n\n".join(
    f"Id={unit}\nActiveState=active\nUnitFileState=enabled"
    for unit in ("eigenherd-engine.service", "caddy.service", "eigenherd-firewall.service")
)


class Rebooting(FakeShell):
    """A machine that is away for a moment after it was told to reboot, and back with another boot id."""

    def run(self, command: str, **options: object) -> object:  # type: ignore[override]
        if any("systemctl reboot" in earlier for earlier in self.commands) and self.commands.count("drop") < 1:
            self.commands.append(command)
            raise CouldNotTell("one answers by SSH", "Connection refused", "wait")
        if "boot_id" in command and self.commands.count("drop") and self.answers.get("after"):
            return super().run("after")
        return super().run(command)


@pytest.mark.parametrize(
    ("after", "units", "missing"),
    [
        ("second\n", UNITS, ""),
        ("first\n", UNITS, "a new boot id"),
        ("second\n", UNITS.replace("active", "failed"), "units"),
    ],
)
def test_reboot(
    after: str, units: str, missing: str, gateway: FakeGateway, target: MakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("verify.checks.system.reboot.PAUSE_S", 0.01)
    monkeypatch.setattr("verify.checks.system.reboot.BOUND_S", 1.0)
    host = Rebooting({"boot_id": "first\n", "after": after, "systemctl reboot": "", "systemctl show": units})
    finding: Finding = reboot.run(target(host))
    assert (finding.outcome == "passed") == (not missing), finding
    assert missing in finding.found


def test_the_engine_machine_of_two_may_listen_on_its_private_address() -> None:
    from verify.checks.system.listeners import listeners

    pair = (machine_plan({"name": "door", "roles": ("gateway",)}), machine_plan({"name": "oven", "roles": ("engine",)}))
    given = handover(plan({"machines": pair}))
    oven = given.machines[1].model_copy(update={"private_address": "10.1.2.3"})
    sockets = 'LISTEN 0 100 10.1.2.3:8100 0.0.0.0:* users:(("python",pid=1,fd=3))\n'
    aim = Target(given, oven, FakeShell({"ss -H": sockets}), Gateway(given), 0.0)
    assert listeners.run(aim).outcome == "passed"
    alone = handover()
    assert listeners.run(Target(alone, alone.machines[0], aim.host, aim.gateway, 0.0)).outcome == "failed"
