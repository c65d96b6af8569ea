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
    measured = measure(target, device)
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


def measure(target: Target, device: str) -> dict[str, object]:
    """What the probe measured. Where the machine answers and the probe does not end well, torch is broken."""
    home = f"/opt/eigenherd/{target.plan.torch.name}"
    try:
        return target.host.probe("torch_smoke", {"device": device}, python=f"{home}/bin/python", timeout_s=180)
    except CouldNotTell as error:
        target.host.run("true")  # raises if it is the machine that does not answer
        todo = f"run `eigenherd up` again; if that does not help, remove {home} before"
        raise CheckFailed("torch that can be imported and computes", error.found, todo) from None
