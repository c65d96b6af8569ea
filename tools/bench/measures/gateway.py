"""Through the gateway beside the bare engine, both asked by the same client on the machine itself."""

import json
from pathlib import Path
from typing import Any

from plan.machine import Handover
from tools.bench.figure import Figure, Series
from tools.bench.lab import Lab

CLIENT = Path(__file__).parents[1] / "probes" / "doors.py"
FIRST_PIECES = 61
RATES = 7
AT_ONCE = 2
TOKENS = 128
GOAL_ADDED_MS = 5.0
GOAL_SHARE = 0.97


def measure(lab: Lab) -> list[Figure]:
    with lab.machines(1) as machines:
        given: dict[str, Any] = {"doors": doors(machines.handover), "model": machines.handover.plan.models[0].name}
        given |= {"first_pieces": FIRST_PIECES, "rates": RATES, "at_once": AT_ONCE, "tokens": TOKENS}
        text = f"GIVEN = {given!r}\n{CLIENT.read_text()}"
        # On standard input: the key is on no command line.
        found = json.loads(machines.ssh("main", "python3 -I -", stdin=text))
    return [added(found["first_piece_s"]), share(found["tokens_per_s"])]


def doors(handover: Handover) -> list[dict[str, Any]]:
    secrets, plan = handover.secrets, handover.plan
    engine = {"name": "engine", "host": "127.0.0.1", "port": plan.engine.port, "tls": False, "key": ""}
    gateway = {"name": "gateway", "host": handover.host, "port": plan.gateway.port, "tls": True}
    key = secrets.clients[plan.clients[0].name]
    return [engine, {**gateway, "ca": secrets.ca_certificate, "key": key}]


def added(found: dict[str, list[float]]) -> Figure:
    through, bare = (Series(name, tuple(value * 1000 for value in found[name])) for name in ("gateway", "engine"))
    what = "first piece of an answer: what the gateway adds to the median"
    return Figure("gateway_first_piece", what, through, bare, "ms", through.median - bare.median, "ms", GOAL_ADDED_MS)


def share(found: dict[str, list[float]]) -> Figure:
    through, bare = (Series(name, tuple(found[name])) for name in ("gateway", "engine"))
    what = f"{AT_ONCE} answers of {TOKENS} tokens at once: the gateway's rate of the engine's"
    value = through.median / bare.median
    return Figure("gateway_rate", what, through, bare, "tokens/s", value, "of it", GOAL_SHARE, better="more")
