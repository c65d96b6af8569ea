"""The gateway as its clients meet it: HTTPS from this computer, with the stack's own CA.

Requests go to the machine's address while TLS asks for the planned host name, so that a verification
does not depend on this computer's DNS.
"""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

import httpx

from plan.machine import Handover
from verify.check import CheckFailed, DeadlineExceeded

Headers = dict[str, str]


@dataclass(frozen=True)
class Sample:
    """One timed answer, for the report's figures. users: requests under way at the same time."""

    model: str
    users: int
    first_s: float
    total_s: float
    tokens: int


@dataclass
class Gateway:
    """A client of the gateway. `samples` collects the latencies of all streamed answers."""

    handover: Handover
    samples: list[Sample] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def key(self) -> str:
        """Some client's key: which one does not matter to most questions."""
        keys = self.handover.secrets.clients
        if not keys:
            raise CheckFailed("a client to ask as", "no clients", "add one under `clients:`")
        return next(iter(keys.values()))

    @cached_property
    def tls(self) -> ssl.SSLContext:
        return trust(self.handover)

    @cached_property
    def _client(self) -> httpx.Client:
        # No environment proxies: the question is whether the gateway answers, not the proxy.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=8)
        return httpx.Client(verify=self.tls, limits=limits, trust_env=False, follow_redirects=False)

    def request(
        self,
        method: str,
        path: str,
        *,
        authorization: str | None = None,
        body: object = None,
        content: bytes | None = None,
        address: str | None = None,
        timeout_s: float = 30,
    ) -> httpx.Response:
        """One request; `path` is sent as it is written, dots and all."""
        with self._errors(method, path, timeout_s):
            return self._client.send(self._build(method, path, authorization, body, content, address, timeout_s))

    def get(self, path: str) -> httpx.Response:
        return self.request("GET", path, authorization=f"Bearer {self.key}")

    def post(self, path: str, body: object, timeout_s: float = 60) -> httpx.Response:
        return self.request("POST", path, authorization=f"Bearer {self.key}", body=body, timeout_s=timeout_s)

    @contextmanager
    def stream(self, path: str, body: object, timeout_s: float = 60) -> Iterator[httpx.Response]:
        """A POST whose answer is read as it comes; leaving the block early drops the connection."""
        with self._errors("POST", path, timeout_s):
            request = self._build("POST", path, f"Bearer {self.key}", body, None, None, timeout_s)
            response = self._client.send(request, stream=True)
            try:
                yield response
            finally:
                response.close()

    def record(self, sample: Sample) -> None:
        with self._lock:
            self.samples.append(sample)

    def _build(
        self,
        method: str,
        path: str,
        authorization: str | None,
        body: object,
        content: bytes | None,
        address: str | None,
        timeout_s: float,
    ) -> httpx.Request:
        host, port = self.handover.host, self.handover.plan.gateway.port
        headers = {"Host": netloc(host, port), "Content-Type": "application/json"}
        if authorization is not None:
            headers["Authorization"] = authorization
        request = self._client.build_request(
            method,
            f"https://{netloc(address or self.handover.gateway.address, port)}/",
            headers=headers,
            content=json.dumps(body).encode() if body is not None else content,
            timeout=timeout_s,
        )
        request.extensions |= {"sni_hostname": host, "target": path.encode()}
        return request

    @contextmanager
    def _errors(self, method: str, path: str, timeout_s: float) -> Iterator[None]:
        try:
            yield
        except httpx.TimeoutException:
            raise DeadlineExceeded(f"{method} {path}", timeout_s) from None
        except httpx.TransportError as error:
            raise CheckFailed(
                f"an answer to {method} {path} from {self.handover.url}",
                f"{type(error).__name__}: {error}",
                "on the gateway machine: systemctl status caddy; journalctl -u caddy",
            ) from None


def trust(handover: Handover) -> ssl.SSLContext:
    """What a client of this stack trusts.

    internal: the stack's CA alone. acme: this computer's authorities. files: those, and the given
    certificates themselves, because a company's own CA need not be known on this computer.
    """
    if handover.plan.gateway.tls == "internal":
        return ssl.create_default_context(cadata=handover.secrets.ca_certificate)
    context = ssl.create_default_context()
    if handover.plan.gateway.tls == "files":
        context.load_verify_locations(cadata=handover.secrets.certificate)
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def netloc(host: str, port: int) -> str:
    return bracketed(host) if port == 443 else f"{bracketed(host)}:{port}"
