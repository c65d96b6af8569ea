"""A kernel of its own: modules load as on a real one, or do not."""

import json
from pathlib import Path

import pytest

from stacks.sandbox import simulation
from stacks.sandbox.simulation.programs import kernel
from tests.unit.stacks.sandbox.simulation.simulated import VERSION, Simulated, gpu_of, simulated_machine


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Simulated:
    return simulated_machine("RTX 4090", tmp_path, monkeypatch)


def test_a_module_that_was_built_loads_and_leaves_again(host: Simulated) -> None:
    assert host.load() == [0, 0]
    assert (host.root / "sys/module/nvidia/version").read_text() == f"{VERSION}\n"
    assert "Open Kernel Module" in (host.root / "proc/driver/nvidia/version").read_text()
    assert "511 nvidia-uvm" in (host.root / "run/devices").read_text()
    assert kernel.rmmod(["nvidia_uvm"]) == kernel.modprobe(["-r", "nvidia"]) == 0
    assert not list((host.root / "sys/module").iterdir()) and not (host.root / "proc/driver/nvidia").exists()
    assert "nvidia" not in (host.root / "run/devices").read_text()


def test_proprietary_modules_say_so(host: Simulated) -> None:
    host.licence = "NVIDIA"
    host.load()
    assert "Open" not in (host.root / "proc/driver/nvidia/version").read_text()


def test_debian_s_own_modules_load_under_nvidia_s_names(host: Simulated) -> None:
    host.called = "nvidia-current"
    assert host.load() == [0, 0]
    assert (host.root / "sys/module/nvidia_uvm/version").read_text() == f"{VERSION}\n"


def test_what_was_not_built_for_this_kernel_does_not_load(host: Simulated) -> None:
    host.installed = ""
    said = host.program(lambda: kernel.modprobe(["nvidia"]))
    assert said.code == 1 and "Module nvidia not found in directory /lib/modules/6.1.0-50-amd64" in said.stderr


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"secure_boot": True}, "Key was rejected by service"),
        ({"missing": 0}, "No such device"),
        ({"load": "Exec format error"}, "Exec format error"),
    ],
    ids=["not signed", "no card", "another reason"],
)
def test_a_kernel_refuses_a_module_in_its_own_words(host: Simulated, fault: dict[str, object], words: str) -> None:
    host.fault(**fault)
    said = host.program(lambda: kernel.modprobe(["nvidia"]))
    assert said.code == 1 and said.stderr == f"modprobe: ERROR: could not insert 'nvidia': {words}\n"
    host.simulate("heal")
    assert host.load() == [0, 0]


def test_nouveau_has_the_card_until_the_next_boot(host: Simulated) -> None:
    (host.root / "sys/module/nouveau").mkdir()
    assert host.program(lambda: kernel.modprobe(["nvidia"])).code == 1


def test_secure_boot_with_an_enrolled_key_loads(host: Simulated) -> None:
    host.fault(secure_boot=True, enrolled=True)
    assert (host.root / "sys/firmware/efi").is_dir() and host.load() == [0, 0]
    host.simulate("heal")
    assert not (host.root / "sys/firmware/efi").exists()


def test_a_card_that_is_missing_is_not_on_the_bus(host: Simulated) -> None:
    place = host.root / "sys/bus/pci/devices/0000:01:00.0"
    assert (place / "device").read_text() == "0x2684\n"
    host.fault(aer=0, file="aer_dev_fatal", count=3)
    assert (place / "aer_dev_fatal").read_text() == "TOTAL_ERR_FATAL 3\n"
    host.fault(missing=0)
    assert not place.exists() and host.run("lspci -Dnn -d 10de:").stdout == ""


def test_the_log_has_what_was_injected_since(host: Simulated) -> None:
    host.fault(log="NVRM: Xid (PCI:0000:01:00): 79, gone")
    whole = host.program(lambda: kernel.journalctl(["-k"])).stdout.splitlines()
    assert len(whole) == 2 and whole[0].endswith("Linux version 6.1.0-50-amd64") and "Xid" in whole[1]
    assert host.program(lambda: kernel.journalctl(["-k", "--since", "@99999999999"])).stdout == ""
    assert "NVRM: Xid" in host.program(lambda: kernel.dmesg([])).stdout


def test_a_machine_has_all_of_it_before_it_boots() -> None:
    files = simulation.files(simulation.cards_of(gpu_of("RTX 4090")))
    state = json.loads(files[simulation.STATE]["text"])
    assert state["faults"] == [] and state["cards"][0]["name"] == "NVIDIA GeForce RTX 4090"
    programs = [path for path in files if path.startswith("/usr/local/bin/") or path.startswith("/usr/local/sbin/")]
    assert all(files[path]["mode"] == 0o755 and files[path]["text"].startswith("#!/bin/sh\n") for path in programs)
    assert {"/usr/local/bin/uname", "/usr/local/bin/lspci", "/usr/local/sbin/modprobe"} <= set(programs)


def test_a_machine_without_a_simulated_card_has_nothing_of_it() -> None:
    assert simulation.cards_of(None) == ""
    assert simulation.cards_of(gpu_of("RTX 4090").model_copy(update={"simulated": False})) == ""
