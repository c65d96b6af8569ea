"""Do a machine's cards add up each other's numbers, and how fast? One process a card. Measures, never judges.

Input: {"device": "cpu" | "cuda", "longest_s": 120} on standard input; on the CPU two processes and gloo.
Output: one JSON object. Not yet run on hardware.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from typing import Any

import torch  # type: ignore[import-not-found,unused-ignore]

SIZES = {"cpu": (2**20,), "cuda": (2**28, 2**30, 2**32)}  # bytes; 256 MB to 4 GB where that is free
RESERVE = 2**29
WARM_UP, ITERATIONS = 5, 20
PERIOD = 997  # elements; a prime, so that no chunk repeats another


def fitting(sizes: tuple[int, ...], free: int) -> list[int]:
    """What fits into the card with least room: numbers, what they were, one copy to compare, NCCL's buffers."""
    return [size for size in sizes if 4 * size <= free - RESERVE]


def bus_gbs(size: int, seconds: float, world: int) -> float:
    """What each link carries: an allreduce moves 2 (n - 1) / n of the data over every link."""
    return size / seconds * 2 * (world - 1) / world / 1e9


def restored(sums: Any, world: int) -> Any:
    """What every rank began with, if the sums are right: rank r gave each element plus r."""
    return (sums - world * (world - 1) // 2) / world


def work(asked: dict[str, Any]) -> dict[str, Any]:
    """One rank: sums that are known, then many for time, then known ones once more."""
    import torch.distributed as dist  # type: ignore[import-not-found,unused-ignore]

    rank, world, kind = asked["rank"], asked["world"], asked["device"]
    device = f"cuda:{rank}" if kind == "cuda" else "cpu"
    if kind == "cuda":
        torch.cuda.set_device(rank)
    store = dist.FileStore(asked["file"], world)  # a TCP store would listen on every address
    dist.init_process_group("nccl" if kind == "cuda" else "gloo", store=store, rank=rank, world_size=world)
    wrong, rates = 0, {}
    for size in asked["sizes"]:
        elements = torch.arange(size // 4, dtype=torch.float32, device=device).remainder_(PERIOD)
        numbers = elements + rank
        dist.all_reduce(numbers)
        wrong += int((restored(numbers, world) != elements).sum())
        for count in range(WARM_UP + ITERATIONS):
            if count == WARM_UP:
                dist.barrier()
                finish(kind)
                started = time.perf_counter()
            dist.all_reduce(numbers, op=dist.ReduceOp.MAX)
        finish(kind)
        rates[str(size >> 20)] = bus_gbs(size, (time.perf_counter() - started) / ITERATIONS, world)
        numbers.copy_(elements).add_(rank)
        dist.all_reduce(numbers)
        wrong += int((restored(numbers, world) != elements).sum())
        del numbers, elements
    dist.destroy_process_group()
    return {"wrong": wrong, "bus_gbs": rates}


def finish(kind: str) -> None:
    if kind == "cuda":
        torch.cuda.synchronize()


def ranks(asked: dict[str, Any], world: int, sizes: list[int]) -> list[dict[str, Any]]:
    """Every rank's answer, in order; `error` for one that ends badly or not at all."""
    environment = {**os.environ, "NCCL_SOCKET_IFNAME": "lo", "GLOO_SOCKET_IFNAME": "lo"}
    end = time.monotonic() + asked["longest_s"]
    with tempfile.TemporaryDirectory() as folder:
        processes = []
        try:
            for rank in range(world):
                own = asked | {"rank": rank, "world": world, "sizes": sizes, "file": f"{folder}/store"}
                processes.append(start(own, environment))
            return [answer(process, end) for process in processes]
        finally:
            for process in processes:
                with contextlib.suppress(OSError):
                    process.kill()
                process.wait()


def start(asked: dict[str, Any], environment: dict[str, str]) -> "subprocess.Popen[str]":
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [sys.executable, __file__], stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment
    )
    assert process.stdin  # noqa: S101 (it is a pipe)
    process.stdin.write(json.dumps(asked))
    process.stdin.close()
    process.stdin = None
    return process


def answer(process: "subprocess.Popen[str]", end: float) -> dict[str, Any]:
    try:
        out, err = process.communicate(timeout=max(0.1, end - time.monotonic()))
        answered: dict[str, Any] = json.loads(out.splitlines()[-1])
        return answered
    except subprocess.TimeoutExpired:
        return {"error": "no end"}
    except (IndexError, ValueError):
        said = (err.strip().splitlines() or ["nothing"])[-1]
        key = "short" if "OutOfMemoryError" in said else "error"
        return {key: f"exit {process.returncode}, last words: {said[-200:]}"}


def main() -> None:
    os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # as nvidia-smi counts
    asked = {"device": "cpu", "longest_s": 120} | json.load(sys.stdin)
    if "rank" in asked:
        return print(json.dumps(work(asked)))
    kind = asked["device"]
    measured: dict[str, Any] = {
        "torch": torch.__version__,
        "cuda_build": torch.version.cuda,
        "cuda_available": torch.cuda.is_available(),
    }
    if kind == "cpu" or measured["cuda_available"]:
        world = torch.cuda.device_count() if kind == "cuda" else 2
        indexes = range(world)
        names = [torch.cuda.get_device_properties(i).name if kind == "cuda" else "CPU" for i in indexes]
        free = min(torch.cuda.mem_get_info(i)[0] for i in indexes) if kind == "cuda" else 2**30
        cards = [{"index": index, "name": name} for index, name in enumerate(names)]
        sizes = fitting(SIZES[kind], free)
        if world > 1 and not sizes:
            cards = [{**card, "short": f"{free >> 20} MiB free on the fullest card"} for card in cards]
        elif world > 1:
            answers = ranks(asked, world, sizes)
            cards = [card | own for card, own in zip(cards, answers, strict=True)]
        peers = [(i, j) for i in indexes for j in indexes if i != j] if kind == "cuda" else []
        measured |= {"cards": cards, "peers": all(torch.cuda.can_device_access_peer(i, j) for i, j in peers)}
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
