"""An answer ends where it should."""

from verify.chat import ask, user
from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

CAP = 9


@check(
    stage="full",
    part=("engine", "models"),
    severity="critical",
    subject="model",
    disturbs="stack",
    timeout_s=600,
    needs=("answers", "determinism"),
    source="OpenAI's API reference: max_tokens, stop, finish_reason",
)
def cap_and_stop(target: Target) -> Finding:
    """max_tokens cuts the answer with finish_reason length; a stop word ends it before the word, with stop."""
    question = user("Tell a story about a shepherd and the stars.")
    capped = ask(target.gateway, target.asked, question, max_tokens=CAP, exact=True)
    free = ask(target.gateway, target.asked, question, max_tokens=32)
    word = stop_word(free.text)
    stopped = ask(target.gateway, target.asked, question, max_tokens=32, stop=[word])
    tokens = capped.usage.get("completion_tokens", CAP + 1)
    facts = {
        f"{tokens} tokens with a cap of {CAP}": tokens <= CAP,
        f"capped, but finish_reason {capped.finish}": capped.finish == "length",
        f"the stop word {word!r} is in the answer": word not in stopped.text,
        f"stopped, but finish_reason {stopped.finish}": stopped.finish == "stop",
        "the stopped answer is no beginning of the free one": free.text.startswith(stopped.text.rstrip()),
    }
    flaws = [flaw for flaw, holds in facts.items() if not holds]
    if flaws:
        return failed("caps and stop words obeyed", "; ".join(flaws), "compare the engine's version with the plan")
    return passed(f"cut at {tokens} tokens, stopped before {word!r}", f"{CAP} tokens, length; stop")


def stop_word(text: str) -> str:
    """A word from the middle of the answer, that the model is bound to say again."""
    words = [word for word in text.split()[4:] if word.isalpha() and len(word) > 3]
    if not words:
        raise CouldNotTell("an answer of several words", repr(text[:80]), "ask the model something by hand")
    return words[0]
