"""Does a card keep its pace, and its results, under full load? Measures, never judges.

Input: {"device": "cpu" | "cuda", "duration_s": 60} on standard input. All cards compute at the same time.
Output: one JSON object, one entry a card. Not yet run on hardware.
"""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch  # type: ignore[import-not-found,unused-ignore]

SIDES = (8192, 4096, 2048)
SIDE_ON_CPU = 256
RESERVE = 2**29  # left to an engine that serves meanwhile
BATCH = 16  # products between two looks at the clock
WARM_UP_SHARE = 1 / 6  # clocks and temperature settle

Mark = tuple[float, int]  # seconds since the start, products until then


def largest_side(free: int) -> int:
    """Whose five matrices of two-byte numbers and their comparison fit; 0 if none do."""
    return next((side for side in SIDES if 12 * side * side <= free - RESERVE), 0)


def pace(marks: list[Mark], begin_s: float, end_s: float) -> float:
    """Products a second between the first and the last look in that time; 0 if there were no two."""
    seen = [mark for mark in marks if begin_s <= mark[0] <= end_s]
    if len(seen) < 2 or seen[-1][0] == seen[0][0]:
        return 0.0
    return (seen[-1][1] - seen[0][1]) / (seen[-1][0] - seen[0][0])


def thirds(marks: list[Mark]) -> list[float]:
    """The pace in each third of the time after the warm-up."""
    if not marks:
        return [0.0] * 3
    end = marks[-1][0]
    start = end * WARM_UP_SHARE
    third = (end - start) / 3
    return [pace(marks, start + i * third, start + (i + 1) * third) for i in range(3)]


def bits(product: Any) -> Any:
    """So that every bit counts: as numbers, -0 equals 0."""
    return product.view(torch.int32)


def measure(device: str, kind: str, duration_s: float) -> dict[str, Any]:
    side, dtype = SIDE_ON_CPU, torch.float32
    if kind == "cuda":
        free = torch.cuda.mem_get_info(device)[0]
        side = largest_side(free)
        if not side:
            return {"short": f"{free >> 20} MiB free: too little to compute with"}
        dtype = torch.bfloat16 if torch.cuda.get_device_capability(device)[0] >= 8 else torch.float16
    generator = torch.Generator().manual_seed(28)
    left, right = (torch.randn(side, side, generator=generator).to(device, dtype) for _ in range(2))
    first = left @ right
    wrong = torch.zeros((), dtype=torch.int64, device=device)
    marks: list[Mark] = []
    count, errors, started = 0, 0, time.perf_counter()
    while not marks or marks[-1][0] < duration_s:
        for _ in range(BATCH):
            # Counted on the card: waiting for each count would give it pauses.
            wrong += (bits(left @ right) != bits(first)).sum()
        errors = int(wrong)
        count += BATCH
        marks.append((time.perf_counter() - started, count))
    paces = thirds(marks)
    return {
        "tflops_by_third": [2 * side**3 * pace / 1e12 for pace in paces],
        "products": count,
        "mismatches": errors,
        "side": side,
        "dtype": str(dtype)[6:],
        "duration_s": marks[-1][0],
    }


def one(kind: str, index: int, duration_s: float) -> dict[str, Any]:
    card: dict[str, Any] = {"index": index, "name": "CPU"}
    try:
        if kind == "cuda":
            card["name"] = torch.cuda.get_device_properties(index).name
        card.update(measure(f"cuda:{index}" if kind == "cuda" else "cpu", kind, duration_s))
    except torch.cuda.OutOfMemoryError as error:
        card["short"] = str(error)[:200]
    except RuntimeError as error:  # what a broken card says
        card["error"] = str(error)[:200]
    return card


def main() -> None:
    os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # as nvidia-smi counts
    asked = {"device": "cpu", "duration_s": 60} | json.load(sys.stdin)
    kind = asked["device"]
    measured: dict[str, Any] = {
        "torch": torch.__version__,
        "cuda_build": torch.version.cuda,
        "cuda_available": torch.cuda.is_available(),
    }
    if kind == "cpu" or measured["cuda_available"]:
        count = torch.cuda.device_count() if kind == "cuda" else 1
        with ThreadPoolExecutor(max(1, count)) as pool:
            measured["cards"] = list(pool.map(lambda index: one(kind, index, asked["duration_s"]), range(count)))
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
