"""What people ask is nobody else's business."""

import secrets

from verify.chat import COMPLETIONS, ask, user
from verify.check import Finding, check
from verify.search import written_nowhere
from verify.target import Target


@check(
    stage="full",
    part=("engine", "models", "gateway"),
    severity="critical",
    disturbs="stack",
    needs=("answers",),
    source="GDPR article 5 (1) c: prompts and answers are logged nowhere",
    timeout_s=600,
)
def prompts_unlogged(target: Target) -> Finding:
    """A prompt with a marker, sent well-formed and broken, is found in no log of this machine."""
    marker = secrets.token_hex(12)
    ask(target.gateway, target.plan.models[0], user(f"Remember {marker}."), max_tokens=32)
    # Errors are what servers like to log with everything they know.
    broken = f'{{"model": "{marker}", "messages": [{{"role": "user", "content": "{marker}"'.encode()
    target.gateway.request("POST", COMPLETIONS, authorization=f"Bearer {target.gateway.key}", content=broken)
    target.gateway.post(COMPLETIONS, {"model": target.plan.models[0].name, "messages": f"{marker}"})
    todo = "lower the log level of what writes it: the engine's verbosity, or the gateway's log fields"
    return written_nowhere(target, {"marker": marker}, target.started - 60, todo)
