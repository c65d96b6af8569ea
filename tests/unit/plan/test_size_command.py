"""`size`, `models`, `gpus`, `tiers`: what they print, and what they refuse. Exit 2 comes from main(), as in use."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from plan import derive, stackfile
from plan.ledger import Ledger
from tests.allocator import sparse
from tests.allocator.models import Real

KEYS = ["model", "quant", "context", "kv_cache", "weights_mib", "kv_cache_mib", "compute_mib", "runtime_mib"]
KEYS += ["total_mib", "fits", "offers"]
TINY = Real("tiny", "qwen3", 2, 256, 4, 2, 64, 512, 512, tied=True)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "plan", *words], capture_output=True, text=True, check=False)


def answers(*words: str) -> list[dict[str, object]]:
    found = run("size", *words, "--json")
    assert found.returncode == 0, found.stderr
    return [json.loads(line) for line in found.stdout.splitlines()]


def test_one_object_a_model_of_exactly_these_keys() -> None:
    one, other = answers("llama2:13b", "gemma3:12b", "--users", "4")
    assert list(one) == list(other) == KEYS
    assert [one["model"], one["quant"], one["context"], one["kv_cache"]] == ["llama2:13b", "Q4_0", 4096, "f16"]
    assert one["total_mib"] == pytest.approx(sum(float(str(one[key])) for key in KEYS[4:8]), abs=0.2)
    assert isinstance(one["fits"], list) and isinstance(one["offers"], list)
    assert set(one["fits"][0]) == {"gpu", "vram_mib", "share"} and 0 < one["fits"][0]["share"] <= 1
    assert set(one["offers"][0]) == {"provider", "product", "location", "eur_month", "eur_setup", "date"}


def test_options_change_what_they_say() -> None:
    [plain] = answers("llama3.1:8b")
    [long] = answers("llama3.1:8b", "--context", "32768")
    [small] = answers("llama3.1:8b", "--context", "32768", "--kv-cache", "q8_0")
    [whole] = answers("llama3.1:8b", "--quant", "f16")
    [lean] = answers("llama3.1:8b", "--engine", "llama_cpp")
    assert long["kv_cache_mib"] == 4096 and small["kv_cache_mib"] == 4096 * 34 / 64
    assert float(str(whole["weights_mib"])) > 3 * float(str(plain["weights_mib"]))
    assert float(str(lean["compute_mib"])) < float(str(plain["compute_mib"]))


def test_a_file_is_read_and_not_named(tmp_path: Path) -> None:
    path = tmp_path / "llama3.1-70b.gguf"
    sparse.write(path, TINY, "Q8_0")
    [found] = answers(str(path), "--engine", "llama_cpp", "--context", "2048")
    assert found["weights_mib"] < 10 and found["kv_cache_mib"] == 2 * 2 * 128 * 2 * 2048 / 2**20  # type: ignore[operator]


def test_only_offers_within_the_budget_are_left() -> None:
    [found] = answers("llama3.1:8b", "--budget", "600", "--rent")
    months = [offer["eur_month"] for offer in found["offers"]]  # type: ignore[attr-defined]
    assert months and max(months) <= 600


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["llama3.1:8x"], "nearest is `llama3.1:8b`"),
        (["llama2:7b", "--context", "99999"], "at most 4096"),
        (["llama2:7b", "--gpu", "RX 7900 XTX"], "NVIDIA"),
        (["llama2:7b", "--gpu", "Instinct MI300X"], "another maker"),
        (["llama2:7b", "--gpu", "RTX 4091"], "nearest is `RTX 4090`"),
        (["llama2:70b", "--budget", "1", "--rent"], "cheapest"),
        (["llama2:70b", "--budget", "1", "--buy"], "cheapest"),
        (["missing.gguf"], "no file"),
        (["llama2:7b", "--quant", "Q9"], "nearest is"),
        (["llama2:7b", "--engine", "tgi"], "vllm"),
        (["llama2:7b", "--kv-cache", "q2"], "q8_0"),
        (["llama2:7b", "--users", "0"], "users"),
        (["llama2:7b", "--write", "office.yaml"], "Pulumi.NAME.yaml"),
    ],
)
def test_what_is_asked_wrongly(words: list[str], told: str) -> None:
    found = run("size", *words)
    assert found.returncode == 2 and not found.stdout
    assert told in found.stderr and "Traceback" not in found.stderr


def test_broken_files_are_refused_plainly(tmp_path: Path) -> None:
    whole = tmp_path / "whole.gguf"
    sparse.write(whole, TINY, "Q8_0")
    content = whole.read_bytes()
    broken = tmp_path / "broken.gguf"
    cases = {length: content[:length] for length in (0, 3, 20, 100, 2000, len(content) - 1)}
    cases |= {-1: b"GGUF" + b"\xff" * 200, -2: b"PK\x03\x04" * 50, -3: content[:8] + b"\xff" * 16 + content[24:]}
    for case, data in cases.items():
        broken.write_bytes(data)
        found = run("size", str(broken))
        assert found.returncode == 2 and "a whole GGUF file" in found.stderr, (case, found.stderr)
        assert "Traceback" not in found.stderr


def test_what_fits_nowhere_names_the_nearest_that_does() -> None:
    found = run("size", "llama2:70b", "--gpu", "RTX 4070", "--quant", "F16")
    assert found.returncode == 0 and "nearest is `--quant Q4_0`" in found.stdout
    found = run("size", "gpt-oss:120b", "--gpu", "GTX 1080 Ti", "--users", "400", "--context", "100000")
    assert found.returncode == 0 and "nearest is `" in found.stdout
    shorter = run("size", "llama3.1:8b", "--context", "131072", "--users", "40", "--gpu", "RTX 3060")
    assert "nearest is `--context" in shorter.stdout


def test_a_written_file_is_an_environment_that_can_be_planned(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.office.yaml"
    found = run("size", "llama3.1:8b", "--users", "12", "--context", "16384", "--gpu", "RTX 4090", "--write", str(path))
    assert found.returncode == 0, found.stderr
    ledger = Ledger()
    plan = derive.choose(stackfile.read(path.read_text()), "office", ledger)
    assert not ledger.refusals and plan.models[0].context == 16384 and plan.machines[0].gpu
    assert run("size", "llama3.1:8b", "--write", str(path)).returncode == 2


@pytest.mark.parametrize(
    ("command", "told"), [("models", "gpt-oss:20b"), ("gpus", "RTX 4090"), ("tiers", "like GPT-4")]
)
def test_lists(command: str, told: str) -> None:
    found = run(command)
    assert found.returncode == 0 and told in found.stdout
