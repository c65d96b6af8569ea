"""One measurement of torch on a machine, judged by several checks."""

from pydantic import BaseModel, ValidationError

from verify.check import CheckFailed, CouldNotTell
from verify.target import Target


class Gradient(BaseModel):
    relative_error: float
    loss_before: float
    loss_after: float


class Figures(BaseModel):
    copy_gbs: float
    matmul_gflops: float
    matmul_dtype: str


class Card(BaseModel):
    name: str
    count: int
    capability: str
    memory_mib: int
    architectures: list[str]


class Smoke(BaseModel):
    """What `probes/torch_smoke.py` printed. Without `card` there is no CUDA device."""

    torch: str
    cuda_build: str | None
    cuda_available: bool
    device: str
    threads: int
    wrong_products: dict[str, int]
    products: int
    mismatches: int
    repeats: int
    gradient: Gradient
    dtypes: dict[str, float | str]
    figures: Figures
    card: Card | None


def smoke(target: Target) -> Smoke:
    """Measure on the planned device, with the planned environment's Python."""
    device = target.plan.engine.device
    measured = target.host.probe(
        "torch_smoke",
        {"device": device},
        python=f"/opt/eigenherd/{target.plan.torch.name}/bin/python",
        timeout_s=180,
    )
    if device == "cuda" and not measured.get("cuda_available"):
        raise CheckFailed(
            "torch computes on the planned GPU",
            f"torch {measured.get('torch')}, built for CUDA {measured.get('cuda_build')}, sees no CUDA device",
            "run nvidia-smi on the machine; a driver that was updated needs a reboot",
        )
    try:
        return Smoke.model_validate(measured | {"card": measured.get("card") or None})
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, item["loc"])) for item in error.errors(include_input=False))
        raise CouldNotTell("a complete measurement", f"wrong fields: {fields}", "run the probe by hand") from None
