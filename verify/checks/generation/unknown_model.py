"""A name nobody serves."""

from verify.chat import COMPLETIONS, user
from verify.check import Finding, check, failed, passed
from verify.target import Target


@check(
    stage="full",
    part=("engine", "models", "gateway"),
    severity="critical",
    subject="gateway",
    disturbs="stack",
    timeout_s=600,
    needs=("answers",),
    source="OpenAI's API reference: model_not_found, 404",
)
def unknown_model(target: Target) -> Finding:
    """A model that is not served is answered with 404, not with another model's words."""
    body = {"model": "no-such-model", "messages": user("Hello"), "max_tokens": 4}
    response = target.gateway.post(COMPLETIONS, body)
    if response.status_code in {400, 404} and "error" in response.text:
        return passed(f"{response.status_code} with an error body", "404")
    return failed(
        "404 with an error body", f"{response.status_code}: {response.text[:120]}", "look at the engine's log"
    )
