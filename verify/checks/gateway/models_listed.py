"""What is on offer."""

from verify.check import Finding, check, failed, passed
from verify.target import Target


@check(
    stage="watch",
    part=("gateway", "engine", "models"),
    severity="critical",
    subject="gateway",
    needs=("auth_accepted",),
    source="the plan's models; OpenAI's API reference, GET /v1/models",
    elsewhere="a client's key is needed, and none lies on a machine",
)
def models_listed(target: Target) -> Finding:
    """GET /v1/models lists the planned models and no others."""
    response = target.gateway.get("/v1/models")
    planned = {model.name for model in target.plan.models}
    try:
        listed = {str(model["id"]) for model in response.json()["data"]}
    except (ValueError, KeyError, TypeError):
        found = f"{response.status_code}: {response.text[:200]}"
        return failed("a list of models in `data`", found, "look at the engine: systemctl status eigenherd-engine")
    if listed != planned:
        found = ", ".join(sorted(listed)) or "none"
        return failed(
            ", ".join(sorted(planned)), found, "a model more or less is in the engine's store: `eigenherd up`"
        )
    return passed(", ".join(sorted(listed)), "the plan's models")
