"""What probes of torch decide without torch: sizes by what is free, paces, patterns; and how ranks are waited for."""

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy
import pytest

from tests.unit.verify.fake_torch import FakeTorch, load, printed
from verify.links import PcieLink, nvlink_gbs
from verify.torch_stress import Work

GIB = 2**30


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda name: load(name, FakeTorch(), monkeypatch)


@pytest.mark.parametrize("free", [0, 2**28, GIB, 3 * GIB, 23 * GIB, 180 * GIB])
def test_no_probe_takes_more_than_is_free(free: int, probe: Any) -> None:
    pattern, speed, stress = probe("memory_pattern"), probe("speed"), probe("stress")
    block = pattern.block_bytes(free, pattern.BLOCK["cuda"])
    count = pattern.blocks_in(free, 0.75, block)
    assert count <= pattern.MOST_BLOCKS and block % 8 == 0
    assert (count + 6) * block <= free or not count
    assert count * block <= 0.75 * free
    assert speed.copy_bytes(free, 2 * free) <= max(0, free - speed.RESERVE)
    assert all(2 * (m * k + k * n + m * n) <= free - speed.RESERVE for m, k, n in speed.fitting(free))
    side = stress.largest_side(free)
    assert not side or 12 * side * side <= free - stress.RESERVE
    assert probe("allreduce").fitting((2**28, 2**32), free) == [s for s in (2**28, 2**32) if 4 * s + GIB // 2 <= free]


def test_a_free_card_is_used_well(probe: Any) -> None:
    pattern, speed = probe("memory_pattern"), probe("speed")
    block = pattern.BLOCK["cuda"]
    assert pattern.blocks_in(23 * GIB, 0.75, block) * block > 0.74 * 23 * GIB
    assert pattern.blocks_in(23 * GIB, 0.90, block) * block > 0.89 * 23 * GIB
    assert speed.copy_bytes(23 * GIB, 24 * GIB) == 6 * GIB
    assert len(speed.fitting(23 * GIB)) == 3
    assert probe("stress").largest_side(2 * GIB) == 8192


def test_a_slower_last_third_shows(probe: Any) -> None:
    stress = probe("stress")
    steady = [(float(t), 10 * t) for t in range(1, 61)]
    assert stress.thirds(steady) == pytest.approx([10, 10, 10])
    slowing = [(t, n if t <= 40 else 400 + (n - 400) // 2) for t, n in steady]
    first, _, last = stress.thirds(slowing)
    assert (first, last) == pytest.approx((10, 5))
    warming = [(t, 5 * t if t < 8 else n) for t, n in ((float(t), 10 * t) for t in range(1, 61))]
    assert stress.thirds(warming)[0] == pytest.approx(10)  # what is slow in the warm-up does not count
    assert stress.thirds([]) == stress.thirds([(1.0, 10)]) == [0.0, 0.0, 0.0]


def test_the_share_of_no_pace_is_none() -> None:
    facts = {"products": 1, "mismatches": 0, "side": 1, "dtype": "bfloat16", "duration_s": 1}
    assert Work(index=0, name="x", tflops_by_third=(0, 0, 9), **facts).share == 0  # type: ignore[arg-type]


def test_patterns_set_every_bit_both_ways_and_no_two_words_share_an_address(probe: Any) -> None:
    module = probe("memory_pattern")
    names = module.patterns(64)
    assert len(names) == len(set(names)) == 132
    words = {name: numpy.asarray(module.expected(name, 1000, 256, "cpu", 7)) for name in names}
    ones = [words[name] for name in names if name.startswith("walking one")]
    assert {int(word).bit_count() for word in numpy.concatenate(ones).view(numpy.uint64)} == {1}
    # Over all starts, every word has held every one of its 64 bits alone.
    assert all(len({int(walk[i]) for walk in ones}) == 64 for i in (0, 63, 255))
    assert words["address"].tolist() == list(range(1000, 1256))
    for name in ("address", "random"):
        assert (words[f"inverse {name}"] == ~words[name]).all()
    assert (words["walking zero 3"] == ~words["walking one 3"]).all()
    again = numpy.asarray(module.expected("random", 1000, 256, "cpu", 7))
    other = numpy.asarray(module.expected("random", 1000, 256, "cpu", 8))
    assert (again == words["random"]).all() and (other != again).any()


def test_a_short_test_has_its_bits_spread_over_the_word(probe: Any) -> None:
    assert [n for n in probe("memory_pattern").patterns(4) if n.startswith("walking one")] == [
        f"walking one {start}" for start in (0, 16, 32, 48)
    ]


@pytest.mark.parametrize("world", [2, 3, 8])
def test_sums_of_ranks_and_their_rate(world: int, probe: Any) -> None:
    module = probe("allreduce")
    assert module.restored(sum(10 + rank for rank in range(world)), world) == 10
    assert module.restored(sum(10 + rank for rank in range(world)) + 1, world) != 10
    assert module.bus_gbs(10**9, 0.5, world) == pytest.approx(2 * 2 * (world - 1) / world)


SAYS = {
    "good": "print(__import__('json').dumps({'wrong': 0, 'bus_gbs': {'1': 9.5}}))",
    "dies": "raise SystemExit('NCCL error: unhandled system error')",
    "is full": "raise SystemExit('torch.OutOfMemoryError: CUDA out of memory')",
    "hangs": "__import__('time').sleep(60)",
}


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ("good", {"wrong": 0, "bus_gbs": {"1": 9.5}}),
        ("dies", {"error": "exit 1, last words: NCCL error: unhandled system error"}),
        ("is full", {"short": "exit 1, last words: torch.OutOfMemoryError: CUDA out of memory"}),
        ("hangs", {"error": "no end"}),
    ],
)
def test_every_rank_is_waited_for_and_none_is_left(
    second: str, expected: dict[str, object], probe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, started = probe("allreduce"), []

    def start(asked: dict[str, Any], environment: dict[str, str]) -> "subprocess.Popen[str]":
        program = SAYS[second if asked["rank"] else "good"]
        pipe = subprocess.PIPE
        started.append(subprocess.Popen([sys.executable, "-c", program], stdout=pipe, stderr=pipe, text=True))
        return started[-1]

    monkeypatch.setattr(module, "start", start)
    measured = printed(module, {"device": "cpu", "longest_s": 3}, monkeypatch)
    assert [card["index"] for card in measured["cards"]] == [0, 1]
    assert measured["cards"][1].items() >= expected.items()
    assert all(process.returncode is not None for process in started)


def test_a_rank_is_asked_on_its_standard_input(probe: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module: ModuleType = probe("allreduce")
    script = tmp_path / "echo.py"
    script.write_text("import json, os, sys\nprint(json.dumps({**json.load(sys.stdin), 'on': os.environ['ON']}))")
    monkeypatch.setattr(module, "__file__", str(script))
    process = module.start({"rank": 1}, {"ON": "lo"})
    out, _ = process.communicate(timeout=30)
    assert json.loads(out) == {"rank": 1, "on": "lo"}


@pytest.mark.parametrize(
    ("generation", "width", "floor", "expected"),
    [(4, 16, 21, 23), (5, 16, 48, 52), (4, 8, 10.5, 11.5), (5, 8, 24, 26), (3, 16, 10.5, 11.5), (6, 16, 80.7, 88.3)],
)
def test_floors_of_links(generation: int, width: int, floor: float, expected: float) -> None:
    link = PcieLink(generation, width)
    assert (link.floor_gbs, link.expected_gbs) == pytest.approx((floor, expected), rel=0.01)
    assert link.floor_gbs < link.theory_gbs


def test_nvlinks_of_the_card_with_the_fewest_count() -> None:
    four = "".join(f"\t Link {i}: 14.062 GB/s\n" for i in range(4))
    one_down = four.replace("Link 3: 14.062 GB/s", "Link 3: <inactive>")
    text = f"GPU 0: NVIDIA RTX A6000 (UUID: GPU-1)\n{four}GPU 1: NVIDIA RTX A6000 (UUID: GPU-2)\n{one_down}"
    assert nvlink_gbs(text) == pytest.approx(3 * 14.062)
    assert nvlink_gbs("GPU 0: NVIDIA L4 (UUID: GPU-1)\n") == nvlink_gbs("") == 0
