"""What a machine gets for keeping kernel and driver current, with a window and without one."""

import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyinfra.api.host import Host

from deploy import upkeep
from deploy.connector import StackConnector
from deploy.display import Display
from deploy.facts.files import FileText, PathState
from deploy.facts.grub import BootMenuCurrent
from deploy.facts.packages import Inhabitants, Present
from deploy.facts.python import Environment, EnvironmentState
from deploy.facts.stores import WHOLE, StoreIdentity
from deploy.facts.units import Unit, UnitState
from deploy.manifest import Manifest
from deploy.nvidia_driver import KEPT
from deploy.operations.boot_menu import boot_menu, no_boot_menu
from deploy.operations.bundles import identity, packed, unpacked_bundle
from deploy.operations.units import gone, has_run
from deploy.remove import remove
from deploy.run import Job, Outcome, Run
from deploy.template import TEMPLATES, render
from deploy.watch_bundle import bundle, without_secrets
from plan.driver import select
from plan.machine import Handover, Machine
from tests.integration.secret_search import found, needles
from tests.render.examples import handovers
from tests.unit.deploy.conftest import PaperHost

WINDOW, NONE = handovers()["gex131"], handovers()["office"]


class Anything:
    """A path that is as whoever looks wants it."""

    def __eq__(self, other: object) -> bool:
        return not isinstance(other, str)

    __hash__ = None  # type: ignore[assignment]


def keep(handover: Handover, machine: Machine) -> None:
    driver = select(handover.planned(machine).drivers, "debian-12", "off")
    upkeep.keep_current(handover=handover, machine=machine, driver=driver, kernel=driver.kernels[0], kept=KEPT)


def leave(handover: Handover, machine: Machine) -> None:
    upkeep.leave_alone()


BARE: dict[Any, Any] = {
    PathState: None,
    FileText: None,
    UnitState: Unit(exists=False, loaded_anew=True, enabled=False, active=False),
    Present: Inhabitants(frozenset()),
    EnvironmentState: Environment(),
    StoreIdentity: "",
    BootMenuCurrent: False,
}


@pytest.fixture
def outcome_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """A dry run over facts alone."""
    monkeypatch.setattr(Host, "connect", lambda host, **_: None)
    monkeypatch.setattr(StackConnector, "temp_path", lambda connector, destination: "/tmp/waiting")  # noqa: S108

    def perform(handover: Handover, facts: dict[Any, Any], job: Job = keep) -> Outcome:
        def answer(host: Host, fact: Any, **given: Any) -> Any:
            value = facts[fact]
            return value(**{key: each for key, each in given.items() if key[0] != "_"}) if callable(value) else value

        monkeypatch.setattr(Host, "get_fact", answer)
        return Run(handover, Display(handover), dry=True, patience_s=1).perform(job)

    return perform


def names(outcome: Outcome) -> list[str]:
    assert not outcome.failed, outcome.failed
    return [step.operation.rpartition(" | ")[2] for step in outcome.changed]


def test_without_a_window_the_machine_only_looks(outcome_of: Callable[..., Outcome]) -> None:
    done = names(outcome_of(NONE, BARE))
    assert {"A look every day", "A first look", "What it is to know"} <= set(done)
    assert not {"The window", "Judged after its boot", "GRUB knows that", "The checks"} & set(done)


def test_with_one_it_moves_and_is_judged(outcome_of: Callable[..., Outcome]) -> None:
    done = names(outcome_of(WINDOW, BARE))
    order = ["The checks", "What the checks compare with", "GRUB boots the last good kernel", "GRUB knows that"]
    order += ["The window", "Judged after its boot", "A judgement has a bound"]
    assert [name for name in done if name in order] == order


def as_deployed(handover: Handover, absent: set[str]) -> dict[Any, Any]:
    watch = handover.plan.maintenance
    return BARE | {
        PathState: lambda path: None if path in absent else Anything(),
        FileText: lambda path: Manifest(paths={upkeep.GRUB: "made"}).model_dump_json(),
        UnitState: lambda unit: Unit(exists=True, loaded_anew=True, enabled=True, active=True),
        Present: Inhabitants(frozenset({"dpkg-repack"})),
        EnvironmentState: Environment(watch.python.lock_sha256 if watch else "", whole=True),
        StoreIdentity: lambda store: identity(bundle()),
        BootMenuCurrent: True,
    }


def test_a_second_run_changes_nothing(outcome_of: Callable[..., Outcome]) -> None:
    assert names(outcome_of(WINDOW, as_deployed(WINDOW, set()))) == []
    moving = {f"{upkeep.UNITS}/{unit}" for unit in upkeep.MOVES}
    assert names(outcome_of(NONE, as_deployed(NONE, moving | {upkeep.GRUB, upkeep.HANDOVER, upkeep.ROOM}))) == []


def test_a_window_that_is_no_longer_planned_goes(outcome_of: Callable[..., Outcome]) -> None:
    done = names(outcome_of(NONE, as_deployed(WINDOW, set())))
    assert done == [
        *(f"No {unit}" for unit in upkeep.MOVES),
        "GRUB boots the newest kernel",
        f"No {upkeep.HANDOVER}",
        f"No {upkeep.ROOM}",
    ]


def test_a_driver_that_became_its_owners_is_left_alone(outcome_of: Callable[..., Outcome]) -> None:
    done = names(outcome_of(NONE, as_deployed(WINDOW, set()), leave))
    assert {f"No {unit}" for unit in (*upkeep.LOOKS, *upkeep.MOVES)} < set(done) and f"No {upkeep.PROGRAM}" in done


def test_units_of_ours_stop_and_go(host: PaperHost) -> None:
    host.facts[PathState] = Anything()
    [command] = host.does(gone, unit="x.timer", path="/etc/systemd/system/x.timer")
    assert command.startswith("systemctl disable --quiet --now x.timer; rm -f /etc/systemd/system/x.timer")
    assert host.does(no_boot_menu, path=upkeep.GRUB) == [f"rm -f {upkeep.GRUB} && update-grub"]
    assert host.does(has_run, unit="x.service", leaves="/y") == []
    host.facts[PathState] = None
    assert host.does(gone, unit="x.timer", path="/x") == [] and host.does(no_boot_menu, path="/x") == []
    [command] = host.does(has_run, unit="x.service", leaves="/y")
    assert "systemctl start x.service" in command
    host.facts[BootMenuCurrent] = False
    assert host.does(boot_menu, path="/x") == ["update-grub"]


def test_a_destroy_stops_the_timers_and_gives_grub_back() -> None:
    assert "GRUB in known.paths" in Path(remove.__code__.co_filename).read_text()


def test_the_checks_arrive_whole_or_are_seen_not_to_be(host: PaperHost, tmp_path: Path) -> None:
    files = {"verify/__init__.py": "", "verify/__main__.py": "print('it works')\n"}
    host.facts |= {StoreIdentity: identity(files), PathState: None}
    assert host.does(unpacked_bundle, files=files, folder="/opt/x") == []
    host.facts[StoreIdentity] = "another"
    [command] = host.does(unpacked_bundle, files=files, folder="/opt/x")
    assert "mv -T /opt/x.new /opt/x" in command
    with tarfile.open(fileobj=io.BytesIO(packed(files))) as archive:
        archive.extractall(tmp_path)  # noqa: S202 (our own; the Python of Debian 12 has no filter)
    look = ["sh", "-c", WHOLE.format(store=tmp_path)]
    assert subprocess.run(look, capture_output=True, text=True).stdout.strip() == identity(files)
    (tmp_path / "verify/__main__.py").write_text("print('something else')\n")
    assert subprocess.run(look, capture_output=True, text=True).stdout.strip() == ""


def test_what_lies_on_the_machine_holds_no_secret() -> None:
    for handover in handovers().values():
        text = without_secrets(handover, "/var/lib/x").model_dump_json()
        assert found(text.encode(), needles(handover)) == set()
        assert found("\n".join(bundle().values()).encode(), needles(handover)) == set()
    assert found(WINDOW.model_dump_json().encode(), needles(WINDOW)), "the control: a handover has them"


def test_the_settings_are_what_the_program_reads(tmp_path: Path) -> None:
    [machine] = WINDOW.machines
    driver = select(WINDOW.planned(machine).drivers, "debian-12", "off")
    path = tmp_path / upkeep.SETTINGS.lstrip("/")
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(upkeep.settings(WINDOW, machine, driver, driver.kernels[0], KEPT)))
    code = f"import sys; sys.path.insert(0, {str(TEMPLATES / 'opt/eigenherd/kernel_set')!r}); import settings, pathlib;"
    code += f"print(settings.Settings.read(pathlib.Path({str(tmp_path)!r})))"
    read = subprocess.run([sys.executable, "-B", "-c", code], check=True, capture_output=True, text=True).stdout
    assert "names=('linux-image-amd64', 'linux-headers-amd64'" in read and "window='Sun 03:00 Europe/Berlin'" in read
    assert "'--local', 'main'" in read


def test_the_timer_is_the_window() -> None:
    values = {"program": upkeep.PROGRAM, "calendar": "Sun *-*-* 03:00:00 Europe/Berlin", "late_s": 1}
    text = render(f"{upkeep.UNITS}/eigenherd-kernel-move.timer", values)
    assert "OnCalendar=Sun *-*-* 03:00:00 Europe/Berlin\n" in text and "Persistent=no" in text
