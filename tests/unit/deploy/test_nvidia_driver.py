"""The whole of it, over a machine on paper: what a run would do, and that nothing is left to do when it is done."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pyinfra.api.host import Host

from deploy import driver_sources, upkeep
from deploy.connector import StackConnector
from deploy.display import Display
from deploy.driver_sources import repository
from deploy.facts.apt import HeldPackages, KeyFingerprints, PackageVersions, Suite, Suites
from deploy.facts.dkms import DkmsInstalled
from deploy.facts.files import FileText, Path, PathState
from deploy.facts.grub import BootMenuCurrent
from deploy.facts.nftables import FirewallTables, Tables
from deploy.facts.nvidia import DeviceNodes, InitramfsCurrent, Nvidia, NvidiaState
from deploy.facts.packages import Inhabitants, Present, PurgePlan
from deploy.facts.python import Environment, EnvironmentState
from deploy.facts.secure_boot import SecureBootState
from deploy.facts.sessions import LoggedIn
from deploy.facts.stores import StoreIdentity
from deploy.facts.system import OsRelease
from deploy.facts.units import Unit, UnitState
from deploy.manifest import Manifest, Names
from deploy.nvidia_driver import NOUVEAU, TOOLS, install_driver, is_adopted
from deploy.operations.repositories import KEYRING
from deploy.remove import remove
from deploy.run import Job, Outcome, Run
from plan.driver import System, least_branch, select
from plan.errors import PlanError
from plan.machine import Handover, Machine
from plan.plan import PackageSources
from tests.render.examples import handovers

KERNEL = "6.1.0-50-amd64"
BARE = Nvidia(KERNEL, KERNEL, nouveau=True)
DONE = Nvidia(KERNEL, KERNEL, "580.95.05", "580.95.05", "580.95.05", smi=True)
SYSTEMS = {
    "debian-12": ("bookworm", "linux-image-amd64"),
    "debian-13": ("trixie", "linux-image-amd64"),
    "ubuntu-24.04": ("noble", "linux-image-generic"),
}
EXAMPLES = ["office", "gex131"]
ASKED = "What asks bus, modules and firmware"


class PaperMachine:
    """Facts by class, for the one host of a run that connects to nothing."""

    def __init__(self, system: System) -> None:
        name, _, version = system.partition("-")
        codename, image = SYSTEMS[system]
        self.facts: dict[Any, Any] = {
            OsRelease: {"ID": name, "VERSION_ID": version, "VERSION_CODENAME": codename},
            SecureBootState: "off",
            NvidiaState: BARE,
            Present: Inhabitants(frozenset({image})),
            PackageVersions: {image: "6.1.164-1"},
            HeldPackages: frozenset(),
            Suites: [Suite("http://m/debian/", codename, "", ("main",))],
            KeyFingerprints: frozenset(),
            DkmsInstalled: {},
            InitramfsCurrent: False,
            DeviceNodes: False,
            EnvironmentState: Environment(),
            StoreIdentity: "",
            BootMenuCurrent: False,
            LoggedIn: [],
            UnitState: Unit(exists=False, loaded_anew=True, enabled=False, active=False),
            PathState: None,
            FileText: None,
        }

    def answer(self, fact: Any, **given: Any) -> Any:
        answer = self.facts[fact]
        return answer(**{key: value for key, value in given.items() if key[0] != "_"}) if callable(answer) else answer


def install(handover: Handover, machine: Machine) -> None:
    install_driver(handover=handover, machine=machine)


@pytest.fixture
def outcome_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """A dry run of the driver alone. A restart would be an error: there is no connection."""
    monkeypatch.setattr(Host, "connect", lambda host, **_: None)
    monkeypatch.setattr(StackConnector, "temp_path", lambda connector, destination: "/tmp/waiting")  # noqa: S108

    def perform(handover: Handover, machine: PaperMachine, job: Job = install) -> Outcome:
        monkeypatch.setattr(Host, "get_fact", machine.answer)
        run = Run(handover, Display(handover), dry=True, patience_s=1)
        return run.perform(job)

    return perform


def names(outcome: Outcome) -> list[str]:
    assert not outcome.failed, outcome.failed
    return [step.operation.rpartition(" | ")[2] for step in outcome.changed]


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("system", ["debian-12", "debian-13"])
def test_a_bare_debian_gets_nvidias_branch_and_one_reboot(
    example: str, system: System, outcome_of: Callable[..., Outcome]
) -> None:
    done = names(outcome_of(handovers()[example], PaperMachine(system)))
    assert done[0] == ASKED
    assert done[1:4] == ["Nouveau is off", "Modules are loaded at boot", "No upgrade of kernel or driver by itself"]
    branch = {"debian-12": 580, "debian-13": 595}[system]
    order = ["NVIDIA's key", "NVIDIA's repository", f"Driver {branch}, open modules"]
    order += ["Modules for the kernel that will run"]
    order += ["The driver is loaded", "Device files are there", "Persistence"]
    assert [name for name in done if name in order] == order


@pytest.mark.parametrize("example", EXAMPLES)
def test_ubuntu_builds_nothing_and_has_no_other_source(example: str, outcome_of: Callable[..., Outcome]) -> None:
    machine = PaperMachine("ubuntu-24.04")
    machine.facts[Suites] = [Suite("http://m/ubuntu/", "noble", "/k", ("main", "restricted"))]
    machine.facts[SecureBootState] = "on"
    done = names(outcome_of(handovers()[example], machine))
    assert "Driver 580, open modules" in done
    assert not any("NVIDIA's" in name or name.startswith(("Modules for", "Components")) for name in done)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_second_run_changes_nothing(system: System, outcome_of: Callable[..., Outcome]) -> None:
    """Everything that the first run was to bring about holds."""
    handover = handovers()["office"]
    moving = {f"{upkeep.UNITS}/{unit}" for unit in upkeep.MOVES} | {upkeep.GRUB, upkeep.HANDOVER, upkeep.ROOM}
    absent = moving | {driver_sources.SETTINGS} | (set() if "debian" in system else {driver_sources.NVIDIA, KEYRING})
    driver = select(handover.plan.machines[0].drivers, system, "off")
    kernel = driver.kernels[0]
    had = {name: f"{driver.branch}.95.05-1" for name in driver.packages} | dict.fromkeys(
        driver.held(kernel)[:2], "6.1.164-1"
    )
    had |= {name: "1.0" for name in (*driver.installed(kernel), driver.pinning or "") if name not in had}
    after = PaperMachine(system)
    after.facts |= {
        NvidiaState: DONE,
        Present: Inhabitants(frozenset({*had, *TOOLS, "gpg"})),
        PackageVersions: had | {f"linux-headers-{KERNEL}": "6.1.164-1"},
        HeldPackages: frozenset(had),
        Suites: [Suite("http://m/", SYSTEMS[system][0], "", ("main", "contrib", "restricted"))],
        KeyFingerprints: lambda path: frozenset({repository("x", system, PackageSources())[2]}),
        DkmsInstalled: {"nvidia": f"{driver.branch}.95.05"},
        InitramfsCurrent: True,
        DeviceNodes: True,
        UnitState: lambda unit: Unit(exists=True, loaded_anew=True, enabled=True, active=True),
        PathState: lambda path: None if path in absent else Anything(),
        FileText: lambda path: Manifest(
            paths={NOUVEAU: "made"}, units={"nvidia-persistenced.service": {"enabled": True, "active": True}}
        ).model_dump_json(),
    }
    outcome = outcome_of(handover, after)
    assert names(outcome) == [] and outcome.operations >= 14


class Anything:
    """A path that is as whoever looks wants it."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Path)

    __hash__ = None  # type: ignore[assignment]


def test_debian_with_secure_boot_and_no_key_is_refused_before_anything_changes(
    outcome_of: Callable[..., Outcome],
) -> None:
    machine = PaperMachine("debian-12")
    machine.facts[SecureBootState] = "on"
    [step] = outcome_of(handovers()["office"], machine).failed
    assert step.operation == "Prepare" and "enrol the key of DKMS" in step.cause


def test_a_driver_that_suffices_is_left_alone(outcome_of: Callable[..., Outcome]) -> None:
    machine = PaperMachine("debian-12")
    machine.facts[NvidiaState] = replace(DONE, loaded="595.71.05")
    outcome = outcome_of(handovers()["office"], machine)
    assert names(outcome) == [ASKED]  # the checks ask about it, whoever installed it


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (replace(DONE, loaded="535.183.01"), "bring it to 580"),
        (replace(DONE, loaded=""), "not loaded"),
        (replace(DONE, smi=False), "without nvidia-smi"),
    ],
)
def test_somebody_elses_driver_that_does_not_suffice_is_not_touched(found: Nvidia, said: str) -> None:
    choices = handovers()["office"].plan.machines[0].drivers
    assert least_branch(choices) == 580
    with pytest.raises(PlanError, match=said):
        is_adopted(choices, found, ours=False)
    assert not is_adopted(choices, found, ours=True)


def test_a_kernel_of_its_owners_is_refused(outcome_of: Callable[..., Outcome]) -> None:
    machine = PaperMachine("debian-12")
    machine.facts[Present] = Inhabitants(frozenset({"linux-image-cloud-amd64"}))
    [step] = outcome_of(handovers()["office"], machine).failed
    assert "apt-get install linux-image-amd64" in step.cause


@pytest.mark.parametrize(
    ("mirror", "uri"),
    [
        (None, "https://"),
        ("/srv/mirror/", "file:/srv/mirror/drivers/debian12/x86_64"),
        ("http://m", "http://m/drivers/debian12/x86_64"),
    ],
)
def test_the_repository_is_the_mirrors_where_there_is_one(mirror: str | None, uri: str) -> None:
    found, key, fingerprint = repository("debian12/x86_64", "debian-12", PackageSources(mirror=mirror))
    assert found.startswith(uri) and found.endswith("debian12/x86_64")
    assert key.startswith(uri.removeprefix("file:")) and len(fingerprint) == 40


def test_a_mirror_may_sign_with_a_key_of_its_own() -> None:
    """The key has the file name of NVIDIA's; without a mirror there is nobody whose key it could be."""
    own = "A1" * 20
    _, key, fingerprint = repository("debian12/x86_64", "debian-12", PackageSources(mirror="/m", driver_key=own))
    assert (key, fingerprint) == ("/m/drivers/debian12/x86_64/3bf863cc.pub", own)
    assert repository("debian12/x86_64", "debian-12", PackageSources(driver_key=own))[2] != own


def test_what_is_undone_frees_the_packages_and_keeps_the_kernel(outcome_of: Callable[..., Outcome]) -> None:
    machine = PaperMachine("debian-12")
    made = ("linux-image-6.1.0-51-amd64", "nvidia-driver-cuda")
    known = Manifest(made=Names(packages=made), paths={NOUVEAU: "made"}, holds=("linux-image-amd64",))
    asked: list[list[str]] = []

    def purge_plan(packages: list[str]) -> frozenset[str]:
        asked.append(packages)
        return frozenset(packages)

    machine.facts |= {
        PathState: Path("file", "root", "root", "644"),
        FileText: known.model_dump_json(),
        Present: Inhabitants(frozenset(made)),
        HeldPackages: frozenset({"linux-image-amd64"}),
        FirewallTables: Tables("", ""),
        PurgePlan: purge_plan,
    }
    done = names(outcome_of(handovers()["office"], machine, remove))
    order = ["Early boot without our files", "No packages that we hold", "No packages that came with us"]
    assert [name for name in done if name in order] == order
    assert asked and all(packages == ["nvidia-driver-cuda"] for packages in asked)
