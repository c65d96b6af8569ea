"""More than the model can read."""

from verify.capabilities import missing
from verify.chat import COMPLETIONS, question, user
from verify.check import Finding, check, failed, passed, unsupported
from verify.target import Target


@check(
    stage="full",
    part=("engine", "models"),
    severity="warning",
    subject="model",
    disturbs="stack",
    timeout_s=600,
    needs=("answers",),
    source="llama.cpp's server tests: a prompt beyond the context is answered with 400",
)
def over_context(target: Target) -> Finding:
    """A prompt longer than the planned context is refused with 400, not silently shortened."""
    model, engine = target.asked, target.plan.engine.name
    if reason := missing(engine, "over_context"):
        # Not tried: it would first read a whole context, which takes minutes without a GPU and cannot be cancelled.
        return unsupported("400 for a prompt beyond the context", engine, reason=reason)
    # A word and its space are at least one token in every tokeniser.
    prompt = user("stone bread " * model.context)
    response = target.gateway.post(COMPLETIONS, question(model, prompt, max_tokens=4), timeout_s=180)
    if response.status_code == 400 and "error" in response.text:
        return passed(f"400 for {2 * model.context} words", f"400 beyond {model.context} tokens")
    found = f"{response.status_code}: {response.text[:120]}"
    return failed(f"400 beyond {model.context} tokens", found, "compare the engine's context with the plan")
