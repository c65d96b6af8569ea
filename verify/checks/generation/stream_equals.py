"""Two ways to ask, one answer."""

from verify.chat import ask, stream, user
from verify.check import Finding, check, failed, passed
from verify.target import Target


@check(
    stage="full",
    part=("engine", "models"),
    severity="critical",
    subject="model",
    disturbs="stack",
    timeout_s=600,
    needs=("answers", "determinism"),
    source="llama.cpp's server tests: streamed text equals the whole text",
)
def stream_equals(target: Target) -> Finding:
    """At temperature 0, one request at a time, the streamed text is the text of the whole answer."""
    question = user("Describe a loaf of bread.")
    whole = ask(target.gateway, target.asked, question, max_tokens=32)
    pieces = stream(target.gateway, target.asked, question, max_tokens=32)
    if whole.text != pieces.text:
        at = next((i for i, (a, b) in enumerate(zip(whole.text, pieces.text, strict=False)) if a != b), None)
        where = f"from character {at}" if at is not None else f"{len(whole.text)} and {len(pieces.text)} characters"
        return failed("the same text", f"different {where}", "something on the way drops or doubles pieces")
    return passed(f"{len(whole.text)} characters, the same", "equal")
