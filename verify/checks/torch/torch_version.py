"""The planned torch, and no other."""

from verify.check import Finding, check, failed, passed
from verify.target import Target
from verify.torch_smoke import CHECK_TIMEOUT_S, smoke


@check(
    stage="full",
    part="torch",
    severity="critical",
    subject="engine",
    disturbs="machine",
    timeout_s=CHECK_TIMEOUT_S,
    source="the plan's lock",
)
def torch_version(target: Target) -> Finding:
    """torch is the planned version, in an environment of its own."""
    measured = smoke(target)
    planned = target.plan.torch.version
    build = f"{measured.torch}, built for CUDA {measured.cuda_build or 'none'}"
    if measured.torch.split("+")[0] != planned.split("+")[0]:
        return failed(f"torch {planned}", measured.torch, "run `eigenherd up` again", measured=build, bound=planned)
    return passed(build, planned)
