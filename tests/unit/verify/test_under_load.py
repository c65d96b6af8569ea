"""Sampling while something computes: the sampler against a stand-in for nvidia-smi, and the load beside it."""

import importlib
import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.unit.verify.cases import subject
from tests.unit.verify.fake_shell import FakeShell
from verify.check import CouldNotTell
from verify.probes import gpu_sampler
from verify.target import Target
from verify.throttling import reasons, words
from verify.transport import PROBES
from verify.under_load import parsed, under_load

CASES = sorted((Path(__file__).parents[2] / "cases" / "gpu_sampler").glob("*.json"))
SAMPLED = Path(__file__).parents[2] / "cases" / "verify" / "gpu_stays" / "stays.json"
# Answers as nvidia-smi does: one unknown field makes the whole call fail and is named, the first of them only.
STAND_IN = """#!{python}
import json, sys
case = json.load(open({case!r}))
if "-x" in sys.argv:
    print(case["xml"])
    sys.exit(0)
fields = next(a for a in sys.argv if a.startswith("--query-gpu=")).partition("=")[2].split(",")
for field in fields:
    if field in case["unknown"]:
        print('Field "%s" is not a valid field to query.\\n' % field)
        sys.exit(2)
for card in case["cards"]:
    print(", ".join(card.get(field, "[N/A]") for field in fields))
sys.exit(case.get("code", 0))
"""
TORCH = """
from types import SimpleNamespace
class Tensor:
    def pin_memory(self): return self
    def to(self, dtype): return self
    def copy_(self, other, non_blocking=False): return self
uint8 = float16 = None
ones = empty = randn = lambda *size, **options: Tensor()
def matmul(left, right): return left
cuda = SimpleNamespace(
    device_count=lambda: {cards}, is_available=lambda: {cards} > 0, synchronize=lambda device: None,
    mem_get_info=lambda device: (2**33, 2**34),
)
"""


@pytest.fixture(params=CASES, ids=lambda path: path.stem)
def recorded(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    case: dict[str, Any] = json.loads(request.param.read_text(encoding="utf-8"))
    program = tmp_path / "nvidia-smi"
    program.write_text(STAND_IN.format(python=sys.executable, case=str(request.param)))
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return case


def sampled(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    asked = SimpleNamespace(read=lambda: '{"duration_s": 0.02, "interval_s": 0.01}')
    monkeypatch.setattr(sys, "stdin", asked)
    gpu_sampler.main()
    measured: dict[str, Any] = json.loads(capsys.readouterr().out)
    return measured


def test_a_sampler_sees_every_card_and_leaves_out_unknown_fields(
    recorded: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    measured = sampled(monkeypatch, capsys)
    found = parsed(measured)
    assert found.unknown == [field for field in gpu_sampler.FIELDS if field in recorded["unknown"]]
    assert [card["name"] for card in found.cards()] == [card["name"] for card in recorded["cards"]]
    assert not any(set(card) & set(found.unknown) for card in found.cards())
    assert {counters.replays for counters in found.before.values()} == {recorded["replays"]}
    assert found.errors == []


def test_kernel_counters_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "aer_dev_correctable").write_text("RxErr 3\nBadTLP 0\nTOTAL_ERR_COR 3\n")
    (tmp_path / "aer_dev_fatal").write_text("garbled\n")
    assert gpu_sampler.total(tmp_path / "aer_dev_correctable") == "3"
    assert gpu_sampler.total(tmp_path / "aer_dev_fatal") == gpu_sampler.total(tmp_path / "missing") == "N/A"
    assert gpu_sampler.folder("00000000:C1:00.0").name == "0000:c1:00.0"


class Meeting(FakeShell):
    """Both probes must be under way at the same time, else each waits in vain for the other."""

    barrier = threading.Barrier(2, timeout=30)

    def probe(self, name: str, params: Mapping[str, object], **_: Any) -> dict[str, object]:
        self.barrier.wait()
        return super().probe(name, params)


def target(host: FakeShell) -> Target:
    given = subject(json.loads(SAMPLED.read_text(encoding="utf-8")))
    return Target(given.handover, given.machine, host, given.gateway, 0.0)


def test_the_sampler_watches_while_the_load_runs() -> None:
    probes = json.loads(SAMPLED.read_text(encoding="utf-8"))["probes"]
    host = Meeting({}, probes)
    assert under_load(target(host)).cards()[0]["name"] == "NVIDIA L40S"
    assert {name for name, _ in host.asked} == {"copy_load", "gpu_sampler"}


def test_a_load_that_fails_is_no_measurement() -> None:
    class Broken(FakeShell):
        def probe(self, name: str, params: Mapping[str, object], **_: Any) -> dict[str, object]:
            if name == "copy_load":
                raise CouldNotTell("one JSON object", "no CUDA device", "run it by hand")
            return super().probe(name, params)

    probes = json.loads(SAMPLED.read_text(encoding="utf-8"))["probes"]
    with pytest.raises(CouldNotTell, match="no CUDA device"):
        under_load(target(Broken({}, probes)))


@pytest.mark.parametrize("cards", [0, 2])
def test_the_load_works_on_every_card(cards: int, tmp_path: Path) -> None:
    """With a torch that only counts: what is tested is that each card gets rounds until the time is over."""
    (tmp_path / "torch.py").write_text(TORCH.format(cards=cards))
    done = subprocess.run(
        [sys.executable, str(PROBES / "copy_load.py")],
        input='{"duration_s": 0.05}',
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(tmp_path)},
    )
    rounds = json.loads(done.stdout)["rounds"]
    assert list(rounds) == [f"cuda:{index}" for index in range(cards)]
    assert all(count >= 1 for count in rounds.values())


def test_a_load_takes_only_free_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", ModuleType("torch"))
    sizes = importlib.import_module("verify.probes.copy_load").sizes
    assert sizes(2**34) == (8192, 2**28)
    for free in (2**34, 2**31, 2**30, 2**29 + 2**26):
        side, copied = sizes(free)
        assert 6 * side * side + copied <= free - 2**29
    sys.modules.pop("verify.probes.copy_load")


def test_a_load_without_a_card_is_none() -> None:
    probes = json.loads(SAMPLED.read_text(encoding="utf-8"))["probes"] | {"copy_load": {"rounds": {}}}
    with pytest.raises(CouldNotTell, match="no card"):
        under_load(target(FakeShell({}, probes)))


@pytest.mark.parametrize("measured", [{}, {"samples": "none"}, {"samples": [[{"index": "0"}]]}])
def test_half_a_measurement_is_none(measured: dict[str, Any]) -> None:
    rest = {"before": {}, "after": {}, "unknown": [], "errors": [], "duration_s": 1.0}
    with pytest.raises(CouldNotTell):
        parsed(rest | measured if measured else measured)


def test_reasons_have_names() -> None:
    assert words(0x48) == "hardware slowdown, too hot (hardware)"
    assert words(0x1000) == "0x1000"
    assert reasons({"clocks_throttle_reasons.active": "0x0000000000000005"}) == 0x4
    assert reasons({"clocks_event_reasons.active": "[N/A]"}) is None
