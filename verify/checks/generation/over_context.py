"""More than the model can read."""

from verify.capabilities import missing
from verify.chat import COMPLETIONS, question, user
from verify.check import DeadlineExceeded, Finding, check, failed, passed, unsupported
from verify.target import Target

# A refusal needs no computing. An engine that is known to shorten would read a whole context first, for minutes.
REFUSAL_S = 20


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
    model = target.asked
    # A word and its space are at least one token in every tokeniser.
    prompt = user("stone bread " * model.context)
    engine = target.plan.engine.name
    reason = missing(engine, "over_context")
    try:
        timeout_s = REFUSAL_S if reason else 180
        response = target.gateway.post(COMPLETIONS, question(model, prompt, max_tokens=4), timeout_s=timeout_s)
    except DeadlineExceeded:
        if not reason:
            raise
        return unsupported("400 for a prompt beyond the context", engine, reason=reason)
    if response.status_code == 400 and "error" in response.text:
        return passed(f"400 for {2 * model.context} words", f"400 beyond {model.context} tokens")
    if response.status_code == 200 and reason:
        return unsupported("400 for a prompt beyond the context", engine, reason=reason)
    found = f"{response.status_code}: {response.text[:120]}"
    return failed(f"400 beyond {model.context} tokens", found, "compare the engine's context with the plan")
