"""How fast are memory and matrix products? Measures, never judges.

Input: {"device": "cpu" | "cuda"} on standard input. Output: one JSON object, one entry a card.
Not yet run on hardware.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import torch  # type: ignore[import-not-found,unused-ignore]

RESERVE = 2**29  # left to an engine that serves meanwhile
LEAST_COPY = 2**29  # several times the largest level 2 cache
SHAPES = ((4096, 4096, 4096), (8192, 8192, 8192), (8192, 4096, 16384))  # rows, inner, columns
CPU_COPY, CPU_SHAPES = 2**28, [(1024, 1024, 1024)]
WARM_UP, ITERATIONS, LONGEST_S = 50, 100, 3.0  # for each shape, at most


def copy_bytes(free: int, total: int) -> int:
    """Source and target together: a quarter of the memory, or what is free; 0 if that is too little."""
    found = min(total // 4, free - RESERVE) // 2**21 * 2**21
    return found if found >= LEAST_COPY else 0


def fitting(free: int) -> list[tuple[int, int, int]]:
    """The shapes whose three matrices of two-byte numbers fit."""
    return [(m, k, n) for m, k, n in SHAPES if 2 * (m * k + k * n + m * n) <= free - RESERVE]


def finish(device: str) -> None:
    if device != "cpu":
        torch.cuda.synchronize(device)


def timed(device: str, work: Callable[[], object], most: int, longest_s: float) -> list[float]:
    """Seconds of each call: three at least, however long they take."""
    times: list[float] = []
    end = time.perf_counter() + longest_s
    while len(times) < 3 or (len(times) < most and time.perf_counter() < end):
        started = time.perf_counter()
        work()
        finish(device)
        times.append(time.perf_counter() - started)
    return times


def seconds(device: str, work: Callable[[], object], warm_up: int, most: int, longest_s: float) -> float:
    """Median seconds of one call, after a warm-up; each takes longest_s at most."""
    timed(device, work, warm_up, longest_s)
    times = timed(device, work, most, longest_s)
    return sorted(times)[len(times) // 2]


def copy_gbs(device: str, size: int) -> float:
    """Bytes read and written by a copy, in GB/s. size: of source and target together."""
    source = torch.ones(size // 8, dtype=torch.float32, device=device)
    target = torch.empty_like(source)
    took_s = seconds(device, lambda: target.copy_(source), 3, 50, 1.0)
    return size / took_s / 1e9


def product_gflops(device: str, shape: tuple[int, int, int], dtype: Any) -> float:
    """Of normally distributed numbers: zeros would draw less power and run faster."""
    rows, inner, columns = shape
    left = torch.randn(rows, inner, device=device).to(dtype)
    right = torch.randn(inner, columns, device=device).to(dtype)
    took_s = seconds(device, lambda: left @ right, WARM_UP, ITERATIONS, LONGEST_S if device != "cpu" else 0.2)
    return 2 * rows * inner * columns / took_s / 1e9


def best(device: str, shapes: list[tuple[int, int, int]], dtype: Any) -> dict[str, Any]:
    found = {"x".join(map(str, shape)): product_gflops(device, shape, dtype) for shape in shapes}
    shape = max(found, key=lambda name: found[name])
    return {"matmul_gflops": found[shape], "matmul_dtype": str(dtype)[6:], "matmul_shape": shape}


def on_cpu() -> dict[str, Any]:
    return {
        "index": 0,
        "name": "CPU",
        "copy_gbs": copy_gbs("cpu", CPU_COPY),
        "copy_mib": CPU_COPY >> 20,
        **best("cpu", CPU_SHAPES, torch.float32),
    }


def on_card(index: int) -> dict[str, Any]:
    device = f"cuda:{index}"
    properties = torch.cuda.get_device_properties(index)
    card: dict[str, Any] = {"index": index, "name": properties.name}
    try:
        free, total = torch.cuda.mem_get_info(index)
        size, shapes = copy_bytes(free, total), fitting(free)
        if not size or not shapes:
            return {**card, "short": f"{free >> 20} MiB free, {(RESERVE + LEAST_COPY) >> 20} needed"}
        card.update(copy_gbs=copy_gbs(device, size), copy_mib=size >> 20)
        torch.cuda.empty_cache()
        card.update(best(device, shapes, torch.bfloat16 if properties.major >= 8 else torch.float16))
    except torch.cuda.OutOfMemoryError as error:
        card["short"] = str(error)[:200]
    except RuntimeError as error:  # what a broken card says
        card["error"] = str(error)[:200]
    torch.cuda.empty_cache()
    return card


def main() -> None:
    os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # as nvidia-smi counts
    kind = json.load(sys.stdin).get("device", "cpu")
    measured: dict[str, Any] = {
        "torch": torch.__version__,
        "cuda_build": torch.version.cuda,
        "cuda_available": torch.cuda.is_available(),
        "threads": torch.get_num_threads(),
    }
    if kind == "cpu":
        measured["cards"] = [on_cpu()]
    elif measured["cuda_available"]:
        measured["cards"] = [on_card(index) for index in range(torch.cuda.device_count())]
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
