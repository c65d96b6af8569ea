"""The door without a key."""

import secrets

from verify.check import Finding, check, failed, passed
from verify.routes import EVERY
from verify.target import Target

REFUSED = 401


@check(
    stage="watch",
    part=("gateway", "clients"),
    severity="critical",
    subject="gateway",
    source="RFC 9110 section 15.5.2; facts of vLLM's and Ollama's open routes",
    elsewhere="a client's key is needed, and none lies on a machine",
)
def auth_refused(target: Target) -> Finding:
    """Without a key, with a wrong, empty, longer or otherwise spelt one, every route answers 401."""
    wrong = attempts(target.gateway.key)
    open_doors = []
    for route in EVERY:
        for how, authorization in wrong.items():
            status = target.gateway.request(route.method, route.path, authorization=authorization).status_code
            if status != REFUSED:
                open_doors.append(f"{route.method} {route.path} {how}: {status}")
    tried = f"{len(EVERY)} routes, {len(wrong)} ways each"
    if open_doors:
        return failed(
            "401 on every route",
            f"{len(open_doors)} other answers, first {open_doors[0]}",
            "compare the gateway's Caddyfile with templates/etc/caddy; nothing may be served before the key",
            measured=f"{len(open_doors)} of {len(EVERY) * len(wrong)} attempts not refused",
            bound="401",
            answers=open_doors[:40],
        )
    return passed(f"401 on {tried}", "401")


def attempts(key: str) -> dict[str, str | None]:
    """Ways of asking that are not the key, by name. No name or message carries the key itself."""
    return {
        "no key": None,
        "wrong key": f"Bearer eh-{secrets.token_hex(24)}",
        "empty bearer": "Bearer",
        "key with suffix": f"Bearer {key}x",
        "key cut short": f"Bearer {key[:-1]}",
        "key in the wrong case": f"Bearer {key.swapcase()}",
        "key without Bearer": key,
        "key as Basic": f"Basic {key}",
    }
