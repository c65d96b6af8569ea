"""What is decided about a machine before anything boots."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from plan.errors import ProviderError
from stacks.sandbox import cgroup, identity, layer, machine, places, power, record, supervisor
from stacks.sandbox.network import Network
from stacks.sandbox.record import Record

NETWORK = Network("office", "eh-84d86e19", "10.86.25.0/24", "fd84:d86e:1900:1::/64")


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STACKS", "CACHE", "TREES", "LOCKS"):
        monkeypatch.setattr(places, name, tmp_path / name.lower())
    (places.STACKS / "office").mkdir(parents=True)


def reserve(name: str) -> Record:
    return machine.reserve(
        NETWORK, name, "debian-12", ("/tree",), 6, 20, "ssh-ed25519 AAAA host", "ssh-ed25519 BBBB me"
    )


def test_machines_count_from_ten_and_a_free_number_is_used_again() -> None:
    assert [reserve(name).ipv4 for name in ("one", "two", "three")] == ["10.86.25.10", "10.86.25.11", "10.86.25.12"]
    for file in (places.machine_folder("office", "two")).iterdir():
        file.unlink()
    places.machine_folder("office", "two").rmdir()
    assert (again := reserve("two")).ipv6 == "fd84:d86e:1900:1::b"
    assert again.folder.stat().st_mode & 0o777 == 0o700


def test_every_creation_is_another_instance() -> None:
    assert reserve("one").instance != reserve("two").instance


def test_a_record_comes_back_from_its_folder() -> None:
    made = reserve("one")
    assert record.load(made.folder) == made
    assert record.of_stack("office") == [made]


def test_a_record_of_another_version_still_loads() -> None:
    made = reserve("one")
    values = {**asdict(made), "colour": "red"}
    del values["authorized"]
    (made.folder / "machine.json").write_text(json.dumps(values))
    assert machine.found("office", "one").instance == made.instance


def test_another_instance_is_not_found_and_not_deleted() -> None:
    made = reserve("one")
    assert machine.state("office", "one", made.instance) == "stopped"
    assert machine.state("office", "one", "another") == "gone"
    machine.delete("office", "one", "another")
    assert made.folder.exists()
    with pytest.raises(ProviderError, match="one"):
        machine.found("office", "nobody")


def test_secrets_wait_in_a_private_file_and_lie_in_private_files() -> None:
    made = reserve("one")
    files = identity.files(made, NETWORK, "PRIVATE")
    machine.leave(made, files)
    assert made.pending.stat().st_mode & 0o777 == 0o600
    assert files["/etc/ssh/ssh_host_ed25519_key"] == {"text": "PRIVATE\n", "mode": 0o600}
    assert files["/root/.ssh/authorized_keys"] == {"text": "ssh-ed25519 BBBB me\n", "mode": 0o600}
    assert "PRIVATE" not in json.dumps(asdict(made))


def test_what_waits_is_added_to() -> None:
    made = reserve("one")
    machine.leave(made, {"/a": identity.plain("1"), "/b": identity.plain("1")})
    machine.leave(made, {"/b": identity.plain("2")})
    assert {path: file["text"] for path, file in json.loads(made.pending.read_text()).items()} == {"/a": "1", "/b": "2"}


def test_a_rebuilt_machine_keeps_its_hardware_address() -> None:
    one, two = reserve("one"), reserve("two")
    assert identity.mac_address(one) != identity.mac_address(two)
    assert f"MACAddress={identity.mac_address(one)}" in identity.network_file(one, NETWORK)
    assert "Address=10.86.25.10/24" in identity.network_file(one, NETWORK)


def test_nspawn_is_told_to_leave_this_computer_alone() -> None:
    made = reserve("one")
    (places.CACHE / "wheels").mkdir(parents=True)
    (places.CACHE / "trees").mkdir()
    argv = supervisor.arguments(made)
    assert {"--keep-unit", "--register=no", "--settings=no", f"--network-bridge={made.bridge}"} <= set(argv)
    assert [word for word in argv if word.startswith("--bind")] == [
        f"--bind-ro={places.CACHE}/wheels:/srv/eigenherd/mirror/wheels"
    ]


def test_a_machine_without_a_supervisor_is_off() -> None:
    made = reserve("one")
    assert power.is_off(made)
    (made.folder / "lock").write_text("1")  # the number of a process that lives, but holds no lock
    assert power.supervisor(made.folder) is None


def test_a_held_lock_names_the_supervisor() -> None:
    made = reserve("one")
    descriptor = supervisor.hold(made.folder)
    assert descriptor > 2
    assert power.supervisor(made.folder) is not None


@pytest.mark.parametrize(
    ("mounts", "found"),
    [
        ("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0", ["/sys/fs/cgroup"]),
        (
            "cgroup /c/cpu cgroup rw,cpu 0 0\ncgroup /c/memory cgroup rw,memory 0 0\n"
            "cgroup /c/systemd cgroup rw,name=systemd 0 0\ncgroup2 /c/unified cgroup2 rw 0 0",
            ["/c/memory", "/c/systemd", "/c/unified"],
        ),
        ("tmpfs /tmp tmpfs rw 0 0", []),
    ],
)
def test_control_groups_of_both_versions_are_found(mounts: str, found: list[str]) -> None:
    assert [str(place) for place in cgroup.hierarchies(mounts)] == found


def test_a_layer_that_is_not_there_is_named_with_those_that_are() -> None:
    (places.TREES / "deployed-other").mkdir(parents=True)
    with pytest.raises(ProviderError, match="deployed-other"):
        layer.lower_of(layer.deployed("mine"))


def test_a_layer_stands_on_the_trees_it_was_made_on() -> None:
    kept = layer.deployed("mine")
    kept.mkdir(parents=True)
    (kept / "lower.json").write_text(json.dumps([str(kept)]))
    assert layer.lower_of(kept) == (f"{kept}/tree", str(kept))
    (kept / "lower.json").write_text(json.dumps(["/gone"]))
    with pytest.raises(ProviderError, match="/gone is gone"):
        layer.lower_of(kept)


def test_of_idle_layers_only_the_newest_are_kept() -> None:
    for name in ("a", "b", "c", "d"):
        layer.deployed(name).mkdir(parents=True)
    used = layer.deployed("a") / "tree"
    made = reserve("one")
    (made.folder / "machine.json").write_text(json.dumps({**asdict(made), "lower": [str(used)]}))
    layer.prune(layer.deployed("d"))
    left = {path.name for path in places.TREES.iterdir()}
    assert {"deployed-a", "deployed-d"} <= left
    assert len(left) == 1 + layer.KEPT
