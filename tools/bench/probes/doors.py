"""A client for both doors of a machine, run on that machine: GIVEN is set in the line before this file.

Asks engine and gateway in turns over a connection each, and prints as JSON: seconds to the first piece of an
answer, and tokens a second of several answers at once.
"""

import http.client
import json
import ssl
import threading
import time
from typing import Any

Door = dict[str, Any]

GIVEN: dict[str, Any] = globals()["GIVEN"]
PROMPT = "Write a long story about a stove that keeps a house warm."


def connect(door: Door) -> http.client.HTTPConnection:
    if not door["tls"]:
        return http.client.HTTPConnection(door["host"], door["port"], timeout=120)
    context = ssl.create_default_context(cadata=door["ca"])
    return http.client.HTTPSConnection(door["host"], door["port"], timeout=120, context=context)


def ask(connection: http.client.HTTPConnection, door: Door, tokens: int) -> tuple[float, int, float]:
    """Seconds to the first piece with text, pieces, and seconds to the last."""
    asked = {"model": GIVEN["model"], "stream": True, "max_tokens": tokens, "temperature": 0}
    body = json.dumps({**asked, "messages": [{"role": "user", "content": PROMPT}]})
    headers = {"Content-Type": "application/json", "Authorization": "Bearer " + door["key"]}
    started = time.monotonic()
    connection.request("POST", "/v1/chat/completions", body, headers)
    answer = connection.getresponse()
    if answer.status != 200:
        raise SystemExit(f"{door['name']} answered {answer.status}")
    first, pieces = None, 0
    for line in answer:
        if line.startswith(b"data: {") and json.loads(line[6:])["choices"][0]["delta"].get("content"):
            first = first or time.monotonic() - started
            pieces += 1
    if first is None:
        raise SystemExit(f"{door['name']} answered without text")
    return first, pieces, time.monotonic() - started


def first_pieces(doors: list[Door]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {door["name"]: [] for door in doors}
    connections = {door["name"]: connect(door) for door in doors}
    for number in range(GIVEN["first_pieces"] + 3):
        for door in doors if number % 2 else reversed(doors):
            seconds, _, _ = ask(connections[door["name"]], door, 2)
            if number >= 3:
                found[door["name"]].append(seconds)
    return found


def rate(door: Door) -> float:
    """Tokens a second of GIVEN["at_once"] answers."""
    counts: list[int] = []
    threads = []
    started = time.monotonic()
    for _ in range(GIVEN["at_once"]):
        work = threading.Thread(target=lambda: counts.append(ask(connect(door), door, GIVEN["tokens"])[1]))
        work.start()
        threads.append(work)
    for work in threads:
        work.join()
    if len(counts) != GIVEN["at_once"]:
        raise SystemExit(f"{door['name']}: an answer failed")
    return sum(counts) / (time.monotonic() - started)


def rates(doors: list[Door]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {door["name"]: [] for door in doors}
    for number in range(GIVEN["rates"]):
        for door in doors if number % 2 else reversed(doors):
            found[door["name"]].append(rate(door))
    return found


doors = GIVEN["doors"]
print(json.dumps({"first_piece_s": first_pieces(doors), "tokens_per_s": rates(doors)}))
