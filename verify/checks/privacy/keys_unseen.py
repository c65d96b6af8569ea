"""Keys are for the header of a request, and for nothing else."""

from verify.check import Finding, check
from verify.search import written_nowhere
from verify.target import Target


@check(
    stage="full",
    part=("gateway", "clients", "engine"),
    severity="critical",
    needs=("auth_accepted",),
    source="OWASP Secrets Management; the plan: keys never in arguments, environments or logs",
    timeout_s=300,
)
def keys_unseen(target: Target) -> Finding:
    """No client's key and no CA key lies in the journal, in /var/log, or in a process's arguments or environment."""
    secrets = target.handover.secrets
    words = {f"key of {client}": key for client, key in secrets.clients.items()}
    for name, pem in (("CA key", secrets.ca_key), ("certificate key", secrets.certificate_key)):
        # The second line of a PEM file: the first is the same for every key.
        if len(lines := pem.split()) > 4:
            words[name] = max(lines, key=len)
    todo = "rotate it (a higher `generation` of the client), then find what writes it there"
    return written_nowhere(target, words, None, todo)
