"""The first answer."""

from verify.chat import Answer, ask
from verify.check import Finding, check, failed, passed
from verify.nonces import nonce, repeat
from verify.target import Target

FINISHES = {"stop", "length"}


@check(
    stage="full",
    part=("engine", "models", "gateway"),
    severity="critical",
    subject="model",
    disturbs="stack",
    timeout_s=600,
    needs=("auth_accepted",),
    source="OpenAI's API reference, the chat completion object",
)
def answers(target: Target) -> Finding:
    """A question is answered by an object of the documented shape."""
    # The first question may have to wait for the model to be loaded.
    answer = ask(target.gateway, target.asked, repeat(nonce()), max_tokens=16, timeout_s=580)
    flaws = flaws_of(answer, target.asked.name)
    if flaws:
        return failed("a chat.completion object", "; ".join(flaws), "compare the engine's version with the plan")
    return passed(f"{answer.total_s:.2f} s for {answer.usage.get('completion_tokens', '?')} tokens", "the shape")


def flaws_of(answer: Answer, model: str) -> list[str]:
    body = answer.body
    choices = body.get("choices") or []
    message = choices[0].get("message", {}) if choices else {}
    facts = {
        "object is not chat.completion": body.get("object") == "chat.completion",
        "no id": bool(body.get("id")),
        f"model is {body.get('model')!r}": body.get("model") == model,
        f"{len(choices)} choices": len(choices) == 1,
        f"role is {message.get('role')!r}": message.get("role") == "assistant",
        f"finish_reason is {answer.finish!r}": answer.finish in FINISHES,
        "no text": bool(answer.text.strip()),
    }
    return [flaw for flaw, holds in facts.items() if not holds]
