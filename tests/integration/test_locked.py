"""A deployment is made again from its lock: the same packages to the byte, with the archive out of reach."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from eigenherd.manifest.difference import difference
from eigenherd.manifest.lock import lock
from eigenherd.manifest.machine import read
from plan.machine import Handover
from plan.plan import Plan
from stacks.sandbox import places, scratch
from tests.integration.deployed import Deployed, add_machine, plan_of

pytestmark = pytest.mark.machine

STACK = f"locked-{os.getpid()}"
MIRROR = "/srv/mirror"
# As far as apt is concerned there is no network any more.
NO_ARCHIVE = "sed -n 's,.*//\\([^/ ]*\\)/.*,127.0.0.1 \\1,p' /etc/apt/sources.list | sort -u >> /etc/hosts"


def owners_plan(stack: str) -> Plan:
    """A gateway on somebody's machine: apt has enough to do, and torch's gigabytes are other tests' business."""
    plan = plan_of(stack)
    [machine] = plan.machines
    settings: dict[str, str | int | bool] = {"address": "192.168.10.20", "user": "root"}
    settings["identity"] = str(places.stack_folder(stack) / ".ssh" / "user")
    theirs = machine.model_copy(
        update={"provider": "existing", "harden": False, "roles": ("gateway",), "os": "debian-12"}
        | {"memory_gib": None, "disk_gib": None, "provider_settings": settings}
    )
    sources = plan.sources.model_copy(update={"mirror": None})
    return plan.model_copy(update={"machines": (theirs,), "sources": sources})


def locked(deployed: Deployed, first: Handover, mirror: Path) -> Handover:
    """The same wish, with the first one's lock, and its files on the machine."""
    debs = lock(first, mirror)
    packed = subprocess.run(["tar", "-C", str(mirror), "-c", "."], capture_output=True, check=True).stdout
    argv = ["ssh", "-F", str(deployed.handover.ssh_config), "main", f"mkdir {MIRROR} && tar -C {MIRROR} -x"]
    subprocess.run(argv, input=packed, capture_output=True, check=True, timeout=60)
    plan = deployed.handover.plan
    sources = plan.sources.model_copy(update={"mirror": MIRROR, "locked": True})
    wish = plan.model_copy(update={"sources": sources})
    return deployed.handover.model_copy(update={"plan": wish, "debs": debs})


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[list[Deployed]]:
    """Three of one kind, in stacks of their own, as an owner's would be."""
    stacks = [f"{STACK}-{number}" for number in range(3)]
    try:
        made = []
        for stack in stacks:
            (tmp_path / stack).mkdir()
            made.append(add_machine(stack, tmp_path / stack, plan=owners_plan(stack)))
        yield made
    finally:
        for stack in stacks:
            scratch.remove(stack)


def test_two_alike_are_equal_and_a_third_is_made_from_the_lock_alone(machines: list[Deployed], tmp_path: Path) -> None:
    one, other, third = machines
    for each in (one, other):
        answer = each.deploy()
        assert answer.code == 0, answer.text
    first = read(one.handover, "main")
    alike = difference(first, read(other.handover, "main"))
    assert alike.planned == [] and alike.updates == [] and "caddy" in first.made["packages"]

    third.ssh(NO_ARCHIVE)
    refused = third.deploy()
    assert refused.code == 1 and "caddy" not in third.ssh("dpkg-query -W -f '${Package}\\n'").splitlines(), refused.text

    mirror = tmp_path / "mirror"
    wanted = locked(third, one.handover, mirror)
    [debs] = wanted.debs.systems.values()
    assert {deb.name for deb in debs} == {*first.made["packages"]}
    answer = third.deploy(handover=wanted)
    assert answer.code == 0, answer.text
    made = difference(first, read(third.handover, "main"))
    assert made.planned == [] and made.updates == []
    assert third.deploy(handover=wanted).summary["changed"] == 0
    # What differs is seen, and in its part.
    third.ssh("dpkg --purge --force-depends caddy")
    changed = difference(first, read(third.handover, "main"))
    assert any(line.startswith("package caddy: ") for line in changed.planned)

    # The machine's own apt is as it was, and another byte in the mirror is no package.
    assert third.ssh("apt-cache policy zstd | grep -c 'https\\?://'") != "0"
    file = next(deb.file for deb in debs if deb.name == "caddy")
    third.ssh(f"rm /var/lib/eigenherd/debs/{file} /var/lib/eigenherd/debs/lock.sha256; echo >> {MIRROR}/debs/{file}")
    spoilt = third.deploy(handover=wanted)
    assert spoilt.code == 1 and "other bytes than locked" in spoilt.text, spoilt.text
