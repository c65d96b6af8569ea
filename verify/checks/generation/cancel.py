"""Somebody closes the browser in the middle of an answer."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from verify.chat import COMPLETIONS, ask, question, server_sent, user
from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.nonces import nonce, repeat
from verify.target import Target

PIECES = 8  # enough for the pace to show, though the first ones may come in one packet
MARGIN_S = 1.5
TRIES = 3


@check(
    stage="full",
    part=("engine", "models", "gateway"),
    severity="critical",
    subject="model",
    disturbs="stack",
    timeout_s=600,
    needs=("answers", "streaming"),
    source="ours: a dropped answer must not hold a slot; at most three times the usual time, or 1.5 s more",
)
def cancel(target: Target) -> Finding:
    """Clients that leave in mid-answer free their slots: the next question is answered as fast as usual."""
    model = target.asked
    usual_s = statistics.median(timed_answer(target) for _ in range(3))
    bound_s = max(3 * usual_s, usual_s + MARGIN_S)
    with ThreadPoolExecutor(model.slots) as pool:
        piece_s = list(pool.map(lambda _: leave_early(target), range(model.slots)))
    would_hold_s = statistics.median(piece_s) * length(target)
    if would_hold_s < 2 * bound_s:
        todo = "plan a longer context, so that an answer outlasts the measurement"
        raise CouldNotTell("an answer long enough to be cut short", f"about {would_hold_s:.1f} s in all", todo)
    # A held slot makes the next question wait for all of that time; a busy computer only for some moments.
    tries_s = [timed_answer(target)]
    while tries_s[-1] > bound_s and sum(tries_s) < would_hold_s / 2 and len(tries_s) < TRIES:
        tries_s.append(timed_answer(target))
    measured = f"{tries_s[-1]:.2f} s after {model.slots} left, usually {usual_s:.2f} s"
    if tries_s[-1] > bound_s or sum(tries_s) >= would_hold_s / 2:
        todo = "the gateway must pass the client's leaving on: no negative flush_interval in the Caddyfile"
        found = f"{tries_s[0]:.2f} s, usually {usual_s:.2f} s"
        return failed(f"at most {bound_s:.2f} s", found, todo, measured=found, bound=f"{bound_s:.2f} s")
    return passed(f"{measured}; uncut they would have held on for about {would_hold_s:.0f} s", f"{bound_s:.2f} s")


def length(target: Target) -> int:
    return target.asked.context * 3 // 4


def timed_answer(target: Target) -> float:
    digits = nonce()
    return ask(target.gateway, target.asked, repeat(digits), max_tokens=16).total_s


def leave_early(target: Target) -> float:
    """Read a few pieces of a long answer, then drop the connection; the seconds each piece took."""
    story = user("Count from 1 to 100000, one number a line.")
    # ignore_eos is llama.cpp's and vLLM's own: another engine's answer may end by itself, so it is asked again.
    most = length(target)
    body = question(target.asked, story, max_tokens=most, temperature=0.9, ignore_eos=True, stream=True)
    for _ in range(TRIES):
        times = []
        with target.gateway.stream(COMPLETIONS, body) as response:
            for _ in server_sent(response):
                times.append(time.monotonic())
                if len(times) > PIECES:
                    break
        if len(times) > PIECES:
            break
    else:
        raise CouldNotTell("a long streamed answer", f"{len(times)} events", "ask the model something by hand")
    return (times[-1] - times[1]) / (len(times) - 2)
