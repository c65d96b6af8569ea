"""The one resource that makes secrets: API keys, SSH keys and the stack's own CA.

They live encrypted in the stack's state, so they survive a rebuilt machine. `private` and `public`
are the outputs; only `private` is secret, and it is declared so, because Pulumi writes any output
that is not declared in the clear.
"""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource

from stacks.dynamic.provider import Provider, changed

# kind, generation: a changed one is a new secret. host: the only name a CA may sign for.
IDENTITY = ("kind", "generation", "host")


class SecretProvider(Provider):
    """create makes the secret; nothing exists outside the state, so read and delete have nothing to do."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        from stacks import keys

        private, public = keys.make(props["kind"], props["host"])
        identity = {key: props[key] for key in IDENTITY}
        return CreateResult(public_id(props["kind"], public), {**identity, "private": private, "public": public})

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        replaces = changed(IDENTITY, olds, news)
        return DiffResult(changes=bool(replaces), replaces=replaces)


def public_id(kind: str, public: str) -> str:
    """An id that tells two secrets apart and gives nothing away (a token has no public half)."""
    from hashlib import sha256
    from uuid import uuid4

    return f"{kind}-{sha256(public.encode()).hexdigest()[:16] if public else uuid4().hex[:16]}"


class Secret(Resource, name="Secret"):
    """kind: "token", "ssh" or "ca"."""

    private: pulumi.Output[str]
    public: pulumi.Output[str]

    def __init__(self, name: str, kind: str, generation: int = 1, host: pulumi.Input[str] = "") -> None:
        properties = {"kind": kind, "generation": generation, "host": host, "private": None, "public": None}
        options = pulumi.ResourceOptions(additional_secret_outputs=["private"])
        super().__init__(SecretProvider(), name, properties, options)
