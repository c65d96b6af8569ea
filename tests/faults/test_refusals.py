"""Bad input: refused before anything changes, with what was wanted, what was found and what to do."""

import os
from collections.abc import Iterator

import pytest

from tests.checkouts import Checkout
from tests.faults import cases, refused_host
from tests.faults.conftest import Note
from tests.faults.refused import NOT_LINUX, ORDINARY_USER, Wrong, asked, has_three_parts, written
from tests.faults.refused_file import File
from tests.faults.refused_host import Host

EXISTING = {"provider": "existing", "address": "10.0.0.5"}
TWICE = """\
config:
  eigenherd:environment:
    machines:
      first: {provider: sandbox}
      first: {provider: sandbox, roles: [engine]}
    models: [smollm2:135m]
    clients: [demo]
"""
BOMB = "a: &a [x, x]\n" + "".join(f"{new}: &{new} [*{old}, *{old}]\n" for old, new in zip("abcdefghijklmnopqrs", "bcdefghijklmnopqrst", strict=True))  # fmt: skip # noqa: E501
PASTED = "-----BEGIN OPENSSH PRIVATE KEY-----\nbm90IGEga2V5\n"
YAML = "a YAML file"

CASES: dict[str, Wrong | Host | File] = {
    "unknown key": asked({"modles": ["a"]}, "a known key", "`modles`", "did you mean `models`?"),
    "unknown engine": asked({"pin": {"engine": "vlm"}}, "pin.engine", "`vlm`", "nearest is `"),
    "unknown model": asked({"models": ["smollm2:125m"]}, "models: a name", "`smollm2:125m`", "`smollm2:135m`"),
    "unknown card": asked({"gpu": "RTX 4091"}, "gpu: a name", "`RTX 4091`", "nearest is `RTX 4090`"),
    "unknown provider": asked({"machine": {"provider": "sandbx"}}, "provider", "`sandbx`", "nearest is `sandbox`"),
    "server that leaves Germany": asked(
        {"machine": {"provider": "hcloud", "type": "cx33", "location": "hel1"}, "gateway": {"allow": ["any"]}},
        "machine main in Germany", "`hel1`: Helsinki", "`leaves_germany: true`",
    ),
    "two machines with one name": written(TWICE, YAML, "line 5, column 7: `first` is there twice", "another name"),
    "port out of range": asked({"gateway": {"port": 70000}}, "gateway.port: less", "`70000`", "correct `gateway.port`"),
    "SSH port out of range": asked({"machine": {**EXISTING, "port": 0}}, "machine.port", "`0`", "correct"),
    "several errors at once": asked({"x": 1, "users": 0, "gateway": {"port": 0}}, "a known key", "`x`", "users: "),
    "several unknown names": asked({"gpu": "RTX 1", "models": ["x", "y"]}, "models: a name", "`x`", "found `y`"),
    "bad stack name": asked({}, "a stack name", "`refuse_x", "rename"),
    "too little disk": asked({"machine": {"provider": "sandbox", "disk_gib": 4}}, "of disk", "disk_gib 4", "larger"),
    "too little memory": asked(
        {"machine": {"provider": "sandbox", "memory_gib": 1.1}}, "smollm2:135m with", "MiB of memory", "more memory"
    ),
    "model larger than the machine": asked({"models": ["llama3.3:70b"]}, "llama3.3:70b with", "MiB of memory", "fits"),
    "unsupported OS": asked({"machine": {"provider": "sandbox", "os": "debian-11"}}, "os: ", "`debian-11`", "debian-1"),
    "key pasted where a path belongs": asked(
        {"machine": {**EXISTING, "identity": PASTED}}, "not the key itself", "a private key", "path of the private key"
    ),
    "password in an address": asked(
        {"packages": {"proxy": "http://me:hunter2@proxy"}}, "no place for secrets", "`http://...@proxy`", "HTTP proxy"
    ),
    "encrypted value": asked({"clients": [{"secure": "v1:x"}]}, "not encrypted", "`clients[0].secure`", "in plain"),
    "certificate file missing": asked(
        {"gateway": {"tls": "files", "host": "ki.lan", "certificate": "/nowhere.pem", "key": "/nowhere.key"}},
        "gateway.certificate: a file", "No such file", "correct the path",
    ),
    "missing root": asked({}, "root, which the sandbox needs", "an ordinary user", "sudo", before=tuple(ORDINARY_USER)),
    "not Linux (simulated)": asked({}, "Linux, which the sandbox needs", "Darwin", "exists", program=("-c", NOT_LINUX)),
    "YAML: a tab": written("config:\n\teigenherd:environment: {}\n", YAML, "line 2, column 1", "spaces"),
    "YAML: an open bracket": written("config: [\n", YAML, "line 2, column 1", "correct the line"),
    "YAML: a list": written("- a\n", "`config:` with", "a list", "stacks/examples/"),
    "YAML: empty": written("", "`config:` with", "an empty file", "stacks/examples/"),
    "YAML: binary": written(b"\x7fELF\x02\x01\x01\0\0\0", YAML, "U+007F at position 0", "no text"),
    "YAML: not UTF-8": written("config: Büro\n".encode("latin-1"), "in UTF-8", "byte 0xfc at position 9", "as UTF-8"),
    "YAML: too deep": written("a: " + "[" * 5000, YAML, "more than 32 levels deep", "correct"),
    "YAML: aliases that multiply": written(BOMB, YAML, "more than 50000 values", "correct"),
    "YAML: a Python object": written("a: !!python/object/apply:os.getpid []\n", YAML, "tag", "correct"),
    "sha256 mismatch": File(),
}  # fmt: skip
SAMPLE = tuple(CASES)
OTHER = "SHA256:" + "A" * 43
FEDORA = "mv /etc/os-release /root/was; printf 'ID=fedora\\nVERSION_ID=41\\n' > /etc/os-release"
HOSTS: dict[str, Host] = {
    "missing host key": Host("to be named as `host_key`", "SHA256:", "ssh-keygen -lf", machine={"host_key": None}),
    "wrong host key": Host("to be SHA256:AAAA", "SHA256:", "ssh-keygen -lf", machine={"host_key": OTHER}),
    "unreachable host": Host(
        "an SSH server at", "Connection refused", "check address", machine={"port": 9, "host_key": OTHER}
    ),
    "a user who is not let in": Host("to log in", "Permission denied", "your SSH key", machine={"user": "bernd"}),
    "a user without sudo": Host("root, or sudo", "anna: ", "sudoers.d/anna", machine={"user": "anna"}),
    "too little disk on the machine": Host(" GiB", "GiB free", "free space"),
    "less memory than declared": Host(
        "900 GiB as declared", "declared 900", "correct `memory_gib`", machine={"memory_gib": 900}
    ),
    "an OS that is not supported": Host(
        "Debian 12 or 13, or Ubuntu", "fedora 41", "install one of these systems",
        prepare=FEDORA,
        undo="mv /root/was /etc/os-release",
    ),
    "another OS than planned": Host(
        "debian-13", "debian 12", "under `os`", machine={"os": "debian-13"}
    ),
}  # fmt: skip
CASES |= HOSTS


@pytest.fixture(scope="module")
def land() -> Iterator[refused_host.Land]:
    yield from refused_host.land(f"refuse-land-{os.getpid()}")


@pytest.mark.machine
@cases.parametrize(CASES, SAMPLE)
def test_it_is_refused_before_anything_changes(
    fault: str, injected: Wrong | Host | File, checkout: Checkout, note: Note, request: pytest.FixtureRequest
) -> None:
    name = f"refuse_x-{os.getpid()}" if fault == "bad stack name" else f"refuse-{os.getpid()}"
    if isinstance(injected, Host):
        there = request.getfixturevalue("land")
        seen = refused_host.words(injected.ask(checkout, name, there), injected)
        note(seen=seen.replace(there.reached["address"], "ADDRESS"), after="exit code 1, the machine as it was")
        return
    if isinstance(injected, File):
        note(seen=has_three_parts(injected.ask(), injected), after="refused, nothing of the file kept")
        return
    said = injected.ask(checkout, name)
    assert "hunter2" not in said and "bm90IGEga2V5" not in said
    seen = has_three_parts(said, injected).replace(str(checkout.path / "stacks"), "stacks")
    note(seen=seen, after="exit code 2, nothing changed")


@pytest.mark.machine
def test_pulumi_alone_says_the_same_before_the_first_resource(checkout: Checkout) -> None:
    name, wrong = f"refuse-alone-{os.getpid()}", CASES["unknown key"]
    assert isinstance(wrong, Wrong)
    file = checkout.path / "stacks" / f"Pulumi.{name}.yaml"
    file.write_bytes(wrong.content)
    checkout.pulumi("stack", "init", name, "--no-select")
    try:
        said = checkout.pulumi("up", "--yes", "--skip-preview", "--stack", name, ok=False)
        assert wrong.wanted in said and wrong.found in said and wrong.todo in said and "Traceback" not in said
        assert refused_host.made(checkout, name) == {"Stack"}
    finally:
        checkout.pulumi("destroy", "--yes", "--skip-preview", "--stack", name)
        checkout.pulumi("stack", "rm", "--yes", "--stack", name)
        file.unlink(missing_ok=True)
