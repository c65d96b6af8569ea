"""Operations do nothing where it holds, and no more than is needed where it does not."""

import pathlib
import subprocess
from dataclasses import replace
from hashlib import sha256

import pytest

from deploy.facts.accounts import Account, Accounts, KeyFiles
from deploy.facts.caddy import LoadedConfiguration
from deploy.facts.files import Entries, Path, PathState
from deploy.facts.nftables import FirewallTables, Tables
from deploy.facts.packages import Inhabitants, Present, PurgePlan
from deploy.facts.sshd import Configuration, SshdFiles, SshdSettings
from deploy.facts.units import Unit, UnitState
from deploy.firewall import live_rules
from deploy.gateway import loaded
from deploy.manifest import Manifest, Names, UnitBefore
from deploy.operations.files import folder, only, write
from deploy.operations.keys import only_key
from deploy.operations.packages import PATIENTLY, finished, packages
from deploy.operations.sshd import FILE, nothing_else, sshd_settings
from deploy.operations.units import runs
from deploy.operations.users import no_passwords, system_user
from deploy.remove import purged
from deploy.template import render
from tests.unit.deploy.conftest import PaperHost

RUNNING = Unit(exists=True, loaded_anew=True, enabled=True, active=True, run="abc")
FOLDER = Path("folder", "root", "root", "755")


def a_file(text: str, mode: str = "644") -> Path:
    return Path("file", "root", "root", mode, sha256(text.encode()).hexdigest())


def test_a_unit_that_runs_is_left_alone(host: PaperHost) -> None:
    host.facts[UnitState] = RUNNING
    assert host.does(runs, unit="a.service", run="abc") == []


@pytest.mark.parametrize(
    ("differs", "commands"),
    [
        ({"run": "old"}, ["systemctl restart"]),
        ({"outdated": True}, ["systemctl restart"]),
        ({"loaded_anew": False}, ["systemctl daemon-reload", "systemctl restart"]),
        ({"enabled": False}, ["systemctl enable"]),
        ({"active": False}, ["systemctl restart"]),
        ({"active": False, "held_back": True}, ["systemctl restart"]),
    ],
)
def test_a_unit_is_brought_to_run(host: PaperHost, differs: dict[str, object], commands: list[str]) -> None:
    host.facts[UnitState] = replace(RUNNING, **differs)  # type: ignore[arg-type]
    done = host.does(runs, unit="a.service", run="abc")
    assert [" ".join(command.rpartition("null; ")[2].split()[:2]) for command in done] == commands


def test_a_unit_that_failed_too_often_is_started_all_the_same(host: PaperHost) -> None:
    host.facts[UnitState] = replace(RUNNING, active=False)
    [restart] = host.does(runs, unit="a.service", run="abc")
    assert restart.startswith("systemctl reset-failed a.service")


def test_a_unit_held_back_by_its_own_condition_may_stay_so(host: PaperHost) -> None:
    host.facts[UnitState] = replace(RUNNING, active=False, held_back=True)
    assert host.does(runs, unit="clock.service", run="abc", conditional=True) == []


def test_how_somebody_elses_unit_was_at_first_is_remembered(host: PaperHost) -> None:
    host.facts[UnitState] = replace(RUNNING, run="")
    assert host.does(runs, unit="clock.service", ours=False) == []
    host.facts[UnitState] = replace(RUNNING, run="", enabled=False)
    assert host.does(runs, unit="clock.service", ours=False) == ["systemctl enable --quiet clock.service"]
    assert host.manifest.units == {"clock.service": UnitBefore(enabled=True, active=True)}


def test_a_file_that_stands_is_left_alone(host: PaperHost) -> None:
    host.facts[PathState] = a_file("hello")
    assert host.does(write, text="hello", destination="/etc/x") == []


@pytest.mark.parametrize("found", [a_file("other"), a_file("hello", mode="666"), Path("link", "root", "root", "777")])
def test_a_file_that_was_there_is_kept_and_replaced_at_once(host: PaperHost, found: Path) -> None:
    host.facts[PathState] = lambda path: found if path == "/etc/x" else FOLDER
    done = host.does(write, text="hello", destination="/etc/x", mode="640")
    assert host.manifest.paths == {"/etc/x": "replaced"}
    assert "cp -a --no-clobber /etc/x /etc/eigenherd/before/etc/x" in done
    assert done[-1].startswith("install -D -o root -g root -m 640") and "mv -fT /etc/x.eigenherd-new /etc/x" in done[-1]


def test_a_new_file_in_a_new_folder_makes_both_ours(host: PaperHost) -> None:
    host.facts[PathState] = lambda path: None
    host.does(write, text="hello", destination="/etc/d/x")
    assert host.manifest.paths == {"/etc/d": "made", "/etc/d/x": "made"}


def test_a_folder_that_was_there_does_not_become_ours(host: PaperHost) -> None:
    host.facts[PathState] = FOLDER
    assert host.does(folder, path="/etc/caddy", mode="750") == ["install -d -o root -g root -m 750 /etc/caddy"]
    assert host.manifest.paths == {}


def test_a_folder_of_ours_holds_nothing_else(host: PaperHost) -> None:
    host.facts[Entries] = ["new.key", "-rf old.key", "a.pem"]
    assert host.does(only, path="/etc/tls", names=["new.key", "a.pem"]) == ["cd /etc/tls && rm -rf -- '-rf old.key'"]
    assert host.does(only, path="/etc/tls", names=["new.key", "a.pem", "-rf old.key"]) == []


def test_only_missing_packages_are_installed(host: PaperHost) -> None:
    host.facts[Present] = Inhabitants(frozenset({"curl"}))
    assert host.does(packages, names=["curl"]) == []
    [install] = host.does(packages, names=["curl", "caddy"])
    assert "install --no-install-recommends caddy ||" in install


def test_what_dpkg_began_with_is_finished(host: PaperHost) -> None:
    host.facts[Present] = Inhabitants(frozenset({"curl"}), unfinished=frozenset({"caddy"}))
    [done] = host.does(finished)
    assert "patiently dpkg --configure --pending" in done
    host.facts[Present] = Inhabitants(frozenset({"curl", "caddy"}))
    assert host.does(finished) == []


SAYS = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt)"


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("test -e waited || { touch waited; echo '" + SAYS + "' >&2; false; }", 0, "held by process 7 (apt)"),
        ("{ echo 'E: Unable to locate package'; false; }", 1, ""),
        ("true", 0, ""),
    ],
)
def test_another_apt_is_waited_for_and_errors_are_not(
    command: str, code: int, said: str, tmp_path: pathlib.Path
) -> None:
    script = PATIENTLY.replace("sleep 3", "sleep 0") + f"attempt() {{ {command}; }}\npatiently attempt"
    done = subprocess.run(["sh", "-euc", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == code and said in done.stdout


def test_a_package_that_something_else_needs_stays(host: PaperHost) -> None:
    needs = {"caddy": {"caddy"}, "python3-venv": {"python3-venv", "their-tool"}}
    host.facts[Present] = Inhabitants(frozenset({"caddy", "python3-venv", "their-tool"}))
    host.facts[PurgePlan] = lambda packages: frozenset().union(*(needs[name] for name in packages))
    assert host.does(purged, names=["caddy", "python3-venv", "gone"])[-1].count("purge caddy ||") == 1


def test_sshd_is_reloaded_only_after_it_agreed(host: PaperHost) -> None:
    settings = {"PermitRootLogin": "prohibit-password"}
    text = render(FILE, {"settings": settings})
    host.facts[SshdSettings] = {"permitrootlogin": "without-password", "port": "22"}
    host.facts[PathState] = a_file(text, mode="600")
    assert host.does(sshd_settings, settings=settings) == []
    host.facts[SshdSettings] = {"permitrootlogin": "yes", "port": "22"}
    done = host.does(sshd_settings, settings=settings)
    assert done[0].startswith("/usr/sbin/sshd -t || { rm -f") and done[-1] == "systemctl reload ssh.service"


@pytest.mark.parametrize(("live", "wanted", "reloads"), [("a", "a", 0), ("a", "b", 1), ("", "b", 1), ("", "", 1)])
def test_the_live_table_is_compared_whole(host: PaperHost, live: str, wanted: str, reloads: int) -> None:
    host.facts[FirewallTables] = Tables(live, wanted)
    assert len(host.does(live_rules, text="rules")) == reloads


@pytest.mark.parametrize(("state", "reloads"), [("current", 0), ("stale", 1), ("unknown", 1)])
def test_caddy_is_reloaded_never_restarted(host: PaperHost, state: str, reloads: int) -> None:
    host.facts[LoadedConfiguration] = state
    done = host.does(loaded)
    assert len(done) == reloads and all(command.startswith("systemctl reload caddy") for command in done)


OVERRIDE = "/etc/systemd/system/caddy.service.d/override.conf"


@pytest.mark.parametrize(("packages_made", "removed"), [(("caddy",), True), ((), False)])
def test_a_unit_that_came_with_us_is_overridden_by_nobody(
    host: PaperHost, packages_made: tuple[str, ...], removed: bool
) -> None:
    ours = "/etc/systemd/system/caddy.service.d/10-eigenherd.conf"
    host.manifest = Manifest(made=Names(packages=packages_made), paths={ours: "made"})
    host.facts[UnitState] = replace(RUNNING, files=(ours, OVERRIDE))
    done = host.does(runs, unit="caddy.service", run="abc", package="caddy")
    assert [command.split()[:3] for command in done[:1]] == ([["rm", "-f", OVERRIDE]] if removed else [])
    assert len(done) == (2 if removed else 0)


ENGINE = Account("/var/lib/e", "/usr/sbin/nologin", "e", (), password=False)


@pytest.mark.parametrize(
    "differs", [{"shell": "/bin/bash"}, {"password": True}, {"groups": ("sudo",)}, {"home": "/root"}]
)
def test_a_system_user_stays_one(host: PaperHost, differs: dict[str, object]) -> None:
    host.facts[Accounts] = {"e": ENGINE}
    assert host.does(system_user, user="e", home="/var/lib/e", comment="E") == []
    host.facts[Accounts] = {"e": replace(ENGINE, **differs)}  # type: ignore[arg-type]
    [command] = host.does(system_user, user="e", home="/var/lib/e", comment="E")
    assert command.startswith("usermod --home /var/lib/e --shell /usr/sbin/nologin --groups '' --password '*'")


def test_passwords_are_taken_away_and_no_other_account_touched(host: PaperHost) -> None:
    host.facts[Accounts] = {"e": ENGINE, "eve": replace(ENGINE, password=True)}
    assert host.does(no_passwords) == ["pwconv", "usermod --password '*' eve"]
    host.facts[Accounts] = {"e": ENGINE}
    assert host.does(no_passwords) == []


def test_one_key_and_no_other_file(host: PaperHost) -> None:
    own, other = "/root/.ssh/authorized_keys", "/home/eve/.ssh/authorized_keys2"
    host.facts[Accounts] = {"root": Account("/root", "/bin/bash", "root", (), password=False)}
    host.facts[KeyFiles], host.facts[PathState] = [own], a_file("ssh-ed25519 AAAA\n", mode="600")
    assert host.does(only_key, user="root", key="ssh-ed25519 AAAA") == []
    host.facts[KeyFiles] = [other, own]
    assert host.does(only_key, user="root", key="ssh-ed25519 AAAA") == [f"rm -rf {other}"]
    host.facts[KeyFiles], host.facts[PathState] = [own], a_file("ssh-ed25519 AAAA\nssh-ed25519 BBBB\n", mode="600")
    done = host.does(only_key, user="root", key="ssh-ed25519 AAAA")
    assert "-m 700 /root/.ssh" in done[0] and own in done[-1]
    assert host.manifest == Manifest(), "what was there is not kept: it would come back with a removal"


def test_nobody_else_configures_sshd(host: PaperHost) -> None:
    host.facts[SshdFiles] = Configuration(as_shipped=True, added=(FILE,))
    assert host.does(nothing_else) == []
    host.facts[SshdFiles] = Configuration(as_shipped=False, added=(FILE, "/etc/ssh/sshd_config.d/50-x.conf"))
    shipped, gone, reload = host.does(nothing_else)
    assert shipped.startswith("install -m 644 /usr/share/openssh/sshd_config") and gone.endswith("50-x.conf")
    assert reload == "/usr/sbin/sshd -t && systemctl reload ssh.service"
