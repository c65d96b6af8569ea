"""What every model of its size knows."""

from verify.chat import ask, user
from verify.check import Finding, check, failed, passed, skipped
from verify.target import Target


@check(
    stage="full",
    part=("engine", "models"),
    severity="critical",
    subject="model",
    disturbs="stack",
    timeout_s=600,
    needs=("answers",),
    source="the catalogue: this model's score over 20 runs, minus two",
)
def expected_answers(target: Target) -> Finding:
    """The catalogue's questions are answered with one of the expected words, often enough."""
    model = target.asked
    if not model.prompts:
        return skipped("no questions measured for this model in the catalogue")
    missed = {}
    for prompt in model.prompts:
        reply = ask(target.gateway, model, user(prompt.ask), max_tokens=32).text
        if not any(word.lower() in reply.lower() for word in prompt.any_of):
            missed[prompt.ask] = reply[:80]
    score = len(model.prompts) - len(missed)
    measured, bound = f"{score} of {len(model.prompts)} right", f"at least {model.least_score}"
    if score < model.least_score:
        todo = "compare the served file's sha256 and the chat template with the plan"
        return failed(bound, measured, todo, measured=measured, bound=bound, missed=missed)
    return passed(measured, bound, missed=missed)
