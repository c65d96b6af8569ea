"""Memory estimates against published architectures and against the real engine."""

import pytest

from plan import catalog
from plan.sizing.cache import cache_bytes, cell_bytes
from plan.sizing.known import row_of, shape_of
from plan.sizing.memory import memory
from plan.sizing.size import MIB

# KiB of KV cache per token at f16, if every layer sees the whole context.
PER_TOKEN = [
    ("llama2:7b", 512),
    ("llama2:13b", 800),
    ("llama2:70b", 320),
    ("codellama:7b", 512),
    ("mistral:7b", 128),
    ("phi:2.7b", 320),
    ("orca-mini:3b", 325),
    ("gemma:2b", 18),
    ("gemma:7b", 448),
    ("llama3.1:8b", 128),
    ("llama3.3:70b", 320),
    ("llama3.2:1b", 32),
    ("llama3.2:3b", 112),
    ("qwen2.5:7b", 56),
    ("qwen2.5:14b", 192),
    ("qwen3:0.6b", 112),
    ("qwen3:8b", 144),
    ("qwen3:14b", 160),
    ("qwen3:30b", 96),
    ("qwen3:32b", 256),
    ("gemma3:270m", 18),
    ("gemma3:1b", 26),
    ("gemma3:4b", 136),
    ("gemma3:12b", 384),
    ("gemma3:27b", 496),
    ("mistral-small:24b", 160),
    ("gpt-oss:20b", 48),
    ("gpt-oss:120b", 72),
    ("phi4:14b", 200),
    ("smollm2:135m", 22.5),
]

# GiB of KV cache when sliding-window layers keep their window only.
WINDOWED = [
    ("gemma3:4b", 8192, 0.27),
    ("gemma3:4b", 32768, 0.74),
    ("gemma3:12b", 8192, 0.81),
    ("gemma3:12b", 32768, 2.31),
    ("gemma3:27b", 8192, 1.03),
    ("gemma3:27b", 32768, 2.91),
    ("gpt-oss:20b", 32768, 0.75),
    ("gpt-oss:120b", 32768, 1.13),
]

# Resident MiB of xllamacpp 2026.10.11549 with smollm2:135m after a prompt of 1500 tokens.
RESIDENT = [(2048, 1, 208), (8192, 1, 343), (8192, 4, 884)]


@pytest.mark.parametrize(("name", "kib"), PER_TOKEN)
def test_kv_cache_per_token(name: str, kib: float) -> None:
    shape = shape_of(row_of(name))
    assert sum(cell_bytes(shape, layer, "f16") for layer in range(shape.layers)) == kib * 1024


@pytest.mark.parametrize(("name", "context", "gib"), WINDOWED)
def test_windows_are_counted(name: str, context: int, gib: float) -> None:
    shape = shape_of(row_of(name))
    assert cache_bytes(shape, context, 1, batch=0) / 2**30 == pytest.approx(gib, abs=0.015)
    naive = sum(cell_bytes(shape, layer, "f16") for layer in range(shape.layers)) * context
    assert cache_bytes(shape, context, 1, batch=0) < cache_bytes(shape, context, 1) < naive


def test_without_windows_the_cache_grows_with_context_and_slots() -> None:
    shape = shape_of(row_of("llama3.1:8b"))
    assert cache_bytes(shape, 8192, 1) == 1024 * MIB
    assert cache_bytes(shape, 8192, 4) == cache_bytes(shape, 4 * 8192, 1) == 4096 * MIB
    assert cache_bytes(shape, 8192, 1, "q8_0") == 1024 * MIB * 34 // 64
    assert cache_bytes(shape, 1, 1) == cache_bytes(shape, 256, 1)


@pytest.mark.parametrize(("context", "slots", "resident_mib"), RESIDENT)
def test_the_estimate_covers_what_the_engine_really_takes(context: int, slots: int, resident_mib: int) -> None:
    needed = memory(catalog.model("smollm2:135m"), context, slots, "cpu", 98_362_432).total_mib
    assert resident_mib <= needed <= resident_mib + 128


@pytest.mark.parametrize(
    ("name", "context", "card_gib", "fits"),
    [
        ("qwen2.5:14b", 16384, 20, True),
        ("gpt-oss:20b", 32768, 20, True),
        ("qwen3:32b", 16384, 20, False),
        ("qwen3:32b", 32768, 48, True),
        ("gpt-oss:120b", 32768, 96, True),
        ("llama2:70b", 4096, 24, False),
    ],
)
def test_known_fits(name: str, context: int, card_gib: int, fits: bool) -> None:
    needed = memory(catalog.model(name), context, 1, "cuda")
    assert (needed.total_mib <= card_gib * 1024) is fits
    assert str(needed.total_mib) in str(needed)


@pytest.mark.parametrize(
    ("name", "context", "slots", "cards", "card_gib", "fits"),
    [
        ("llama3.3:70b", 16384, 1, 1, 48, False),
        ("llama3.3:70b", 16384, 1, 2, 48, True),
        ("llama3.3:70b", 16384, 4, 2, 32, False),
        ("llama3.3:70b", 16384, 4, 4, 24, True),
        ("gpt-oss:120b", 32768, 4, 2, 48, True),
    ],
)
def test_several_cards_share_one_model(
    name: str, context: int, slots: int, cards: int, card_gib: int, fits: bool
) -> None:
    needed = memory(catalog.model(name), context, slots, "cuda", cards=cards)
    assert (needed.total_mib <= card_gib * 1024 * 0.93) is fits
    assert (f"on each of {cards} cards" in str(needed)) is (cards > 1)


def test_each_card_has_a_runtime_and_buffers_of_its_own_and_whole_layers() -> None:
    row = catalog.model("llama3.1:8b")
    one, two, three = (memory(row, 8192, 2, "cuda", cards=cards) for cards in (1, 2, 3))
    assert (two.runtime_mib, two.compute_mib) == (one.runtime_mib, one.compute_mib)
    assert 2 * two.weights_mib == pytest.approx(one.weights_mib, abs=2) and 2 * two.kv_mib == one.kv_mib
    assert three.kv_mib == pytest.approx(one.kv_mib * 11 / 32, abs=1)  # of 32 layers one card gets 11


def test_the_served_file_counts_not_the_published_one() -> None:
    row = catalog.model("smollm2:135m")
    assert memory(row, 2048, 1, "cpu", 200 * MIB).weights_mib == 200
    assert memory(row, 2048, 1, "cpu").weights_mib == 92
