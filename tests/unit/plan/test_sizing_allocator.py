"""Sizes against llama.cpp's own allocator, on files with real architectures' shapes and no weights."""

from itertools import product
from pathlib import Path
from statistics import median

import pytest

from plan.sizing import size
from plan.sizing.gguf_file import read
from tests.allocator import reported, sparse
from tests.allocator.comparison import CONTEXTS, compare, record, recorded
from tests.allocator.models import FITTED, HELD_OUT, Real
from tests.allocator.reported import buffers
from tests.allocator.sparse import QUANTS

KEPT_MIB, TOTAL_MIB = 20, 100  # bounds of the medians, here of each case
SAMPLE = ["ERNIE 4.5 0.3B", "EXAONE 4.0 1.2B", "StarCoder2 3B"]


def test_the_sets_are_apart_by_architecture() -> None:
    assert not {real.arch for real in FITTED} & {real.arch for real in HELD_OUT}
    assert len(HELD_OUT) >= 20


@pytest.mark.parametrize("name", SAMPLE)
def test_a_sample_of_what_was_held_out(name: str) -> None:
    [real] = [real for real in HELD_OUT if real.name == name]
    for row in compare(real, "Q4_K_M", (2048, 8192)):
        assert row.weights_reported > 100 and row.kv_reported > 10 and row.compute_reported > 10
        assert row.kept_error < KEPT_MIB and row.total_error < TOTAL_MIB


@pytest.mark.parametrize(("slots", "kv"), [(4, "f16"), (1, "q8_0"), (2, "q4_0")])
def test_slots_and_quantised_caches(slots: int, kv: str, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    sparse.write(path, next(real for real in HELD_OUT if real.arch == "ernie4_5"), "Q8_0")
    found = buffers(path, 4096, slots, kv)
    said = size(read(path), 4096, slots=slots, kv_cache=kv)  # type: ignore[arg-type]
    assert said.kv_cache_mib == pytest.approx(found.kv, abs=0.1)
    assert said.compute_mib == pytest.approx(found.compute, abs=5)


def test_the_copy_that_a_processor_makes(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    sparse.write(path, next(real for real in HELD_OUT if real.arch == "ernie4_5"), "Q4_K_M")
    assert size(read(path), 2048, device="cpu").repacked_mib == pytest.approx(reported.repacked(path), abs=1)


@pytest.mark.sweep
@pytest.mark.parametrize("real", [*HELD_OUT, *FITTED], ids=lambda real: real.name)
def test_each(real: Real) -> None:
    """All of them: half an hour. Rows go to docs/sizing.json, from which docs/sizing.md is made."""
    rows = [row for quant in QUANTS for row in compare(real, quant)]
    record(rows)
    assert max(row.kept_error for row in rows) < KEPT_MIB and max(row.total_error for row in rows) < TOTAL_MIB


def test_the_recorded_rows_hold_the_bounds() -> None:
    """Medians over what the formulas were not made with."""
    rows = [row for row in recorded() if row.held_out]
    assert len({row.model for row in rows}) >= 20
    assert {(row.quant, row.context) for row in rows} == set(product(QUANTS, CONTEXTS))
    assert median(row.kept_error for row in rows) < KEPT_MIB
    assert median(row.total_error for row in rows) < TOTAL_MIB


def test_a_file_that_lacks_a_tensor_is_refused_by_the_witness(tmp_path: Path) -> None:
    """So that a wrong table can't go unseen."""
    path = tmp_path / "model.gguf"
    sparse.write(path, Real("broken", "qwen3", 2, 256, 4, 4, 64, 512, 512, tied=True), "Q8_0")
    assert reported.weights(path) > 0
    sparse.write(path, Real("broken", "qwen3", 2, 256, 4, 4, 64, 512, 512, tied=True, keys={"block_count": 3}), "Q8_0")
    with pytest.raises(reported.Refused, match=r"blk\.2"):
        reported.weights(path)
