"""The unencrypted port."""

import httpx

from verify.check import Finding, check, failed, passed
from verify.gateway import bracketed, netloc
from verify.target import Target

PORT = 80
PERMANENT = {301, 308}


@check(
    stage="watch",
    part="gateway",
    severity="critical",
    subject="gateway",
    source="RFC 9325 section 3.2: no service without TLS",
    elsewhere="it is a look from outside",
)
def http_door(target: Target) -> Finding:
    """Plain HTTP redirects to HTTPS or is closed, as planned, and never serves anything."""
    planned = target.plan.gateway.http
    seen = plain_answer(target)
    if seen == planned:
        return passed(seen, planned)
    return failed(
        f"port {PORT}: {planned}",
        seen,
        "compare the gateway's Caddyfile and the firewall with the plan",
        measured=seen,
        bound=planned,
    )


def plain_answer(target: Target) -> str:
    """`closed`, `redirect`, or what it does instead."""
    host, port = target.handover.host, target.plan.gateway.port
    url = f"http://{bracketed(target.handover.gateway.address)}:{PORT}/v1/models"
    try:
        response = httpx.get(url, headers={"Host": host}, timeout=5, trust_env=False)
    except httpx.TransportError:
        return "closed"
    location = response.headers.get("location", "")
    if response.status_code in PERMANENT and location.startswith(f"https://{netloc(host, port)}/"):
        return "redirect"
    return f"{response.status_code} {location}".strip()
