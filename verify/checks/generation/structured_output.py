"""Answers for programs."""

import json

from verify.capabilities import missing
from verify.chat import ask, user
from verify.check import Finding, check, failed, passed, unsupported
from verify.nonces import distinct
from verify.target import Target

PRIORITIES = [1, 2, 3]


@check(
    stage="full",
    part=("engine", "models"),
    severity="warning",
    subject="model",
    disturbs="stack",
    timeout_s=600,
    needs=("answers",),
    source="OpenAI's API reference, response_format json_schema; llama.cpp, Ollama and vLLM document it",
)
def structured_output(target: Target) -> Finding:
    """An answer asked for by JSON schema is an object with just its fields, and with values nobody can guess."""
    engine = target.plan.engine.name
    if reason := missing(engine, "structured_output"):
        return unsupported("answers by JSON schema", engine, reason=reason)
    codes = distinct(3)
    shape = {"type": "json_schema", "json_schema": {"name": "ticket", "strict": True, "schema": schema(codes)}}
    question = user("Invent a ticket of a help desk, and give it as JSON.")
    answer = ask(target.gateway, target.asked, question, max_tokens=160, response_format=shape)
    flaws = flaws_of(answer.text, codes)
    if flaws:
        todo = "compare the engine's version with the plan; clients must not count on response_format"
        return failed("the schema's fields and values", f"{'; '.join(flaws)}: {answer.text[:80]!r}", todo)
    return passed("one object as its schema says", "three fields, values among the given")


def schema(codes: list[str]) -> dict[str, object]:
    """Codes are random: without the schema no model says them."""
    return {
        "type": "object",
        "properties": {
            "code": {"type": "string", "enum": codes},
            "priority": {"type": "integer", "enum": PRIORITIES},
            "open": {"type": "boolean"},
        },
        "required": ["code", "priority", "open"],
        "additionalProperties": False,
    }


def flaws_of(text: str, codes: list[str]) -> list[str]:
    try:
        said = json.loads(text)
    except ValueError:
        return ["no JSON"]
    if not isinstance(said, dict) or set(said) != {"code", "priority", "open"}:
        return ["other fields"]
    facts = {
        "code": said["code"] in codes,
        "priority": type(said["priority"]) is int and said["priority"] in PRIORITIES,
        "open": isinstance(said["open"], bool),
    }
    return [f"{name} is {said[name]!r}" for name, holds in facts.items() if not holds]
