"""A request larger than anybody needs."""

import socket

from verify.check import Finding, check, failed, passed
from verify.gateway import netloc
from verify.target import Target


@check(
    stage="watch",
    part="gateway",
    severity="warning",
    subject="gateway",
    needs=("auth_accepted",),
    source="the plan's max_body_mib; RFC 9110 section 15.5.14",
    elsewhere="a client's key is needed, and none lies on a machine",
)
def body_limit(target: Target) -> Finding:
    """A request that announces more than the planned size is refused with 413 before it is read."""
    limit_mib = target.plan.gateway.max_body_mib
    status = announce(target, limit_mib * 2**20 + 1)
    bound = f"413 above {limit_mib} MiB"
    if status != "413":
        return failed(bound, status or "no answer", "compare request_body in the Caddyfile with the plan")
    return passed(f"413 for {limit_mib} MiB and one byte", bound)


def announce(target: Target, size: int) -> str:
    """The status of a request whose headers announce a body that never comes."""
    host, port = target.handover.host, target.plan.gateway.port
    lines = [
        "POST /v1/chat/completions HTTP/1.1",
        f"Host: {netloc(host, port)}",
        f"Authorization: Bearer {target.gateway.key}",
        f"Content-Length: {size}",
        "Content-Type: application/json",
    ]
    try:
        with (
            socket.create_connection((target.handover.gateway.address, port), timeout=10) as plain,
            target.gateway.tls.wrap_socket(plain, server_hostname=host) as secure,
        ):
            secure.sendall("\r\n".join([*lines, "", ""]).encode())
            return secure.recv(64).decode(errors="replace").partition(" ")[2][:3]
    except TimeoutError:
        return "waits for the body"
    except OSError as error:
        return f"{type(error).__name__}: {error}"
