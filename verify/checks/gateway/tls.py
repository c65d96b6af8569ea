"""What a client sees of the gateway before it says anything."""

import socket
import ssl
import time
import warnings

from verify.check import CheckFailed, Finding, check, failed, passed
from verify.target import Target

LEAST_LIFETIME_S = 600
OLD = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)


@check(
    stage="watch",
    part="gateway",
    severity="critical",
    subject="gateway",
    source="RFC 8996 (TLS 1.0 and 1.1 are deprecated); RFC 9325",
    elsewhere="it is a look from outside",
)
def tls(target: Target) -> Finding:
    """The certificate's chain is valid for the host name, TLS is at least 1.2, older versions are refused."""
    version, lifetime_s = handshake(target, target.gateway.tls)
    accepted = [old.name for old in OLD if speaks(target, old)]
    if accepted or lifetime_s < LEAST_LIFETIME_S:
        return failed(
            "TLS 1.2 or newer only, and a certificate that is renewed in time",
            f"accepts {', '.join(accepted) or 'nothing older'}, certificate ends in {duration(lifetime_s)}",
            "look at the gateway's log: journalctl -u caddy",
        )
    return passed(f"{version}, {duration(lifetime_s)} left", "TLS 1.2, valid chain and host name")


def handshake(target: Target, context: ssl.SSLContext) -> tuple[str, float]:
    """The agreed version and the certificate's remaining seconds."""
    host, port = target.handover.host, target.plan.gateway.port
    try:
        with (
            socket.create_connection((target.handover.gateway.address, port), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            ends = str((secure.getpeercert() or {})["notAfter"])
            return secure.version() or "no TLS", ssl.cert_time_to_seconds(ends) - time.time()
    except (OSError, ssl.SSLError) as error:
        raise CheckFailed(
            f"a TLS connection to {host} port {port} that its clients can trust",
            getattr(error, "verify_message", "") or f"{type(error).__name__}: {error}",
            "systemctl status caddy; the certificate must name the host that clients use (gateway.host)",
        ) from None


def speaks(target: Target, version: ssl.TLSVersion) -> bool:
    """Whether the gateway can be talked down to this version, by a client that would accept it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = version
    try:
        handshake(target, context)
    except CheckFailed:
        return False
    except KeyError:  # connected; without verification there is no certificate to read
        return True
    return True


def duration(seconds: float) -> str:
    return f"{seconds / 86400:.0f} days" if seconds > 2 * 86400 else f"{seconds / 3600:.1f} hours"
