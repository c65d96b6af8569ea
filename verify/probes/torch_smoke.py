"""Does torch start, find its device, and learn? Measures, never judges.

Input: nothing, or {"device": "cpu" | "cuda"} on standard input. Output: one JSON object.
Run it anywhere: python torch_smoke.py </dev/null
"""

import json
import os
import sys
from typing import Any

import torch  # type: ignore[import-not-found,unused-ignore]


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
    os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # as nvidia-smi counts
    text = "" if sys.stdin.isatty() else sys.stdin.read()
    device = json.loads(text or "{}").get("device", "cpu")
    measured: dict[str, Any] = {
        "torch": torch.__version__,
        "cuda_build": torch.version.cuda,
        "cuda_available": torch.cuda.is_available(),
        "device": device,
    }
    if device == "cpu" or measured["cuda_available"]:
        measured.update(card=card(device), gradient=gradient(device))
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
