"""Words as they come, not a page at the end."""

from verify.chat import Answer, delta, stream, user
from verify.check import Finding, check, failed, passed
from verify.target import Target

LARGEST_SHARE = 0.5
LEAST_CHUNKS = 2
ATTEMPTS = 3  # what buffers is late every time; a reader that got no processor time is late once


@check(
    stage="full",
    part=("engine", "models", "gateway"),
    severity="critical",
    subject="model",
    disturbs="stack",
    timeout_s=600,
    needs=("answers",),
    source="OpenAI's API reference, streaming; a share under 50 % shows a proxy that does not buffer (ours)",
)
def streaming(target: Target) -> Finding:
    """A streamed answer comes in pieces spread over its time, in the documented order, and ends with [DONE]."""
    story = user("Tell a story about a shepherd and the stars.")
    for _ in range(ATTEMPTS):
        answer = stream(target.gateway, target.asked, story, max_tokens=64)
        share = answer.first_s / answer.total_s
        if share < LARGEST_SHARE:
            break
    flaws = flaws_of(answer)
    if len(answer.times_s) < LEAST_CHUNKS:
        flaws.append(f"{len(answer.times_s)} pieces of text")
    elif share >= LARGEST_SHARE:
        flaws.append(f"the first piece came after {share:.0%} of the time: something buffers")
    measured = f"first of {len(answer.times_s)} pieces after {answer.first_s:.2f} s of {answer.total_s:.2f} s"
    bound = f"first piece before {LARGEST_SHARE:.0%} of the time"
    if flaws:
        todo = "the gateway must pass text/event-stream on at once: look at its encode and buffer settings"
        return failed(bound, "; ".join(flaws), todo, measured=measured, bound=bound)
    return passed(measured, bound, first_s=answer.first_s, total_s=answer.total_s)


def flaws_of(answer: Answer) -> list[str]:
    roles = [delta(event)["role"] for event in answer.events if delta(event).get("role")]
    finishes = [c["finish_reason"] for e in answer.events for c in e.get("choices") or () if c.get("finish_reason")]
    bills = [event for event in answer.events if event.get("usage")]
    facts = {
        "an event is no chat.completion.chunk": all(e.get("object") == "chat.completion.chunk" for e in answer.events),
        "the first event names no role": bool(answer.events) and delta(answer.events[0]).get("role") == "assistant",
        f"roles {set(roles)}": set(roles) <= {"assistant"},
        f"{len(finishes)} finish reasons": len(finishes) == 1,
        "no usage event with empty choices": bool(bills) and not bills[-1].get("choices"),
        "no [DONE] at the end": answer.done,
    }
    return [flaw for flaw, holds in facts.items() if not holds]
