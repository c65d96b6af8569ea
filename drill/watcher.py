"""Waits for the first correct answer: a client that asks again and again from the moment the machines are gone.

It asks as a colleague's laptop would: over TLS with the CA that was handed out before, with a key that was handed
out before, at the gateway's address and under its name. The answer is streamed, and it is correct when four fresh
random digits come back: nothing that was stored can know them.
"""

import json
import secrets
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator

import httpx

from plan.machine import Handover

PAUSE_S = 0.2
EXAMPLE = "4821"


class Watcher(threading.Thread):
    """first_token_s: when the first piece of the first correct answer came, in seconds after `began`.

    replies: how often it met what, before that and then.
    """

    def __init__(self, before: Handover, began: float) -> None:
        super().__init__(name="watcher", daemon=True)
        self.began = began
        self.first_token_s: float | None = None
        self.replies: Counter[str] = Counter()
        self._before = before
        self._trust = trust(before)
        self._enough = threading.Event()

    def run(self) -> None:
        while not self._enough.is_set():
            self.ask()
            self._enough.wait(PAUSE_S)

    def end(self) -> None:
        self._enough.set()
        if self.is_alive():
            self.join()

    def ask(self) -> str:
        """One question; what came of it in two words."""
        digits = fresh()
        try:
            with httpx.Client(verify=self._trust, trust_env=False, timeout=httpx.Timeout(60, connect=1)) as client:
                response = client.send(self._question(client, digits), stream=True)
                try:
                    reply = self._judge(response, digits)
                finally:
                    response.close()
        except httpx.ConnectError as error:
            reply = "wrong certificate" if "CERTIFICATE" in str(error) else "no connection"
        except httpx.HTTPError:
            reply = "no connection"
        except (ValueError, TypeError, AttributeError):
            reply = "unreadable answer"
        self.replies[reply] += 1
        return reply

    def _judge(self, response: httpx.Response, digits: str) -> str:
        if response.status_code != httpx.codes.OK:
            return f"status {response.status_code}"
        text, first = "", 0.0
        for piece in pieces(response):
            first = first or time.monotonic()
            text += piece
        if digits not in text:
            return "wrong answer"
        self.first_token_s = round(first - self.began, 2)
        self._enough.set()
        return "correct answer"

    def _question(self, client: httpx.Client, digits: str) -> httpx.Request:
        handover = self._before
        address, port = handover.gateway.address, handover.plan.gateway.port
        key = next(iter(handover.secrets.clients.values()))
        request = client.build_request(
            "POST",
            f"https://{f'[{address}]' if ':' in address else address}:{port}/v1/chat/completions",
            headers={"Host": handover.host, "Authorization": f"Bearer {key}"},
            json={
                "model": handover.plan.models[0].name,
                "stream": True,
                "temperature": 0,
                **handover.plan.models[0].limits(24),
                "messages": [
                    {"role": "user", "content": f"Repeat: {EXAMPLE}"},
                    {"role": "assistant", "content": EXAMPLE},
                    {"role": "user", "content": f"Repeat: {digits}"},
                ],
            },
        )
        request.extensions["sni_hostname"] = handover.host
        return request


def fresh() -> str:
    while (digits := str(1000 + secrets.randbelow(9000))) == EXAMPLE:
        pass
    return digits


def pieces(response: httpx.Response) -> Iterator[str]:
    """The text of a streamed answer as it comes."""
    for line in response.iter_lines():
        if line.startswith("data:") and (data := line.removeprefix("data:").strip()) != "[DONE]":
            for choice in json.loads(data).get("choices") or ():
                if text := (choice.get("delta") or {}).get("content"):
                    yield text


def trust(handover: Handover) -> ssl.SSLContext:
    """The stack's CA alone where it has one; else this computer's authorities and the certificate itself."""
    if handover.secrets.ca_certificate:
        return ssl.create_default_context(cadata=handover.secrets.ca_certificate)
    context = ssl.create_default_context()
    if handover.secrets.certificate:
        context.load_verify_locations(cadata=handover.secrets.certificate)
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context
