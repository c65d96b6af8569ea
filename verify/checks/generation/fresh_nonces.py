"""An answer nobody can have stored."""

from verify.chat import ask
from verify.check import Finding, check, failed, passed
from verify.nonces import distinct, repeat
from verify.target import Target

COUNT = 8


@check(
    stage="full",
    part=("engine", "models", "gateway"),
    severity="critical",
    subject="model",
    disturbs="stack",
    timeout_s=600,
    needs=("answers",),
    source="measured: SmolLM2-135M repeats four digits after one example 36 times of 36",
)
def fresh_nonces(target: Target) -> Finding:
    """Four random digits come back, every time: no cache and no canned reply can know them."""
    missed = []
    for digits in distinct(COUNT):
        answer = ask(target.gateway, target.asked, repeat(digits), max_tokens=24)
        if digits not in answer.text:
            missed.append(f"{digits}: {answer.text[:40]!r}")
    measured = f"{COUNT - len(missed)} of {COUNT} came back"
    if missed:
        todo = "a cache answers, or the model is damaged or wrongly templated: look at the engine's log"
        return failed(f"{COUNT} of {COUNT}", measured, todo, measured=measured, answers=missed)
    return passed(measured, f"{COUNT} of {COUNT}")
