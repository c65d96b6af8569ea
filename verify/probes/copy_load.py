"""Keeps every CUDA card busy for a while: copies to and from the host, and products. Measures nothing.

Input on standard input: {"duration_s": ...}. Output: one JSON object, how often each card did its round.
"""

import json
import sys
import time
from typing import Any

import torch  # type: ignore[import-not-found,unused-ignore]

SIDES = (8192, 4096, 2048, 1024)
COPY_MIB, PRODUCTS = 256, 20
RESERVE = 2**29  # left to an engine that serves meanwhile


def sizes(free: int) -> tuple[int, int]:
    """The side of the factors and the bytes to copy that fit beside each other into this much free memory."""
    room = max(free - RESERVE, 0)
    side = next((side for side in SIDES if 3 * 2 * side * side <= room // 2), SIDES[-1])
    return side, min(COPY_MIB * 2**20, room // 4)


def prepared(device: str) -> dict[str, Any]:
    """Memory of the computer that can not be swapped, memory of the card, and something to multiply."""
    side, copied = sizes(torch.cuda.mem_get_info(device)[0])
    return {
        "device": device,
        "host": torch.ones(copied, dtype=torch.uint8).pin_memory(),
        "card": torch.empty(copied, dtype=torch.uint8, device=device),
        "factor": torch.randn(side, side, device=device).to(torch.float16),
        "rounds": 0,
    }


def one_round(work: dict[str, Any]) -> None:
    work["card"].copy_(work["host"], non_blocking=True)
    for _ in range(PRODUCTS):
        torch.matmul(work["factor"], work["factor"])
    work["host"].copy_(work["card"], non_blocking=True)
    work["rounds"] += 1


def main() -> None:
    duration_s = json.load(sys.stdin)["duration_s"]
    cards = [prepared(f"cuda:{index}") for index in range(torch.cuda.device_count())]
    end = time.monotonic() + duration_s
    while cards and time.monotonic() < end:
        for work in cards:
            one_round(work)
        for work in cards:
            torch.cuda.synchronize(work["device"])
    print(
        json.dumps(
            {"cuda_available": torch.cuda.is_available(), "rounds": {work["device"]: work["rounds"] for work in cards}}
        )
    )


if __name__ == "__main__":
    main()
