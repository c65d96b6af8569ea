"""What goes wrong with a driver's packages, on a machine that has one: each returns what named it.

The machine's plan is branch 580; most of what goes wrong comes with the next one.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread

from plan.machine import Handover
from stacks.sandbox import machine, power
from tests.faults.aftermath import last_reason, short
from tests.faults.through import deploy_watched
from tests.integration.deployed import Answer, Deployed
from tests.integration.driver_machine import INSTALL, offered, send, with_branch
from tests.standins.nvidia.contents import Fault
from tests.standins.nvidia.deb import Deb

NEXT = 595
COMPILER = "error: too few arguments to function"
MANIFEST = "/etc/eigenherd/manifest.json"
UNFINISHED = "dpkg-query -W -f '${db:Status-Status} ${Package}\\n' | grep -E '^(unpacked|half-)' || true"

# As somebody would who does not know of the pin's branch: packages that are not to be had together.
BY_HAND = f"""
apt-get update -qq; apt-mark unhold nvidia-driver-cuda nvidia-kernel-open-dkms nvidia-persistenced
dpkg --purge nvidia-driver-pinning-580
{INSTALL} nvidia-driver-cuda nvidia-kernel-open-dkms nvidia-persistenced
"""
# As if somebody else had installed the driver: this file is the first that we place for it.
FORGOTTEN = f"sed -i '/eigenherd-nouveau[.]conf/d' {MANIFEST}"
OTHER = Deb(
    "other-dkms",
    "1-1",
    "other",
    {"Depends": "dkms"},
    {
        "/usr/src/other-1/dkms.conf": 'PACKAGE_NAME="other"\nPACKAGE_VERSION="1"\nAUTOINSTALL="yes"\nMAKE[0]="make"\n'
        'BUILT_MODULE_NAME[0]="other"\nDEST_MODULE_LOCATION[0]="/updates"\n',
        "/usr/src/other-1/Makefile": "all:\n\t$(CC) -c other.c\n",
        "/usr/src/other-1/other.c": "int other(void) { return missing; }\n",
    },
    {"postinst": "#!/bin/sh\nexec /usr/lib/dkms/common.postinst other 1 /usr/share/other\n"},
)


@dataclass(frozen=True)
class Scene:
    """folder: for repositories and their key."""

    deployed: Deployed
    handover: Handover
    folder: Path

    def offers(self, branch: int, kind: str) -> Handover:
        """The repository with a fault in this branch."""
        faults = {branch: Fault("build" if kind == "build" else "postinst")}
        return offered(self.deployed, self.folder, faults)

    def deploy(self, handover: Handover) -> Answer:
        """A real driver's modules take minutes to compile."""
        return self.deployed.deploy(handover=handover, timeout_s=1800)

    def ssh(self, command: str, ok: bool = True) -> str:
        return self.deployed.ssh(command, ok=ok, timeout_s=900)

    def assert_apt_works(self) -> None:
        assert self.ssh(UNFINISHED) == ""
        self.ssh(f"{INSTALL} hello && dpkg --purge hello")


Case = Callable[[Scene], str]


def next_branch_does_not_build(scene: Scene) -> str:
    answer = scene.deploy(with_branch(scene.offers(NEXT, "build"), NEXT))
    scene.assert_apt_works()
    assert scene.ssh("apt-mark showhold | grep linux-image") != "", "the kernel stays where it is"
    return last_reason(answer, "nvidia 595.71.05 does not build for this kernel", COMPILER, "so that apt works again")


def next_branch_s_script_fails(scene: Scene) -> str:
    answer = scene.deploy(with_branch(scene.offers(NEXT, "postinst"), NEXT))
    scene.assert_apt_works()
    return last_reason(answer, "nvidia-driver-cuda cannot be configured: nvidia-driver-cuda: this script fails")


def somebody_s_own_attempt(scene: Scene) -> str:
    """Left half configured, so that apt installs nothing any more: the next run mends it by itself."""
    scene.offers(NEXT, "build")
    scene.ssh(BY_HAND, ok=False)
    assert "half-configured nvidia-kernel-open-dkms" in scene.ssh(UNFINISHED)
    answer = scene.deploy(scene.handover)
    assert answer.code == 0, answer.text
    return short(next(line for line in answer.text.splitlines() if COMPILER in line and "removed" in line))


def another_vendor_s_module(scene: Scene) -> str:
    """Not ours to remove: it is named, and its owner mends it."""
    work = scene.folder / "other"
    (work / "debs").mkdir(parents=True)
    OTHER.build(work / "debs", work)
    send(scene.deployed, work / "debs", "/root")
    scene.ssh(f"dpkg --install /root/{OTHER.file}", ok=False)
    answer = scene.deploy(scene.handover)
    assert "half-configured other-dkms" in scene.ssh(UNFINISHED)
    scene.ssh(f"dpkg --purge other-dkms; rm -rf /root/{OTHER.file} /var/lib/dkms/other")
    return last_reason(answer, "package other-dkms says")


def power_cut_while_it_builds(scene: Scene) -> str:
    watched = replace(scene.deployed, handover=with_branch(scene.handover, NEXT))

    def cut() -> None:
        """When the compiler is at work."""
        while scene.ssh("pgrep -x cc1 || true") == "":
            time.sleep(0.1)
        power.cut(scene.deployed.record.stack, "main")
        machine.start(machine.found(scene.deployed.record.stack, "main"))

    at_work = Thread(target=cut)

    def act(begun: list[str]) -> None:
        if begun[-1].endswith(f"Driver {NEXT}, open modules"):
            at_work.start()

    answer, _ = deploy_watched(watched, act)
    at_work.join()
    return last_reason(answer, "the SSH connection ended")


def a_kernel_of_the_owner_s_own(scene: Scene) -> str:
    scene.ssh("mkdir -p /lib/modules/9.9.9-mine && touch /boot/vmlinuz-9.9.9-mine")
    answer = scene.deploy(scene.handover)
    scene.ssh("rm -r /lib/modules/9.9.9-mine /boot/*-9.9.9-mine")
    return last_reason(answer, "there are no headers of 9.9.9-mine; boot one of the archive's")


def secure_boot_without_a_key(scene: Scene) -> str:
    scene.ssh("""simulate fault '{"secure_boot": true}'""")
    answer = scene.deploy(scene.handover)
    scene.ssh("simulate heal")
    return last_reason(answer, "on Debian 12 with Secure Boot on", "enrol the key of DKMS")


def an_older_driver_of_the_owner_s(scene: Scene) -> str:
    """Too old for the plan: it is named, and not touched."""
    before = scene.ssh("dpkg-query -W")
    scene.ssh(f"cp {MANIFEST} /root/ && {FORGOTTEN}")
    answer = scene.deploy(with_branch(scene.handover, NEXT))
    scene.ssh(f"mv /root/manifest.json {MANIFEST}")
    assert scene.ssh("dpkg-query -W") == before
    return last_reason(answer, "driver 595 or newer", "which Eigenherd did not install")


def a_driver_of_the_owner_s_that_suffices(scene: Scene) -> str:
    """Adopted: no package, hold, file or unit of it is ours."""
    look = "dpkg-query -W; apt-mark showhold; ls -l --time-style=full-iso /etc/modprobe.d /etc/modules-load.d"
    before = scene.ssh(look)
    scene.ssh(f"cp {MANIFEST} /root/ && apt-mark unhold nvidia-persistenced && {FORGOTTEN}")
    answer = scene.deploy(scene.handover)
    unheld = scene.ssh("apt-mark showhold | grep -c nvidia-persistenced || true")
    scene.ssh(f"mv /root/manifest.json {MANIFEST}; apt-mark hold nvidia-persistenced")
    assert answer.code == 0 and "NVIDIA driver |" not in answer.text, answer.text
    assert scene.ssh(look) == before and unheld == "0"
    return "adopted: nothing of it was touched"


def to_the_next_branch_and_back(scene: Scene) -> str:
    """Each with one restart, and nothing left to do after it."""
    counted = []
    for handover, version in ((with_branch(scene.handover, NEXT), "595.71.05"), (scene.handover, "580.95.05")):
        answer = scene.deploy(handover)
        assert answer.code == 0 and answer.text.count("main: restarts now") == 1, answer.text
        assert scene.ssh("cat /sys/module/nvidia/version") == version
        again = scene.deploy(handover)
        assert again.summary["changed"] == 0, again.text
        counted.append(f"{version}: {answer.summary['changed']} changed, then 0")
    return "; ".join(counted)
