"""An answer as JSON."""

from typing import Any

from plan.sizing.offers import offers
from plan.sizing.question import Answer
from plan.sizing.value import Fit

PARTS = ("weights_mib", "kv_cache_mib", "compute_mib", "runtime_mib")


def as_dict(answer: Answer) -> dict[str, Any]:
    size = answer.size
    return {
        "model": size.model,
        "quant": size.quant,
        "context": size.context,
        "kv_cache": size.kv_cache,
        **{part: round(getattr(size, part), 1) for part in PARTS},
        "total_mib": round(size.total_mib, 1),
        "fits": [
            {"gpu": card(fit), "vram_mib": round(fit.vram_mib), "share": round(fit.share, 3)} for fit in answer.fits
        ],
        "offers": offers(answer.fits, answer.most_eur),
    }


def card(fit: Fit) -> str:
    return fit.gpu if fit.count == 1 else f"{fit.count} x {fit.gpu}"
