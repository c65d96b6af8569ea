"""Does a card's memory hold what is written to it? Measures, never judges.

Input: {"device": "cpu" | "cuda", "share": 0.75, "duration_s": 0, "shifts": 4, "seed": 1} on standard input.
Takes that share of what is free, fills all of it with one pattern after the other, and compares on the card;
a duration repeats that. Output: one JSON object, one entry a card. Not yet run on hardware.
"""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch  # type: ignore[import-not-found,unused-ignore]

BLOCK = {"cpu": 2**20, "cuda": 2**25}  # bytes at least; the comparison needs about five beside the tested ones
MOST_BLOCKS = 1024  # each costs some starts of kernels
FREE_ON_CPU = 2**25
LEAST_BLOCKS = 8
SHOWN = 8  # wrong words that are described


def block_bytes(free: int, least: int) -> int:
    """Larger ones on a large card."""
    return max(least, free // MOST_BLOCKS // 2**21 * 2**21)


def blocks_in(free: int, share: float, block: int) -> int:
    """How many blocks to test; 0 if that leaves too little to compare with."""
    count = int(free * share) // block
    return count if count >= LEAST_BLOCKS and (count + 6) * block <= free else 0


def patterns(shifts: int) -> list[str]:
    """Names. Walking bits start `shifts` times, evenly spread over the 64 bits of a word."""
    walks = [f"{kind} {64 * i // shifts}" for i in range(shifts) for kind in ("walking one", "walking zero")]
    return [*walks, "address", "inverse address", "random", "inverse random"]


def expected(name: str, start: int, count: int, device: str, seed: int) -> Any:
    """What words start to start + count hold: each computed from its address, or from the seed."""
    if name.endswith("random"):
        generator = torch.Generator(device=device).manual_seed(seed + start)
        words = torch.randint(-(2**63), 2**63 - 1, (count,), dtype=torch.int64, device=device, generator=generator)
        return ~words if name.startswith("inverse") else words
    address = torch.arange(start, start + count, dtype=torch.int64, device=device)
    if name.endswith("address"):
        return ~address if name.startswith("inverse") else address
    bit = torch.ones_like(address) << ((address + int(name.split()[-1])) & 63)
    return ~bit if name.startswith("walking zero") else bit


def described(name: str, block: Any, wanted: Any, start: int) -> list[dict[str, Any]]:
    """The first words that differ, with the bits that flipped."""
    places = (block != wanted).nonzero().flatten()[:SHOWN].tolist()
    flips = [(int(block[place]) ^ int(wanted[place])) & (2**64 - 1) for place in places]
    return [
        {"pattern": name, "word": start + p, "flipped": f"{bits:016x}"} for p, bits in zip(places, flips, strict=True)
    ]


def measure(device: str, kind: str, asked: dict[str, Any]) -> dict[str, Any]:
    free, total = torch.cuda.mem_get_info(device) if kind == "cuda" else (FREE_ON_CPU, FREE_ON_CPU)
    size = block_bytes(free, BLOCK[kind])
    count, words = blocks_in(free, asked["share"], size), size // 8
    if not count:
        return {"short": f"{free >> 20} MiB free: too little to test"}
    memory = [torch.empty(words, dtype=torch.int64, device=device) for _ in range(count)]
    found: list[dict[str, Any]] = []
    mismatches = passes = 0
    end = time.monotonic() + asked["duration_s"]
    while not passes or time.monotonic() < end:
        for number, name in enumerate(patterns(asked["shifts"])):
            seed = asked["seed"] + 1000 * passes + number
            for index, block in enumerate(memory):
                block.copy_(expected(name, index * words, words, device, seed))
            for index, block in enumerate(memory):
                wanted = expected(name, index * words, words, device, seed)
                differing = int((block != wanted).sum())
                mismatches += differing
                if differing and len(found) < SHOWN:
                    found += described(name, block, wanted, index * words)
        passes += 1
    return {
        "tested_mib": (count * size) >> 20,
        "free_mib": free >> 20,
        "total_mib": total >> 20,
        "patterns": len(patterns(asked["shifts"])),
        "passes": passes,
        "mismatches": mismatches,
        "wrong": found[:SHOWN],
    }


def one(kind: str, index: int, asked: dict[str, Any]) -> dict[str, Any]:
    card: dict[str, Any] = {"index": index, "name": "CPU"}
    try:
        if kind == "cuda":
            card["name"] = torch.cuda.get_device_properties(index).name
        card.update(measure(f"cuda:{index}" if kind == "cuda" else "cpu", kind, asked))
    except torch.cuda.OutOfMemoryError as error:
        card["short"] = str(error)[:200]
    except RuntimeError as error:  # what a broken card says
        card["error"] = str(error)[:200]
    return card


def main() -> None:
    os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # as nvidia-smi counts
    asked = {"device": "cpu", "share": 0.75, "duration_s": 0, "shifts": 4, "seed": 1} | json.load(sys.stdin)
    kind = asked["device"]
    measured: dict[str, Any] = {
        "torch": torch.__version__,
        "cuda_build": torch.version.cuda,
        "cuda_available": torch.cuda.is_available(),
    }
    if kind == "cpu" or measured["cuda_available"]:
        count = torch.cuda.device_count() if kind == "cuda" else 1
        with ThreadPoolExecutor(max(1, count)) as pool:
            measured["cards"] = list(pool.map(lambda index: one(kind, index, asked), range(count)))
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
