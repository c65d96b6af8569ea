"""The same question twice."""

from verify.chat import ask, user
from verify.check import Finding, check, failed, passed
from verify.target import Target

RUNS = 3


@check(
    stage="full",
    part=("engine", "models"),
    severity="critical",
    subject="model",
    disturbs="stack",
    timeout_s=600,
    needs=("answers",),
    source="serial requests are stable on llama.cpp and vLLM; under load they need not be (Thinking Machines 2025)",
)
def determinism(target: Target) -> Finding:
    """At temperature 0 with a fixed seed, one request at a time, 32 tokens come out the same three times."""
    question = user("Explain how rain forms.")
    texts = [ask(target.gateway, target.asked, question, max_tokens=32).text for _ in range(RUNS)]
    if len(set(texts)) > 1:
        todo = "something else uses the engine, or its settings override temperature and seed"
        return failed("one text", f"{len(set(texts))} texts in {RUNS} runs", todo, texts=texts)
    return passed(f"{RUNS} runs, one text", "equal")
