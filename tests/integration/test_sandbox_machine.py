"""Machines of the sandbox, booted for real: no Pulumi and no deploy, only what a machine itself promises."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stacks.sandbox import door, layer, machine, network, places, power, scratch, sweep

pytestmark = pytest.mark.machine

STACK = f"test-{os.getpid()}"
OTHER = f"{STACK}-other"
DEBIANS = {"one": "12", "two": "13"}


def ssh(stack: str, host: str, command: str, ok: bool = True) -> str:
    done = subprocess.run(
        ["ssh", "-F", str(scratch.ssh_config(stack)), host, command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert not ok or done.returncode == 0, f"{host}: {command}: {done.stdout}{done.stderr}"
    return done.stdout.strip()


def boot_id(stack: str, host: str) -> str:
    return ssh(stack, host, "cat /proc/sys/kernel/random/boot_id", ok=False)


def printed(*argv: str) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def traces(stack: str) -> list[str]:
    """All lines on this computer that carry the stack's name or tag, found without the sandbox's own sweep."""
    words = (places.tag(stack), f"/{stack}/")
    listings = {
        "process": printed("ps", "-eo", "args"),
        "interface": printed("ip", "-o", "addr"),
        "table": printed("nft", "list", "tables"),
        "loop": printed("losetup", "--list"),
        "mount": Path("/proc/self/mountinfo").read_text(),
        "folder": printed("find", "/var/lib", "/run", "/sys/fs/cgroup", "-type", "d"),
    }
    return [
        f"{kind}: {line}"
        for kind, text in listings.items()
        for line in text.splitlines()
        if any(word in f"{line}/" for word in words)
    ]


@pytest.fixture(scope="module")
def stack() -> Iterator[str]:
    """One stack with a Debian 12 and a Debian 13; and after it nothing, which is a test as well."""
    try:
        scratch.add(STACK, "one", os="debian-12", disk_gib=8)
        scratch.add(STACK, "two", os="debian-13", memory_gib=2, disk_gib=8)
        yield STACK
    finally:
        scratch.remove(STACK)
    assert sweep.remains(STACK) == []
    assert traces(STACK) == []


@pytest.mark.parametrize(("host", "debian"), DEBIANS.items())
def test_a_machine_is_a_fresh_debian_reached_over_both_families(stack: str, host: str, debian: str) -> None:
    for way in (host, f"{host}-ipv6"):
        assert ssh(stack, way, "hostname") == host
    assert f'VERSION_ID="{debian}"' in ssh(stack, host, "cat /etc/os-release")
    assert ssh(stack, host, "systemctl is-system-running --wait") == "running"


def test_a_machine_has_its_declared_size_and_an_identity_of_its_own(stack: str) -> None:
    size_gib = int(ssh(stack, "one", "df --output=size --block-size=1M / | tail -1")) / 1024
    assert 7.5 < size_gib <= 8
    machine_ids = {ssh(stack, host, "cat /etc/machine-id") for host in DEBIANS}
    assert len(machine_ids) == 2
    assert all(len(machine_id) == 32 for machine_id in machine_ids)


def test_another_host_key_is_not_taken_for_the_machine(stack: str) -> None:
    one, two = machine.found(stack, "one"), machine.found(stack, "two")
    assert door.answers(one.ipv4, one.host_key, lambda: True, timeout_s=3)
    assert not door.answers(one.ipv4, two.host_key, lambda: True, timeout_s=2)


@pytest.mark.parametrize("host", DEBIANS)
def test_apt_works_through_the_network_of_the_stack(stack: str, host: str) -> None:
    ssh(stack, host, "apt-get update -qq && apt-get install -qqy --no-install-recommends tree")
    assert "tree v" in ssh(stack, host, "tree --version")


def test_the_mirror_is_read_only_and_shows_no_trees(stack: str) -> None:
    assert ssh(stack, "one", f"ls {places.MIRROR_IN_MACHINE}").split() == sorted(places.MIRROR)
    refused = ssh(stack, "one", f"touch {places.MIRROR_IN_MACHINE}/wheels/mine 2>&1", ok=False)
    assert "Read-only file system" in refused


@pytest.mark.parametrize("host", DEBIANS)
def test_a_reboot_inside_comes_back_as_another_boot(stack: str, host: str) -> None:
    before = boot_id(stack, host)
    ssh(stack, host, "echo kept > /root/note; systemctl reboot", ok=False)
    assert power.until(lambda: boot_id(stack, host) not in ("", before), 60)
    assert ssh(stack, f"{host}-ipv6", "cat /root/note") == "kept"


def test_stopped_and_started_it_is_the_same_disk(stack: str) -> None:
    made = machine.found(stack, "one")
    ssh(stack, "one", "echo still here > /root/note")
    machine.stop(made)
    assert machine.state(stack, "one") == "stopped"
    assert power.loops(made.image) == []
    machine.start(made)
    assert machine.state(stack, "one", made.instance) == "running"
    assert ssh(stack, "one", "cat /root/note") == "still here"


@pytest.mark.parametrize("victim", ["supervisor", "nspawn"])
def test_a_killed_machine_is_stopped_and_starts_again(stack: str, victim: str) -> None:
    made = machine.found(stack, "one")
    supervisor = power.supervisor(made.folder)
    assert supervisor is not None
    pid = supervisor if victim == "supervisor" else int(printed("ps", "--ppid", str(supervisor), "-o", "pid="))
    before = boot_id(stack, "one")
    os.kill(pid, signal.SIGKILL)
    assert power.until(lambda: machine.state(stack, "one") == "stopped", 10)
    machine.start(made)
    assert boot_id(stack, "one") not in ("", before)


def test_machines_of_a_stack_reach_each_other_and_those_of_another_do_not(stack: str) -> None:
    one, two = machine.found(stack, "one"), machine.found(stack, "two")
    for address in (two.ipv4, two.ipv6):
        assert reaches(stack, "one", address)
    try:
        stranger = scratch.add(OTHER, "one", disk_gib=4)
        assert network.remembered(OTHER) != network.remembered(stack)
        assert ssh(OTHER, "one", "hostname") == "one"
        for target in (one.ipv4, one.ipv6):
            assert not reaches(OTHER, "one", target)
        assert not reaches(stack, "one", stranger.ipv4)
    finally:
        scratch.remove(OTHER)
    assert traces(OTHER) == []
    assert reaches(stack, "one", two.ipv4), "the other stack's end is not ours"


def reaches(at: str, name: str, address: object) -> bool:
    """Asked more than once: a machine that just booted does not have its IPv6 address at once."""
    return bool(re.search(r" [1-9] received", ssh(at, name, f"ping -c 5 -i 0.5 -W 1 {address}", ok=False)))


def test_a_creation_that_was_killed_is_cleaned_up_by_the_next(stack: str) -> None:
    code = f"from stacks.sandbox import scratch; scratch.add({stack!r}, 'three', disk_gib=4)"
    creation = subprocess.Popen([sys.executable, "-c", code])
    image = places.machine_folder(stack, "three") / "disk.img"
    assert power.until(image.exists, 20)
    time.sleep(0.3)
    creation.kill()
    creation.wait()
    scratch.add(stack, "three", disk_gib=4)
    assert ssh(stack, "three", "hostname") == "three"
    machine.delete(stack, "three", "of another instance")
    assert machine.state(stack, "three") == "running"
    machine.delete(stack, "three")
    assert machine.state(stack, "three") == "gone"
    scratch.write_ssh_files(stack)


def test_a_machine_starts_from_a_deployed_layer_as_itself(stack: str) -> None:
    ssh(stack, "one", "echo deployed > /opt/deployed; rm /usr/bin/curl; rm -r /usr/share/man; mkdir /usr/share/man")
    name = f"{STACK}-layer"
    kept = scratch.keep(stack, "one", name)
    try:
        machine.start(machine.found(stack, "one"))
        made = scratch.add(stack, "four", disk_gib=4, from_layer=name)
        assert made.lower[0].startswith(str(kept))
        assert ssh(stack, "four", "cat /opt/deployed; hostname") == "deployed\nfour"
        assert ssh(stack, "four", "ls /usr/bin/curl /usr/share/man 2>/dev/null", ok=False) == "/usr/share/man:"
        assert ssh(stack, "four", "cat /etc/machine-id") != ssh(stack, "one", "cat /etc/machine-id")
        ssh(stack, "four", "echo changed > /opt/deployed")
        assert (kept / "tree/opt/deployed").read_text() == "deployed\n"
        machine.delete(stack, "four")
    finally:
        subprocess.run(["rm", "-rf", str(layer.deployed(name))], check=True)
    scratch.write_ssh_files(stack)


def test_a_creation_that_fails_leaves_no_machine(stack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr(machine, "start", broken)
    with pytest.raises(RuntimeError, match="on fire"):
        scratch.add(stack, "five", disk_gib=4)
    assert machine.state(stack, "five") == "gone"
    assert not places.machine_folder(stack, "five").exists()
