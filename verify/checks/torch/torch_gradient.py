"""Learning, in its smallest form."""

from verify.check import Finding, check, failed, passed
from verify.target import Target
from verify.torch_smoke import CHECK_TIMEOUT_S, smoke

LARGEST_ERROR = 1e-9


@check(
    stage="full",
    part="torch",
    severity="critical",
    subject="engine",
    disturbs="machine",
    timeout_s=CHECK_TIMEOUT_S,
    source="ours: float64 carries 15 digits",
)
def torch_gradient(target: Target) -> Finding:
    """autograd's gradient of a linear regression equals the formula, and one step makes the loss smaller."""
    step = smoke(target).gradient
    measured = f"relative error {step.relative_error:.1e}, loss {step.loss_before:.4g} to {step.loss_after:.4g}"
    if not (step.relative_error <= LARGEST_ERROR and step.loss_after < step.loss_before):
        return failed(f"error at most {LARGEST_ERROR:g}, a smaller loss", measured, "reinstall the torch environment")
    return passed(measured, f"{LARGEST_ERROR:g}")
