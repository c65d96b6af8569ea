"""Everybody at once."""

import statistics
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from plan.errors import EigenherdError
from verify.chat import Answer, stream
from verify.check import DeadlineExceeded, Finding, check, failed, passed
from verify.nonces import distinct, repeat
from verify.target import Target

LEAST_USERS = 4
ROUNDS = 2
LEAST_FOR_P99 = 100


@check(
    stage="full",
    part=("engine", "models"),
    severity="critical",
    subject="model",
    disturbs="stack",
    timeout_s=600,
    needs=("fresh_nonces",),
    source="the plan's users, at least 4; a p99 is claimed from 100 answers on",
)
def users(target: Target) -> Finding:
    """As many users as planned ask at the same moment, and each gets his own answer and nobody else's."""
    count = max(LEAST_USERS, target.plan.users)
    digits = distinct(count * ROUNDS)
    start = threading.Barrier(count)

    def talk(asked: Sequence[str]) -> list[Answer | str]:
        start.wait()
        return [one_answer(target, own, count) for own in asked]

    with ThreadPoolExecutor(count) as pool:
        talks = list(pool.map(talk, (digits[i::count] for i in range(count))))
    replies = {own: reply for i, talk_ in enumerate(talks) for own, reply in zip(digits[i::count], talk_, strict=True)}
    wrong = {own: flaw for own, reply in replies.items() if (flaw := flaw_of(own, reply, digits))}
    answers = [reply for reply in replies.values() if isinstance(reply, Answer)]
    measured = f"{len(replies) - len(wrong)} of {len(replies)} right, {count} at once; {times(answers)}"
    if wrong:
        todo = "answers were mixed up, or the engine has too little room: compare slots and context with the plan"
        return failed("every answer right", measured, todo, measured=measured, bound="all", wrong=wrong)
    return passed(measured, "all right")


def one_answer(target: Target, own: str, count: int) -> Answer | str:
    try:
        return stream(target.gateway, target.asked, repeat(own), users=count, max_tokens=24, timeout_s=560)
    except (EigenherdError, DeadlineExceeded) as error:
        return str(error)[:200]


def flaw_of(own: str, reply: Answer | str, all_digits: Sequence[str]) -> str:
    if isinstance(reply, str):
        return reply
    others = [digits for digits in all_digits if digits != own and digits in reply.text]
    if others:
        return f"somebody else's digits: {reply.text[:40]!r}"
    return "" if own in reply.text else f"not his digits: {reply.text[:40]!r}"


def times(answers: Sequence[Answer]) -> str:
    if not answers:
        return "no answer"
    first = sorted(answer.first_s for answer in answers)
    p99 = f", p99 {first[int(0.99 * len(first))]:.2f} s" if len(first) >= LEAST_FOR_P99 else ""
    return f"first piece: median {statistics.median(first):.2f} s{p99}, longest {first[-1]:.2f} s"
