"""How right the sizes are, and the document's rows beside ours."""

import json
from collections.abc import Iterable, Mapping
from statistics import median
from typing import Any

from plan.sizing import cards, seed
from plan.sizing.known import rows
from tools.checkout import ROOT
from tools.docs.markdown import document, table

Row = Mapping[str, Any]


def page() -> str:
    return document(
        "Sizes",
        "How `eigenherd size` computes a model's memory stands in `plan/sizing/`; here is how right it is, and what it"
        " says about the document behind this project.",
        "## Against llama.cpp's own allocator",
        "Files with real architectures' shapes and no weights, loaded on a CPU by the engine the sandbox serves with"
        " (xllamacpp 2026.10.11549): what its log reports for its buffers beside ours. Held out: architectures that the"
        " formulas were not made with. They were looked at once before the last two changes. One the other set asked"
        " for (biases and activations write over what they read); it made Phi-3 and Phi-4 wrong, which their rows"
        " showed and the second change mended, so these two and GLM-4, which is built alike, are no longer wholly"
        " unseen. Weights are those of the model; the second copy that a processor makes of some types is not among"
        " them.",
        accuracy(recorded()),
        "Each model, the largest error over all its quantisations and contexts, in MiB:",
        table(
            ("model", "architecture", "set", "cases", "weights and cache", "compute", "total"), each_model(recorded())
        ),
        "## The document's models",
        f"One request of {seed.CONTEXT:,} tokens, files as Ollama published them, on one card, in MiB. A card sold as"
        " 8 GB has 8 GiB, of which 93 % are counted on.",
        table(("model", "parameters", "the document", "ours", "why"), map(model, seed.models())),
        "## The document's cards",
        "The largest models of the catalogue that one such card carries with 8,192 tokens. Tokens a second are"
        f" {cards.REACHED:.0%} of what the memory's bandwidth allows ({cards.REACHED_SOURCE}).",
        table(("card", "VRAM", "the document", "its price", "carries, by us"), map(card, rows("seed/gpus"))),
        "## The document's tiers",
        "With 8,192 tokens a request, or the model's most, for one user.",
        table(
            ("tier", "the document", "fit into that", "need more", "smallest cards for the first"),
            map(tier, seed.tiers()),
        ),
    )


def recorded() -> list[Row]:
    found: list[Row] = json.loads((ROOT / "docs" / "sizing.json").read_text())
    return found


def kept(row: Row) -> float:
    return abs(float(row["weights"] + row["kv"] - row["weights_reported"] - row["kv_reported"]))


def compute(row: Row) -> float:
    return abs(float(row["compute"] - row["compute_reported"]))


def total(row: Row) -> float:
    ours, reported = (sum(row[part + end] for part in ("weights", "kv", "compute")) for end in ("", "_reported"))
    return abs(float(ours - reported))


def accuracy(found: list[Row]) -> str:
    lines = []
    for name, held_out in (("made with", False), ("held out", True)):
        some = [row for row in found if row["held_out"] is held_out]
        if some:
            numbers = (f"{of(map(error, some)):.2f}" for error in (kept, total) for of in (median, max))
            lines.append((name, len({row["model"] for row in some}), len(some), *numbers))
    names = ("models", "cases", "weights + cache: median", "largest", "total: median", "largest")
    return (
        table(("set", *names), lines) + "\n\nErrors are absolute, in MiB. The goals are medians under 20 and under 100."
    )


def each_model(found: list[Row]) -> Iterable[tuple[object, ...]]:
    names = dict.fromkeys((row["held_out"], row["layout"], row["model"]) for row in found)
    for held_out, layout, name in names:
        some = [row for row in found if row["model"] == name]
        worst = (f"{max(map(error, some)):.2f}" for error in (kept, compute, total))
        yield name, f"`{layout}`", "held out" if held_out else "made with", len(some), *worst


def model(row: seed.SeedModel) -> tuple[object, ...]:
    return row.title, row.parameters, f"{row.vram_gb} GB", f"{row.size.total_mib:,.0f}", row.reason


def card(row: Row) -> tuple[object, ...]:
    carried = ", ".join(
        f"`{size.model}` {size.total_mib:,.0f} MiB, {fit.tokens_s_user:.0f} tokens/s"
        for size, fit in seed.largest_on(row["gpu"])
    )
    return row["gpu"], f"{row['vram_gb']} GB", row["good_for"], f"{row['eur']:,} EUR", carried


def tier(row: seed.SeedTier) -> tuple[object, ...]:
    fitting, lacking = (
        ", ".join(f"`{size.model}` {size.total_mib:,.0f} MiB" for size in sizes) for sizes in (row.fitting, row.lacking)
    )
    return row.tier, f"{row.vram_gb} GB", fitting, lacking, ", ".join(row.cards)
