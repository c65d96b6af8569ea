"""As good as on the day it was measured."""

import math
from typing import Any

from verify.anchors import Point, anchor_of
from verify.capabilities import missing
from verify.chat import ask, user
from verify.check import Finding, check, failed, passed, skipped, unsupported
from verify.target import Target

LARGEST_MEAN = 0.3
TOP = 5


@check(
    stage="full",
    part=("engine", "models"),
    severity="warning",
    subject="model",
    disturbs="stack",
    timeout_s=600,
    needs=("answers",),
    source="a reference run of the same file: 0.00 off with other threads, 3.1 with a bit in 100 000 bytes flipped; "
    "the bound is ours",
)
def quality_anchor(target: Target) -> Finding:
    """The first words of fixed answers are as likely as in the model's reference run."""
    anchor = anchor_of(target.asked.artifact.sha256)
    if anchor is None:
        return skipped("no reference run of this model's file")
    engine = target.plan.engine.name
    off = {}
    for point in anchor.points:
        answer = ask(target.gateway, target.asked, user(point.ask), max_tokens=1, logprobs=True, top_logprobs=TOP)
        likely = likelihoods(answer.body)
        if likely is None and (reason := missing(engine, "logprobs")):
            return unsupported("logprobs in an answer", engine, reason=reason)
        off[point.ask] = distance(point, likely)
    mean, largest = sum(off.values()) / len(off), max(off.values())
    measured = f"{mean:.2f} off on average, {largest:.2f} at most, over {len(off)} answers"
    bound = f"at most {LARGEST_MEAN} on average"
    if not mean <= LARGEST_MEAN:
        todo = "compare the file's sha256, the chat template and the KV cache's format with the plan; test the card"
        return failed(bound, measured, todo, measured=measured, bound=bound, off=texts(off))
    return passed(measured, bound, off=texts(off))


def likelihoods(body: dict[str, Any]) -> dict[str, float] | None:
    """Of the likeliest first tokens; None where the answer has no logprobs. What is no number is infinitely far."""
    try:
        first = body["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
        return {item["token"]: -math.inf if item["logprob"] is None else float(item["logprob"]) for item in first}
    except (KeyError, IndexError, TypeError):
        return None


def distance(point: Point, likely: dict[str, float] | None) -> float:
    """A token that is no longer among the likeliest is at least as far off as the last of them."""
    if not likely:
        return math.inf
    return abs(point.logprob - likely.get(point.token, min(likely.values())))


def texts(off: dict[str, float]) -> dict[str, str]:
    """Infinity has no place in JSON."""
    return {asked: f"{distance:.3f}" for asked, distance in off.items()}
