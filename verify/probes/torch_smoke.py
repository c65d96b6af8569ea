"""Does torch compute correctly on this device, and how fast? Measures, never judges.

Input: nothing, or {"device": "cpu" | "cuda"} on standard input. Output: one JSON object.
Run it anywhere: python torch_smoke.py </dev/null
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import torch  # type: ignore[import-not-found,unused-ignore]

SIZE = 192
REPEATS = 16


def integers(generator: Any) -> Any:
    """Integers so small that their products, summed over SIZE, are exact in float32."""
    return torch.randint(-64, 65, (SIZE, SIZE), generator=generator)


def wrong_products(device: str) -> dict[str, int]:
    """Elements of matrix products that differ from the same product in Python's integers."""
    generator = torch.Generator().manual_seed(20)
    left, right = integers(generator), integers(generator)
    columns = right.T.tolist()
    exact = torch.tensor([[sum(map(int.__mul__, row, column)) for column in columns] for row in left.tolist()])
    wrong = {}
    for dtype in (torch.float32, torch.float64):
        product = (left.to(device, dtype) @ right.to(device, dtype)).cpu()
        wrong[str(dtype)[6:]] = int((product != exact.to(dtype)).sum())
    return wrong


def mismatches(device: str) -> int:
    """Elements that differ when the same float32 product is computed again."""
    generator = torch.Generator().manual_seed(21)
    left = torch.randn(512, 512, generator=generator).to(device)
    right = torch.randn(512, 512, generator=generator).to(device)
    first = left @ right
    return sum(int((left @ right != first).sum()) for _ in range(REPEATS))


def gradient(device: str) -> dict[str, float]:
    """One step of linear regression: autograd's gradient against the formula, and the loss before and after."""
    generator = torch.Generator().manual_seed(22)
    inputs = torch.randn(64, 8, generator=generator, dtype=torch.float64).to(device)
    outputs = inputs @ torch.arange(1.0, 9.0, dtype=torch.float64, device=device)
    weights = torch.zeros(8, dtype=torch.float64, device=device, requires_grad=True)
    loss = ((inputs @ weights - outputs) ** 2).mean()
    loss.backward()
    formula = 2 / 64 * inputs.T @ (inputs @ weights.detach() - outputs)
    after = ((inputs @ (weights.detach() - 0.1 * weights.grad) - outputs) ** 2).mean()
    error = float((weights.grad - formula).abs().max() / formula.abs().max())
    return {"relative_error": error, "loss_before": loss.item(), "loss_after": after.item()}


def dtypes(device: str) -> dict[str, float | str]:
    """Relative error of a product in each number format against float64; a text where it cannot be computed."""
    generator = torch.Generator().manual_seed(23)
    left = torch.randn(256, 256, generator=generator, dtype=torch.float64)
    right = torch.randn(256, 256, generator=generator, dtype=torch.float64)
    reference = left @ right
    errors: dict[str, float | str] = {}
    for dtype in (torch.float64, torch.float32, torch.bfloat16, torch.float16):
        try:
            product = (left.to(device, dtype) @ right.to(device, dtype)).cpu().double()
            errors[str(dtype)[6:]] = float((product - reference).norm() / reference.norm())
        except RuntimeError as error:
            errors[str(dtype)[6:]] = str(error)[:200]
    return errors


def seconds(device: str, work: Callable[[], object], least_s: float = 0.4) -> float:
    """Median seconds of one call, after a warm-up."""

    def finish() -> None:
        if device == "cuda":
            torch.cuda.synchronize()

    work()
    finish()
    times: list[float] = []
    end = time.perf_counter() + least_s
    while time.perf_counter() < end or len(times) < 3:
        started = time.perf_counter()
        work()
        finish()
        times.append(time.perf_counter() - started)
    return sorted(times)[len(times) // 2]


def figures(device: str) -> dict[str, float | str]:
    """Memory bandwidth of a copy (read and written bytes), and throughput of a large product."""
    size_mib, side, dtype = (1024, 8192, torch.bfloat16) if device == "cuda" else (128, 1024, torch.float32)
    source = torch.ones(size_mib * 2**18, dtype=torch.float32, device=device)
    target = torch.empty_like(source)
    copy_s = seconds(device, lambda: target.copy_(source))
    left = torch.randn(side, side, device=device).to(dtype)
    product_s = seconds(device, lambda: left @ left)
    return {
        "copy_gbs": 2 * size_mib * 2**20 / copy_s / 1e9,
        "matmul_gflops": 2 * side**3 / product_s / 1e9,
        "matmul_dtype": str(dtype)[6:],
    }


def card(device: str) -> dict[str, Any]:
    if device != "cuda":
        return {}
    properties = torch.cuda.get_device_properties(0)
    return {
        "name": properties.name,
        "count": torch.cuda.device_count(),
        "capability": f"{properties.major}.{properties.minor}",
        "memory_mib": properties.total_memory // 2**20,
        "architectures": torch.cuda.get_arch_list(),
    }


def main() -> None:
    text = "" if sys.stdin.isatty() else sys.stdin.read()
    device = json.loads(text or "{}").get("device", "cpu")
    measured: dict[str, Any] = {
        "torch": torch.__version__,
        "cuda_build": torch.version.cuda,
        "cuda_available": torch.cuda.is_available(),
        "device": device,
        "threads": torch.get_num_threads(),
    }
    if device == "cpu" or measured["cuda_available"]:
        measured.update(
            card=card(device),
            wrong_products=wrong_products(device),
            products=SIZE * SIZE,
            mismatches=mismatches(device),
            repeats=REPEATS,
            gradient=gradient(device),
            dtypes=dtypes(device),
            figures=figures(device),
        )
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
