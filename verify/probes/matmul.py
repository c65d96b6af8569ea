"""Are matrix products right, the same each time, and the same on every card? Measures, never judges.

Input: {"device": "cpu" | "cuda"} on standard input. Output: one JSON object, one entry a card.
Not yet run on hardware.
"""

import json
import os
import sys
from typing import Any

import torch  # type: ignore[import-not-found,unused-ignore]

SMALL = 192  # Python's integers take a second for this
LARGE = 4096  # fills every multiprocessor; 64 * 64 * 4096 = 2^24, so float32 stays exact
MIDDLE = 512
REPEATS = {"cpu": 16, "cuda": 64}
FORMATS = ("float64", "float32", "bfloat16", "float16")
LEAST_FREE = 2**30


def integers(size: int, seed: int) -> Any:
    """Integers so small that their products, summed over LARGE, are exact in float32."""
    return torch.randint(-64, 65, (size, size), generator=torch.Generator().manual_seed(seed))


def normal(size: int, seed: int) -> Any:
    return torch.randn(size, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def exact_small() -> tuple[Any, Any, Any]:
    """Two matrices and their product in Python's integers."""
    left, right = integers(SMALL, 20), integers(SMALL, 21)
    columns = right.T.tolist()
    exact = [[sum(map(int.__mul__, row, column)) for column in columns] for row in left.tolist()]
    return left, right, torch.tensor(exact)


def exact_large() -> tuple[Any, Any, Any]:
    """Two matrices that keep a whole card busy, and their product by the CPU: exact in float64."""
    left, right = integers(LARGE, 22), integers(LARGE, 23)
    return left, right, left.to(torch.float64) @ right.to(torch.float64)


def wrong_products(device: str, known: list[tuple[Any, Any, Any]]) -> dict[str, int]:
    """Elements that differ from the known products, by number format."""
    return {
        name: sum(
            int((left.to(device, dtype) @ right.to(device, dtype) != exact.to(device, dtype)).sum())
            for left, right, exact in known
        )
        for name, dtype in (("float32", torch.float32), ("float64", torch.float64))
    }


def errors(device: str) -> dict[str, float | str]:
    """Largest error of a product in each format, as a share of its largest element, against float64.

    A text where it cannot be computed, or holds what is no number.
    """
    left, right = normal(MIDDLE, 24), normal(MIDDLE, 25)
    reference = left @ right
    found: dict[str, float | str] = {}
    for name in FORMATS:
        dtype = getattr(torch, name)
        try:
            product = (left.to(device, dtype) @ right.to(device, dtype)).cpu().to(torch.float64)
        except RuntimeError as error:
            found[name] = str(error)[:200]
            continue
        finite = bool(torch.isfinite(product).all())
        found[name] = float((product - reference).abs().max() / reference.abs().max()) if finite else "not finite"
    return found


def bits(product: Any) -> Any:
    """So that every bit counts: as numbers, -0 equals 0."""
    return product.view(torch.int32)


def repeated(device: str, size: int, repeats: int, half: Any) -> tuple[int, list[Any]]:
    """Words that differ when the same products are computed again, and the first products."""
    operands = [normal(size, seed) for seed in (26, 27)]
    mismatches, firsts = 0, []
    for dtype in (torch.float32, half):
        left, right = (operand.to(device, dtype) for operand in operands)
        first = left @ right
        mismatches += sum(int((bits(left @ right) != bits(first)).sum()) for _ in range(repeats))
        firsts.append(first.cpu())
    return mismatches, firsts


def measure(device: str, kind: str, known: list[tuple[Any, Any, Any]]) -> tuple[dict[str, Any], list[Any]]:
    if kind == "cuda" and (free := torch.cuda.mem_get_info(device)[0]) < LEAST_FREE:
        return {"short": f"{free >> 20} MiB free, {LEAST_FREE >> 20} needed"}, []
    # What models are computed in: bfloat16, or float16 on cards without it.
    old = kind == "cuda" and torch.cuda.get_device_capability(device)[0] < 8
    size = LARGE if kind == "cuda" else MIDDLE
    mismatches, firsts = repeated(device, size, REPEATS[kind], torch.float16 if old else torch.bfloat16)
    return {
        "wrong_products": wrong_products(device, known),
        "products": sum(exact.numel() for _, _, exact in known),
        "errors": errors(device),
        "mismatches": mismatches,
        "repeats": REPEATS[kind],
    }, firsts


def all_cards(kind: str) -> list[dict[str, Any]]:
    """Every card, and how its products differ from those of the first card of the same name."""
    known = [exact_small(), exact_large()] if kind == "cuda" else [exact_small()]
    seen: dict[str, tuple[int, list[Any]]] = {}
    cards: list[dict[str, Any]] = []
    for index in range(torch.cuda.device_count() if kind == "cuda" else 1):
        device = f"cuda:{index}" if kind == "cuda" else "cpu"
        card: dict[str, Any] = {"index": index, "name": "CPU"}
        try:
            if kind == "cuda":
                card["name"] = torch.cuda.get_device_properties(index).name
            figures, firsts = measure(device, kind, known)
            card.update(figures)
            if firsts:
                other, others = seen.setdefault(card["name"], (index, firsts))
                pairs = zip(firsts, others, strict=True)
                differs = sum(int((bits(own) != bits(theirs)).sum()) for own, theirs in pairs)
                card.update(compared_with=other, differs=differs)
        except torch.cuda.OutOfMemoryError as error:
            card["short"] = str(error)[:200]
        except RuntimeError as error:  # what a broken card says
            card["error"] = str(error)[:200]
        cards.append(card)
    return cards


def main() -> None:
    os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # as nvidia-smi counts
    kind = json.load(sys.stdin).get("device", "cpu")
    measured: dict[str, Any] = {
        "torch": torch.__version__,
        "cuda_build": torch.version.cuda,
        "cuda_available": torch.cuda.is_available(),
    }
    if kind == "cpu" or measured["cuda_available"]:
        measured["cards"] = all_cards(kind)
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
