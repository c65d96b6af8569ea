"""Keeps every CUDA card busy for a while: copies to and from the host, and products. Measures nothing.

Input on standard input: {"duration_s": ...}. Output: one JSON object, how often each card did its round.
"""

import json
import sys
import time
from typing import Any

import torch  # type: ignore[import-not-found,unused-ignore]

SIDE, COPY_MIB, PRODUCTS = 8192, 256, 20


def prepared(device: str) -> dict[str, Any]:
    """Memory that can not be swapped, and something to multiply."""
    host = torch.ones(COPY_MIB * 2**18, dtype=torch.float32)
    return {
        "device": device,
        "host": host.pin_memory() if device != "cpu" else host,
        "card": torch.empty(COPY_MIB * 2**18, dtype=torch.float32, device=device),
        "factor": torch.randn(SIDE, SIDE, device=device, dtype=torch.bfloat16),
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
    print(json.dumps({"rounds": {work["device"]: work["rounds"] for work in cards}}))


if __name__ == "__main__":
    main()
