"""A machine whose plan has an NVIDIA card, and NVIDIA's repository stood in for on it: real apt, dpkg and DKMS."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from plan import catalog
from plan.derive.driver.choices import choices
from plan.derive.driver.question import Question
from plan.driver import Driver, DriverChoice, Modules, System, select
from plan.machine import Handover
from plan.plan import Gpu, Plan
from tests.integration.deployed import Deployed, add_machine, plan_of
from tests.standins.nvidia.contents import Fault
from tests.standins.nvidia.repository import make

CARD = "RTX 4090"
MIRROR = "/srv/nvidia"
OLDEST = "apt-cache madison linux-image-amd64 | tail -n 1 | cut -d'|' -f2 | tr -d ' '"
INSTALL = "DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends"


def planned(system: System, branch: int | None = None) -> tuple[DriverChoice, ...]:
    """What the plan has for the card on this system; branch: pinned."""
    question = Question((catalog.gpu(CARD),), system, engine="ollama", branch=branch)
    return choices(question, (system,))


def driver_plan(stack: str, system: System, branch: int | None = None) -> Plan:
    """The baseline, the driver, and a gateway without an engine behind it: nothing computes here."""
    plan = plan_of(stack)
    row = catalog.gpu(CARD)
    card = Gpu.model_validate({**row.model_dump(include=set(Gpu.model_fields)), "simulated": True})
    [machine] = plan.machines
    changed = {"os": system, "gpu": card, "drivers": planned(system, branch), "roles": ("gateway",)}
    return plan.model_copy(update={"machines": (machine.model_copy(update=changed),)})


def add(stack: str, folder: Path, system: System = "debian-12") -> Deployed:
    """A machine without a driver; its card, its kernel and what that loads are simulated."""
    return add_machine(stack, folder, plan=driver_plan(stack, system))


def send(deployed: Deployed, folder: Path, destination: str) -> None:
    """What is in the folder, into one of the machine's; with its modes, and root's."""
    tar = ["tar", "-C", str(folder), "--owner=0", "--group=0", "-c", "."]
    packed = subprocess.run(tar, check=True, capture_output=True).stdout
    unpack = f"tar -C {destination} -x --no-overwrite-dir"
    ssh = ["ssh", "-F", str(deployed.handover.ssh_config), "main", unpack]
    subprocess.run(ssh, input=packed, check=True, capture_output=True, timeout=60)


def offered(deployed: Deployed, scratch: Path, faults: Mapping[int, Fault] | None = None) -> Handover:
    """The handover with a mirror on the machine, which has the repository that stands in for NVIDIA's.

    scratch: a folder for the repository and its key, the same each time.
    """
    plan = deployed.handover.plan
    made = make(scratch / "mirror", plan.machines[0].os, faults, scratch / "gnupg")
    deployed.ssh(f"rm -rf {MIRROR} && mkdir -p {MIRROR}")
    send(deployed, scratch / "mirror", MIRROR)
    sources = plan.sources.model_copy(update={"mirror": MIRROR, "driver_key": made.fingerprint})
    return deployed.handover.model_copy(update={"plan": plan.model_copy(update={"sources": sources})})


def with_branch(handover: Handover, branch: int | None) -> Handover:
    """The same, with `pin.driver`."""
    return _with_choices(handover, planned(handover.plan.machines[0].os, branch))


def with_archive(handover: Handover, modules: Modules) -> Handover:
    """The driver of Debian's own archive, which no plan offers any more: its branches have ended, or do not build."""
    [machine] = handover.plan.machines
    row = next(row for row in catalog.driver_packages() if row.name == "debian" and machine.os in row.systems)
    packages = {"source": "debian", "branch": row.branches[0], "components": row.components}
    names = row.open if modules == "open" else row.proprietary
    packages |= {"packages": names, "modules": modules, "repository": None, "pinning": None}
    driver = driver_of(handover).model_copy(update=packages)
    return _with_choices(handover, (DriverChoice(system=machine.os, secure_boot=("off",), driver=driver),))


def _with_choices(handover: Handover, drivers: tuple[DriverChoice, ...]) -> Handover:
    [machine] = handover.plan.machines
    machine = machine.model_copy(update={"drivers": drivers})
    return handover.model_copy(update={"plan": handover.plan.model_copy(update={"machines": (machine,)})})


def driver_of(handover: Handover) -> Driver:
    [machine] = handover.plan.machines
    return select(machine.drivers, machine.os, "off")
