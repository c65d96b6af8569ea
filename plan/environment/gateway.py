"""The door a user allows: its name, its certificate, who may come in, and how."""

import ipaddress
import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from plan.environment.asked import Asked, Networks
from plan.environment.machine import Port

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _host(text: str) -> str:
    if is_address(text):
        return str(ipaddress.ip_address(text))
    name = text.lower().rstrip(".")
    if not name.isascii():
        try:
            ascii_form = f": {name.encode('idna').decode()}"
        except UnicodeError:
            ascii_form = ""
        raise ValueError(f"a DNS name in its ASCII form{ascii_form}")
    if len(name) > 253 or not re.fullmatch(rf"{_LABEL}(?:\.{_LABEL})*", name) or re.fullmatch(r"[0-9.]+", name):
        raise ValueError("a DNS name such as ki.example.org, or an IP address; no https:// and no port")
    return name


class AskedGateway(Asked):
    """The only door to the models."""

    host: Annotated[str, AfterValidator(_host)] | None = None
    """DNS name or IP address that clients use; by default the gateway machine's address."""
    port: Port = 443
    """HTTPS port."""
    tls: Literal["internal", "acme", "files"] = "internal"
    """internal: a CA made for this stack. acme: a public certificate. files: your own certificate."""
    certificate: str | None = None
    """tls files: path of the certificate chain (PEM) on this computer."""
    key: str | None = None
    """tls files: path of the certificate's private key (PEM) on this computer."""
    allow: Networks | None = None
    """Networks that may connect. Needed where the address is public; [any] is everybody."""
    http: Literal["redirect", "closed"] = "redirect"
    """What port 80 does: redirect to HTTPS, or nothing."""
    max_body_mib: Annotated[int, Field(ge=1, le=1024)] = 10
    """Largest request in MiB."""
    timeout_s: Annotated[int, Field(ge=5, le=86400)] = 600
    """Longest wait for an answer in seconds."""
    log_names: bool = False
    """Whether the access log names the client of a request. Prompts and answers are never logged."""

    @model_validator(mode="after")
    def _certificate_fits(self) -> Self:
        if self.tls == "files" and not (self.certificate and self.key):
            raise ValueError("`certificate` and `key`, two paths, with tls: files")
        if self.tls != "files" and (self.certificate or self.key):
            raise ValueError("no `certificate` or `key`: they belong to tls: files")
        if self.key and "PRIVATE KEY" in self.key:
            raise ValueError("the path of the key file, not the key itself")
        if self.tls == "acme" and (not self.host or is_address(self.host) or "." not in self.host):
            raise ValueError("a public DNS name in `host` with tls: acme; an address gets tls: internal")
        if self.tls == "acme" and self.http == "closed":
            raise ValueError("http: redirect with tls: acme: the certificate is proven over port 80")
        if self.http == "redirect" and self.port == 80:
            raise ValueError("another `port` than 80, or http: closed")
        return self
