"""What clients are told when something is wrong."""

import json

from verify.chat import COMPLETIONS
from verify.check import Finding, check, failed, passed
from verify.target import Target

# Words by which a stack trace or a server's file layout gives itself away.
TRACES = ("Traceback (most recent", 'File "/', "goroutine ", ".cpp:", "/opt/", "/usr/lib/")


@check(
    stage="watch",
    part=("gateway", "engine"),
    severity="critical",
    subject="gateway",
    needs=("auth_accepted",),
    source="OpenAI's API reference, error object: error.message in a JSON body",
    elsewhere="a client's key is needed, and none lies on a machine",
)
def error_bodies(target: Target) -> Finding:
    """Errors come as JSON with error.message, without a stack trace, and the server lives on."""
    bearer = f"Bearer {target.gateway.key}"
    ask = target.gateway.request
    answers = {
        "no key": (ask("POST", COMPLETIONS, content=b"{}"), {401}),
        "unknown route": (ask("GET", "/no-such-route", authorization=bearer), {404}),
        "bad JSON": (ask("POST", COMPLETIONS, authorization=bearer, content=b'{"model'), {400, 422}),
        "no messages": (ask("POST", COMPLETIONS, authorization=bearer, content=b"{}"), {400, 422}),
    }
    wrong = {
        name: f"{answer.status_code} {flaw}"
        for name, (answer, statuses) in answers.items()
        if (flaw := flaw_of(answer.text) or ("" if answer.status_code in statuses else "status"))
    }
    if (after := target.gateway.get("/v1/models").status_code) != 200:
        wrong["afterwards"] = f"/v1/models answers {after}"
    if wrong:
        return failed(
            "a JSON error body with error.message, and the right status",
            "; ".join(f"{name}: {flaw}" for name, flaw in wrong.items()),
            "look at the gateway's error handling and at the engine's log",
            answers=wrong,
        )
    return passed(f"{len(answers)} errors explained in JSON", "error.message, no stack trace")


def flaw_of(body: str) -> str:
    """What is wrong with an error body; empty if nothing."""
    if found := next((trace for trace in TRACES if trace in body), ""):
        return f"stack trace ({found.strip()})"
    try:
        error = json.loads(body)["error"]
        return "" if isinstance(error["message"], str) and error["message"] else "no error.message"
    except (json.JSONDecodeError, KeyError, TypeError):
        return "no JSON error body"
