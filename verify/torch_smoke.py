"""The smallest measurement of torch on a machine, judged by several checks."""

from pydantic import BaseModel, ValidationError

from verify.check import CouldNotTell
from verify.target import Target
from verify.torch_probe import measure, wrong_fields

TIMEOUT_S = 120.0
CHECK_TIMEOUT_S = TIMEOUT_S + 30


class Gradient(BaseModel):
    relative_error: float
    loss_before: float
    loss_after: float


class First(BaseModel):
    """The first card."""

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
    gradient: Gradient
    card: First | None


def smoke(target: Target) -> Smoke:
    """Measure on the planned device, with the planned environment's Python."""
    measured = measure(target, "torch_smoke", TIMEOUT_S)
    try:
        return Smoke.model_validate(measured | {"card": measured.get("card") or None})
    except ValidationError as error:
        raise CouldNotTell("a complete measurement", wrong_fields(error), "run the probe by hand") from None
