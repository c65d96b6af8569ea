"""Questions to a model through the gateway, and its answers with their times."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from plan.plan import Model
from verify.check import CheckFailed, DeadlineExceeded
from verify.gateway import Gateway, Sample

COMPLETIONS = "/v1/chat/completions"
# A deadline, not a judgement: a CPU that others use as well may take minutes for a page.
PATIENCE_S = 240
# An answer's text, and what a model says while it thinks, as Ollama and llama.cpp name it: both come as pieces.
PIECES = ("content", "reasoning", "reasoning_content")
Messages = Sequence[dict[str, str]]
Event = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """A complete answer. times_s: when each piece came, after the request was sent."""

    text: str
    finish: str | None
    usage: dict[str, int]
    body: dict[str, Any]
    total_s: float
    times_s: tuple[float, ...] = ()
    events: tuple[Event, ...] = ()
    done: bool = False

    @property
    def first_s(self) -> float:
        return self.times_s[0] if self.times_s else self.total_s


def user(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def question(
    model: Model, messages: Messages, *, max_tokens: int, exact: bool = False, **options: object
) -> dict[str, object]:
    """A request that should be answered the same way every time, unless options say otherwise.

    exact: the cap itself is looked at, so a model that thinks gets no room for it.
    """
    limits = {**model.limits(max_tokens), **({"max_tokens": max_tokens} if exact else {})}
    return {"model": model.name, "messages": list(messages), "temperature": 0, "seed": 7, **limits, **options}


def ask(
    gateway: Gateway,
    model: Model,
    messages: Messages,
    *,
    max_tokens: int,
    exact: bool = False,
    timeout_s: float = PATIENCE_S,
    **options: object,
) -> Answer:
    """Ask without streaming."""
    body = question(model, messages, max_tokens=max_tokens, exact=exact, **options)
    started = time.monotonic()
    response = gateway.post(COMPLETIONS, body, timeout_s)
    total_s = time.monotonic() - started
    require_ok(response.status_code, response.text)
    body = response.json()
    try:
        choice = body["choices"][0]
        text = choice["message"]["content"] or ""
        return Answer(text, choice.get("finish_reason"), body.get("usage") or {}, body, total_s)
    except (KeyError, IndexError, TypeError):
        raise CheckFailed(
            "an answer with choices[0].message.content", json.dumps(body)[:300], "look at the engine's log"
        ) from None


def stream(
    gateway: Gateway,
    model: Model,
    messages: Messages,
    *,
    max_tokens: int,
    users: int = 1,
    timeout_s: float = PATIENCE_S,
    **options: object,
) -> Answer:
    """Ask with streaming; the times go into the report."""
    options |= {"stream": True, "stream_options": {"include_usage": True}}
    body = question(model, messages, max_tokens=max_tokens, exact=False, **options)
    started = time.monotonic()
    events: list[Event] = []
    times: list[float] = []
    done = False
    with gateway.stream(COMPLETIONS, body, timeout_s) as response:
        if response.status_code != httpx.codes.OK:
            require_ok(response.status_code, response.read().decode(errors="replace"))
        for data in server_sent(response):
            now = time.monotonic() - started
            if now > timeout_s:
                raise DeadlineExceeded(f"streamed answer of {model.name}", timeout_s)
            if data == "[DONE]":
                done = True
                break
            events.append(json.loads(data))
            if any(delta(events[-1]).get(part) for part in PIECES):
                times.append(now)
    total_s = time.monotonic() - started
    text = "".join(delta(event).get("content") or "" for event in events)
    finishes = [c["finish_reason"] for e in events for c in e.get("choices") or () if c.get("finish_reason")]
    usage: dict[str, int] = next((event["usage"] for event in reversed(events) if event.get("usage")), {})
    answer = Answer(text, finishes[-1] if finishes else None, usage, {}, total_s, tuple(times), tuple(events), done)
    tokens = usage.get("completion_tokens") or len(times)
    gateway.record(Sample(model.name, users, answer.first_s, total_s, tokens))
    return answer


def server_sent(response: httpx.Response) -> Iterator[str]:
    """The data of each server-sent event, as it arrives."""
    for line in response.iter_lines():
        if line.startswith("data:"):
            yield line.removeprefix("data:").strip()


def delta(event: Event) -> dict[str, Any]:
    choices = event.get("choices") or [{}]
    found = choices[0].get("delta")
    return found if isinstance(found, dict) else {}


def require_ok(status: int, text: str) -> None:
    if status != httpx.codes.OK:
        raise CheckFailed(
            f"POST {COMPLETIONS} answers 200",
            f"{status}: {text[:200]}",
            "look at the engine: systemctl status eigenherd-engine; journalctl -u eigenherd-engine",
        )
