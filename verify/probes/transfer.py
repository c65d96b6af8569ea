"""How fast, and how whole, do copies between the computer's memory and its cards arrive? Measures, never judges.

Input: {"device": "cpu" | "cuda", "duration_s": 0} on standard input; a duration keeps the link busy for others
to look at. Output: one JSON object, one entry a card. Not yet run on hardware.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import torch  # type: ignore[import-not-found,unused-ignore]

SIZE = {"cpu": 2**24, "cuda": 2**29}  # as nvbandwidth
SAMPLES = 5
RESERVE = 2**28  # left to an engine that serves meanwhile


def pinned(size: int, kind: str) -> Any:
    """Memory that the card reads by itself; pageable memory would be copied once more, by the CPU."""
    return torch.empty(size // 8, dtype=torch.int64, pin_memory=kind == "cuda")


def timed(device: str, copy: Callable[[], object], duration_s: float) -> float:
    """Median seconds of a copy, after one to warm up."""
    times: list[float] = []
    end = time.perf_counter() + duration_s
    while len(times) <= SAMPLES or time.perf_counter() < end:
        started = time.perf_counter()
        copy()
        if device != "cpu":
            torch.cuda.synchronize(device)
        times.append(time.perf_counter() - started)
    return sorted(times[1:])[len(times[1:]) // 2]


def measure(device: str, kind: str, duration_s: float) -> dict[str, Any]:
    size = SIZE[kind]
    if kind == "cuda" and (free := torch.cuda.mem_get_info(device)[0]) < size + RESERVE:
        return {"short": f"{free >> 20} MiB free, {(size + RESERVE) >> 20} needed"}
    sent, back = pinned(size, kind), pinned(size, kind)
    torch.arange(size // 8, out=sent)
    sent.mul_(0x1E3779B97F4A7C15)  # every word another, and every bit of them used
    back.zero_()
    there = torch.empty(size // 8, dtype=torch.int64, device=device)
    to_s = timed(device, lambda: there.copy_(sent, non_blocking=True), duration_s / 2)
    from_s = timed(device, lambda: back.copy_(there, non_blocking=True), duration_s / 2)
    return {
        "to_card_gbs": size / to_s / 1e9,
        "from_card_gbs": size / from_s / 1e9,
        "copied_mib": size >> 20,
        "wrong_words": int((sent != back).sum()),
    }


def all_cards(kind: str, duration_s: float) -> list[dict[str, Any]]:
    """One after the other: cards may share a link."""
    cards: list[dict[str, Any]] = []
    for index in range(torch.cuda.device_count() if kind == "cuda" else 1):
        card: dict[str, Any] = {"index": index, "name": "CPU"}
        try:
            if kind == "cuda":
                properties = torch.cuda.get_device_properties(index)
                card.update(name=properties.name, uuid=str(getattr(properties, "uuid", "")))
            card.update(measure(f"cuda:{index}" if kind == "cuda" else "cpu", kind, duration_s))
        except torch.cuda.OutOfMemoryError as error:
            card["short"] = str(error)[:200]
        except RuntimeError as error:  # what a broken card says
            card["error"] = str(error)[:200]
        cards.append(card)
    return cards


def main() -> None:
    os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # as nvidia-smi counts
    asked = json.load(sys.stdin)
    kind = asked.get("device", "cpu")
    measured: dict[str, Any] = {
        "torch": torch.__version__,
        "cuda_build": torch.version.cuda,
        "cuda_available": torch.cuda.is_available(),
    }
    if kind == "cpu" or measured["cuda_available"]:
        measured["cards"] = all_cards(kind, asked.get("duration_s", 0))
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
