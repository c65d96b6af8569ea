"""The door with a key, at the wrong address."""

from verify.check import Finding, check, failed, passed
from verify.routes import DISGUISED, not_allowed
from verify.target import Target

BLOCKED = {403, 404, 405}
MALFORMED = BLOCKED | {400}


@check(
    stage="watch",
    part="gateway",
    severity="critical",
    subject="gateway",
    needs=("auth_accepted",),
    source="the plan's allow-list; vLLM docs/usage/security.md; Ollama and llama.cpp API documentation",
    elsewhere="a client's key is needed, and none lies on a machine",
)
def routes_blocked(target: Target) -> Finding:
    """With a valid key, management and every other unlisted route answers 403, 404 or 405."""
    blocked = not_allowed(target.plan.gateway.routes)
    expected = {**dict.fromkeys(blocked, BLOCKED), **dict.fromkeys(DISGUISED, MALFORMED)}
    bearer = f"Bearer {target.gateway.key}"
    served = []
    for route, statuses in expected.items():
        status = target.gateway.request(route.method, route.path, authorization=bearer).status_code
        if status not in statuses:
            served.append(f"{route.method} {route.path}: {status}")
    if served:
        return failed(
            "403, 404 or 405 on every route outside the allow-list",
            f"{len(served)} others, first {served[0]}",
            "only plan.gateway.routes may be proxied: compare the gateway's Caddyfile with templates/etc/caddy",
            measured=f"{len(served)} of {len(expected)} routes served",
            answers=served[:40],
        )
    return passed(f"{len(expected)} routes blocked with a valid key", "403, 404 or 405")
