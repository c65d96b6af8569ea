"""The engine on its own door: whether it answers, while packages change and after a boot."""

import json
import threading
import time
import urllib.error
import urllib.request
from typing import Any, Self

from settings import Settings

ASK_S, PAUSE_S, GENERATE_S = 5, 1, 120


def answers(settings: Settings) -> bool:
    """Whether it takes requests now."""
    return not settings.engine or bool(get(f"{settings.engine}/v1/models", ASK_S))


def generates(settings: Settings) -> str:
    """Why no text comes; empty if some does."""
    body = {"model": settings.model, "max_tokens": 8, "messages": [{"role": "user", "content": "Say one word."}]}
    try:
        answer = get(f"{settings.engine}/v1/chat/completions", GENERATE_S, body, strictly=True)
        text = str(answer["choices"][0]["message"]["content"])
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        return f"the engine generates nothing: {type(error).__name__}: {error}"[:300]
    return "" if text.strip() else "the engine's answer is empty"


def get(url: str, timeout_s: float, body: object = None, strictly: bool = False) -> dict[str, Any]:
    """The answer's object; without `strictly` an empty one stands for none."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310 (deploy wrote it)
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:  # noqa: S310
            found = json.loads(answer.read())
    except (OSError, ValueError):
        if strictly:
            raise
        return {}
    return found if isinstance(found, dict) else {}


class Watch:
    """Asks the engine again and again while the block lasts."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.asked = self.answered = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.ask, daemon=True)

    def __enter__(self) -> Self:
        if self.settings.engine:
            self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        if self.settings.engine:
            self.thread.join()

    def ask(self) -> None:
        while True:
            self.answered += answers(self.settings)
            self.asked += 1
            if self.over.wait(PAUSE_S):
                return

    def tally(self) -> dict[str, int]:
        return {"asked": self.asked, "answered": self.answered}


def first_answer(settings: Settings, until: float) -> float:
    """Unix time of the first text; 0 if none comes until then (monotonic)."""
    while True:
        if answers(settings) and not generates(settings):
            return time.time()
        if time.monotonic() > until:
            return 0.0
        time.sleep(PAUSE_S)
