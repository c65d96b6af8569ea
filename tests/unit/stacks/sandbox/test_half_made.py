"""A creation that fails at any step takes away what it made: Pulumi records nothing of it, and deletes nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from plan.errors import ProviderError
from stacks.sandbox import bystander, firewall, forwarding, layer, machine, network, places, power
from stacks.sandbox.network import Network

NETWORK = Network("office", "eh-84d86e19", "10.86.25.0/24", "fd84:d86e:1900:1::/64", "here")
Broken = Callable[..., None]


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STACKS", "CACHE", "TREES", "LOCKS"):
        monkeypatch.setattr(places, name, tmp_path / name.lower())


def broken(*_: object, **__: object) -> None:
    raise ProviderError("a step to succeed", "the disk is on fire", "put it out")


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The machines that were ended."""
    ended: list[str] = []
    monkeypatch.setattr(network, "ensure", lambda _stack: NETWORK)
    monkeypatch.setattr(power, "cut", lambda _stack, name: ended.append(name))
    monkeypatch.setattr(layer, "lower_of", lambda _layer: ("/tree",))
    monkeypatch.setattr(layer, "make_image", lambda image, *_: image.touch())
    monkeypatch.setattr(machine, "start", lambda made: None)
    (places.STACKS / "office").mkdir(parents=True)
    return ended


def create() -> None:
    machine.create("office", "one", "debian-12", 6, 20, "PRIVATE", "ssh-ed25519 AAAA", "ssh-ed25519 BBBB", "layer")


@pytest.mark.parametrize(
    ("room", "step"), [(machine, "reserve"), (layer, "make_image"), (machine, "leave"), (machine, "start")]
)
def test_a_machine_that_fails_at_a_step_leaves_nothing(
    cut: list[str], monkeypatch: pytest.MonkeyPatch, room: object, step: str
) -> None:
    monkeypatch.setattr(room, step, broken)
    with pytest.raises(ProviderError, match="on fire"):
        create()
    assert not places.machine_folder("office", "one").exists()
    assert cut == ["one", "one"], "ended before, for what an earlier run left, and after"


def test_what_an_earlier_run_left_is_removed_and_said(cut: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    folder = places.machine_folder("office", "one")
    folder.mkdir()
    (folder / "disk.img").write_text("half")
    create()
    assert "an earlier run left" in capsys.readouterr().out
    assert (folder / "disk.img").read_text() == "" and (folder / "machine.json").exists()


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Networks that were taken away."""
    found: list[str] = []
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(network, "planned", lambda _stack: NETWORK)
    monkeypatch.setattr(network, "take_away", found.append)
    for room, step in STEPS:
        monkeypatch.setattr(room, step, lambda *_: None)
    return found


STEPS = [(network, "set_bridge"), (firewall, "load"), (forwarding, "enable"), (bystander, "admit")]


@pytest.mark.parametrize(("room", "step"), STEPS)
def test_a_network_that_fails_at_a_step_leaves_nothing(
    taken: list[str], monkeypatch: pytest.MonkeyPatch, room: object, step: str
) -> None:
    monkeypatch.setattr(room, step, broken)
    with pytest.raises(ProviderError, match="on fire"):
        network.ensure("office", "here")
    assert taken == ["office"] and not places.stack_folder("office").exists()


def test_a_network_that_was_there_stays_when_it_cannot_be_mended(
    taken: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    network.ensure("office", "here")
    monkeypatch.setattr(firewall, "load", broken)
    with pytest.raises(ProviderError, match="on fire"):
        network.ensure("office", "here")
    assert taken == [] and network.remembered("office") == NETWORK


def test_anothers_network_is_refused_and_stays(taken: list[str], tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    network.ensure("office", str(tmp_path / "there"))
    with pytest.raises(ProviderError, match="belongs to"):
        network.ensure("office", "here")
    assert taken == [] and network.remembered("office") is not None
