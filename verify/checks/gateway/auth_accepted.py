"""The door with a key."""

from verify.check import Finding, check, failed, passed
from verify.target import Target

COMPLETION = "/v1/chat/completions"
SERVER_ERRORS = ("500", "502", "503", "504")


@check(
    stage="watch",
    part=("gateway", "clients"),
    severity="critical",
    subject="gateway",
    source="the plan's clients",
    elsewhere="a client's key is needed, and none lies on a machine",
)
def auth_accepted(target: Target) -> Finding:
    """Every client's key is let in, and is in no answer's headers or body."""
    keys = target.handover.secrets.clients
    if missing := {client.name for client in target.plan.clients} ^ keys.keys():
        return failed(
            "a key for every planned client", f"a difference for {sorted(missing)}", "run `eigenherd up` again"
        )
    refused, echoed = [], []
    for client, key in keys.items():
        answers = [target.gateway.request("GET", "/v1/models", authorization=f"Bearer {key}")]
        if answers[0].status_code != 200:
            refused.append(f"{client}: {answers[0].status_code}")
        # A request that fails travels a different way through gateway and engine than one that succeeds.
        answers += [
            target.gateway.request(method, path, authorization=f"Bearer {key}", content=content)
            for method, path, content in (("POST", COMPLETION, b'{"broken'), ("GET", "/no-such-route", None))
        ]
        if any(key in part for a in answers for part in (a.text, str(a.headers.raw))):
            echoed.append(client)
    if refused or echoed:
        found = [*(f"refused {client}" for client in refused), *(f"key echoed to {client}" for client in echoed)]
        todo = "compare /etc/caddy/clients.caddy with `eigenherd clients`; no directive may print the request"
        if not echoed and all(refusal.endswith(SERVER_ERRORS) for refusal in refused):
            todo = "the keys are known, but no engine answers: systemctl status eigenherd-engine"
        return failed("200 for every client's key, and no key in any answer", "; ".join(found), todo)
    return passed(f"{len(keys)} of {len(keys)} clients let in, no key in an answer", "200 each")
