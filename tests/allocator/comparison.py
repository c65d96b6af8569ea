"""The sizing beside what llama.cpp reports, for one file; and where the rows of docs/sizing.md are kept."""

import json
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from plan.sizing import size
from plan.sizing.gguf_file import read
from tests.allocator import reported, sparse
from tests.allocator.models import FITTED, HELD_OUT, Real

FILE = Path(__file__).resolve().parents[2] / "docs" / "sizing.json"
CONTEXTS = (2048, 8192, 32768)


@dataclass(frozen=True)
class Row:
    """In MiB: what we say, and what llama.cpp reports."""

    model: str
    layout: str
    held_out: bool
    quant: str
    context: int
    weights: float
    weights_reported: float
    kv: float
    kv_reported: float
    compute: float
    compute_reported: float

    @property
    def kept_error(self) -> float:
        return abs(self.weights + self.kv - self.weights_reported - self.kv_reported)

    @property
    def total_error(self) -> float:
        ours = self.weights + self.kv + self.compute
        return abs(ours - self.weights_reported - self.kv_reported - self.compute_reported)


def compare(real: Real, quant: str, contexts: Iterable[int] = CONTEXTS) -> list[Row]:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.gguf"
        sparse.write(path, real, quant)
        model, weights = read(path), reported.weights(path)
        for context in contexts:
            said, found = size(model, context), reported.buffers(path, context)
            # The logits' buffer is one that llama.cpp reports apart.
            compute = said.compute_mib - 4 * real.vocabulary / 2**20
            held_out = real in HELD_OUT
            kinds = (said.weights_mib, weights, said.kv_cache_mib, found.kv, compute, found.compute)
            numbers = [round(number, 2) for number in kinds]
            rows.append(Row(real.name, real.arch, held_out, quant, context, *numbers))
    return rows


def recorded() -> list[Row]:
    return [Row(**row) for row in json.loads(FILE.read_text())] if FILE.exists() else []


def record(rows: Iterable[Row]) -> None:
    """Rows that ran replace older ones; those of models that are no more go."""
    known = {real.name for real in (*FITTED, *HELD_OUT)}
    every = {_key(row): row for row in (*recorded(), *rows) if row.model in known}
    lines = (json.dumps(asdict(every[key])) for key in sorted(every))
    FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n")


def _key(row: Row) -> tuple[bool, str, str, str, int]:
    return row.held_out, row.layout, row.model, row.quant, row.context
