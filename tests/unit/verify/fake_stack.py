"""A small stack on paper: a handover for the fakes, with a CA of its own."""

import datetime
import ipaddress
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from plan.machine import Handover, Machine, Secrets
from plan.plan import (
    Artifact,
    Client,
    Engine,
    Gateway,
    Gpu,
    MachinePlan,
    Model,
    PackageSources,
    Plan,
    Prompt,
    PythonEnvironment,
)

KEYS = {"anna": "eh-" + "0a1b2c3d" * 6, "bernd": "eh-" + "9f8e7d6c" * 6}
ROUTES = ("/v1/models", "/v1/chat/completions", "/v1/completions", "/v1/embeddings")
MODEL = Model(
    name="tiny:1m",
    artifact=Artifact(file="tiny.gguf", size=1_000_000, sha256="ab" * 32, licence="Apache-2.0"),
    context=2048,
    slots=4,
    parameters=1_000_000,
    prompts=tuple(
        Prompt(ask=f"Capital of {land}?", any_of=(city,))
        for land, city in (("France", "Paris"), ("Italy", "Rome"), ("Spain", "Madrid"))
    ),
    least_score=2,
)
CARD = Gpu(name="RTX 4090", vram_gib=24, bandwidth_gbs=1008, compute_capability="8.9")


Changes = dict[str, object]


def machine_plan(changes: Changes | None = None) -> MachinePlan:
    facts: dict[str, object] = {
        "name": "one",
        "provider": "sandbox",
        "roles": ("gateway", "engine"),
        "os": "debian-12",
        "gpu": None,
        "memory_gib": 6.0,
        "disk_gib": 20.0,
        "harden": True,
        "ssh_allow": ("10.0.0.0/8",),
    }
    return MachinePlan.model_validate(facts | (changes or {}))


def plan(changes: Changes | None = None, port: int = 443) -> Plan:
    """port: the gateway's. changes: fields of the plan to replace."""
    environment = PythonEnvironment(
        name="torch", version="2.15.0", lock="torch.txt", lock_sha256="0", download_mib=2800, installed_mib=5400
    )
    facts: dict[str, object] = {
        "stack": "paper",
        "machines": (machine_plan(),),
        "sources": PackageSources(),
        "torch": environment,
        "engine": Engine(name="llama_cpp", version="1", port=8100, user="eigenherd-engine", device="cpu", build="cpu"),
        "models": (MODEL,),
        "gateway": Gateway(
            host="localhost",
            port=port,
            http="redirect",
            tls="internal",
            files=None,
            allow=("10.0.0.0/8", "127.0.0.0/8"),
            routes=ROUTES,
            max_body_mib=10,
            timeout_s=60,
        ),
        "clients": tuple(Client(name=name) for name in KEYS),
        "users": 2,
        "decisions": (),
    }
    return Plan.model_validate(facts | (changes or {}))


def handover(asked: Plan | None = None, *, folder: str = "/nowhere", ipv6: str | None = None) -> Handover:
    asked = asked or plan()
    machines = tuple(
        Machine(
            name=planned.name,
            instance=f"{planned.name}-1",
            state="running",
            address="127.0.0.1",
            ipv6=ipv6,
            private_address="127.0.0.1",
            port=22,
            user="root",
            sudo=False,
            host_keys=("ssh-ed25519 AAAA",),
        )
        for planned in asked.machines
    )
    ca, ca_key, certificate, key = certificates(30)
    secrets = Secrets(
        ca_certificate=ca,
        ca_key=ca_key,
        certificate=certificate,
        certificate_key=key,
        clients=dict(KEYS),
        ssh_key=ssh_key(),
    )
    return Handover(plan=asked, machines=machines, secrets=secrets, folder=folder)


def ssh_key() -> str:
    """The same one each time: recorded cases hold its public half."""
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    ).decode()


@cache
def certificates(days: int) -> tuple[str, str, str, str]:
    """PEM of a CA, its key, a certificate for localhost, its key."""
    now = datetime.datetime.now(datetime.UTC)
    authority, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "paper CA")])

    def build(subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(root)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=90))
            .not_valid_after(now + datetime.timedelta(days=days))
        )

    ca = build(root, authority).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    site = build(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), leaf).add_extension(
        x509.SubjectAlternativeName(names), critical=False
    )
    return (
        pem(ca.sign(authority, hashes.SHA256())),
        key_pem(authority),
        pem(site.sign(authority, hashes.SHA256())),
        key_pem(leaf),
    )


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
