"""The environment file: what it takes, and what it refuses in which words."""

from typing import Any

import pytest

from plan.environment import Environment, load
from plan.environment.refusal import RESERVED_KEYS
from plan.errors import SpecError

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJqK2vQbQ0X6kD0uE0sQ6c1Q5jH5uW4mQmZl9m0o0o0o"
EXISTING = {"provider": "existing", "address": "10.0.0.5"}


def refusal(asked: dict[str, Any]) -> SpecError:
    with pytest.raises(SpecError) as caught:
        load(asked)
    return caught.value


def test_the_shortest_file_has_the_documented_defaults(sandbox: dict[str, Any]) -> None:
    environment = load(sandbox)
    assert environment.gpu == "none"
    assert environment.users == 4
    assert (environment.gateway.port, environment.gateway.tls, environment.gateway.http) == (
        443,
        "internal",
        "redirect",
    )
    assert [client.generation for client in environment.clients] == [1]
    assert list(environment.named_machines) == ["main"]
    assert environment.named_machines["main"].roles == ("gateway", "engine")


def test_a_client_is_a_name_or_a_name_with_a_generation(sandbox: dict[str, Any]) -> None:
    environment = load({**sandbox, "clients": ["chat", {"name": "crm", "generation": 3}]})
    assert [(client.name, client.generation) for client in environment.clients] == [("chat", 1), ("crm", 3)]


@pytest.mark.parametrize(
    ("asked", "shown", "meant"),
    [
        ({"modles": ["a"]}, "modles", "models"),
        ({"client": ["a"]}, "client", "clients"),
        ({"allow": ["any"]}, "allow", "gateway.allow"),
        ({"tls": "acme"}, "tls", "gateway.tls"),
        ({"torch": "2.15.0"}, "torch", "pin.torch"),
        ({"machine": {"provider": "sandbox", "memory": 6}}, "machine.memory", "machine.memory_gib"),
        ({"machine": {**EXISTING, "hostkey": "x"}}, "machine.hostkey", "machine.host_key"),
        ({"machine": {**EXISTING, "jump": {"adress": "a"}}}, "machine.jump.adress", "machine.jump.address"),
        ({"gateway": {"ports": 1}}, "gateway.ports", "gateway.port"),
        ({"gateway": {"max_body": 1}}, "gateway.max_body", "gateway.max_body_mib"),
        ({"clients": [{"nmae": "a"}]}, "clients[0].nmae", "clients[0].name"),
        ({"packages": {"index": "https://a"}}, "packages.index", "packages.pip_index"),
        ({"pin": {"slot": 2}}, "pin.slot", "pin.slots"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest(
    sandbox: dict[str, Any], asked: dict[str, Any], shown: str, meant: str
) -> None:
    error = refusal({**sandbox, **asked})
    assert f"`{shown}`" in error.found
    assert f"did you mean `{meant}`?" in error.todo


def test_an_unknown_key_unlike_all_others_lists_what_is_known(sandbox: dict[str, Any]) -> None:
    assert "`models`" in refusal({**sandbox, "xyzzy": 1}).todo


def test_unknown_keys_inside_machines_name_the_machine(sandbox: dict[str, Any]) -> None:
    del sandbox["machine"]
    error = refusal({**sandbox, "machines": {"web": {"provider": "sandbox", "prot": 22}}})
    assert error.found == "`machines.web.prot`"
    assert "`machines.web.port`" in error.todo


@pytest.mark.parametrize(
    ("asked", "place", "words"),
    [
        ({"users": 0}, "users", "greater than or equal to 1"),
        ({"users": "many"}, "users", "a whole number"),
        ({"users": True}, "users", "a whole number"),
        ({"models": []}, "models", "at least one entry"),
        ({"models": "smollm2:135m"}, "models", "a list"),
        ({"models": ["a", "a"]}, "", "`a` is there twice"),
        ({"clients": ["Anna"]}, "clients[0].name", "lower-case"),
        ({"clients": [{"name": "a", "generation": 0}]}, "clients[0].generation", "greater than or equal to 1"),
        ({"clients": ["a", "a"]}, "", "`a` is there twice"),
        ({"gpu": 4090}, "gpu", "text"),
        ({"machine": {"provider": "sandbox", "port": 22}}, "machine", "no `port`"),
        ({"machine": {"provider": "existing"}}, "machine", "an `address`"),
        ({"machine": {**EXISTING, "port": 70000}}, "machine.port", "less than or equal to 65535"),
        ({"machine": {**EXISTING, "host_key": "SHA256:abc"}}, "machine.host_key", "ssh-keygen -lf"),
        ({"machine": {**EXISTING, "address": "-oProxyCommand=x"}}, "machine.address", "IP address"),
        ({"machine": {**EXISTING, "user": "a b"}}, "machine.user", "Linux account"),
        ({"machine": {**EXISTING, "address": "this", "user": "a"}}, "machine", "no `user`"),
        ({"machine": {**EXISTING, "ssh_allow": ["10.0.0.0/8"], "harden": False}}, "machine", "harden: true"),
        ({"machine": {**EXISTING, "roles": ["engine"]}}, "", "exactly one machine with the role gateway"),
        ({"machine": {"provider": "sandbox", "roles": ["gateway"]}}, "", "one machine with the role engine"),
        ({"machine": {"provider": "sandbox", "memory_gib": 0}}, "machine.memory_gib", "greater than 0"),
        ({"gateway": {"allow": []}}, "gateway.allow", "let nobody in"),
        ({"gateway": {"allow": "any"}}, "gateway.allow", "a list"),
        ({"gateway": {"allow": ["0.0.0.0/0"]}}, "gateway.allow", "[any]"),
        ({"gateway": {"allow": ["any", "10.0.0.0/8"]}}, "gateway.allow", "[any] alone"),
        ({"gateway": {"allow": ["192.168.10.5/24"]}}, "gateway.allow", "192.168.10.0/24"),
        ({"gateway": {"allow": ["office"]}}, "gateway.allow", "a network such as"),
        ({"gateway": {"host": "https://a.example.org"}}, "gateway.host", "no https://"),
        ({"gateway": {"host": "bücher.example.org"}}, "gateway.host", "xn--bcher-kva.example.org"),
        ({"gateway": {"tls": "acme"}}, "gateway", "a public DNS name"),
        ({"gateway": {"tls": "acme", "host": "192.0.2.1"}}, "gateway", "a public DNS name"),
        ({"gateway": {"tls": "acme", "host": "a.example.org", "http": "closed"}}, "gateway", "http: redirect"),
        ({"gateway": {"tls": "files"}}, "gateway", "`certificate` and `key`"),
        ({"gateway": {"certificate": "a.pem"}}, "gateway", "belong to tls: files"),
        ({"gateway": {"port": 80}}, "gateway", "another `port`"),
        ({"packages": {"proxy": "http://user:secret@proxy.example.org"}}, "packages.proxy", "no place for secrets"),
        ({"packages": {"apt": "ftp://a"}}, "packages.apt", "http:// or https://"),
        ({"packages": {"mirror": "mirror"}}, "packages.mirror", "http:// or https://"),
        ({"pin": {"driver": "58"}}, "pin.driver", '"580"'),
        ({"pin": {"cuda": 13.2}}, "pin.cuda", "in quotes"),
        (
            {"pin": {"ollama_archive": {"version": "1.2", "sha256": "", "size": 1}}},
            "pin.ollama_archive.version",
            "0.17.4",
        ),
    ],
)
def test_a_wrong_value_is_refused_in_words(
    sandbox: dict[str, Any], asked: dict[str, Any], place: str, words: str
) -> None:
    error = refusal({**sandbox, **asked})
    assert place in error.wanted
    assert words in error.wanted
    assert error.todo


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [
        ({"machine": {"provider": "sandbx"}}, "sandbox"),
        ({"machine": {"provider": "sandbox", "os": "debian-14"}}, "debian-13"),
        ({"machine": {"provider": "sandbox", "roles": ["engines", "gateway"]}}, "engine"),
        ({"gateway": {"tls": "intern"}}, "internal"),
        ({"gateway": {"http": "close"}}, "closed"),
        ({"pin": {"engine": "llama.cpp"}}, "llama_cpp"),
    ],
)
def test_a_wrong_choice_is_refused_with_the_nearest(
    sandbox: dict[str, Any], asked: dict[str, Any], nearest: str
) -> None:
    assert refusal({**sandbox, **asked}).todo == f"nearest is `{nearest}`"


@pytest.mark.parametrize("key", RESERVED_KEYS)
def test_reserved_keys_are_not_yet_there(sandbox: dict[str, Any], key: str) -> None:
    error = refusal({**sandbox, key: {}})
    assert error.found == f"`{key}`"
    assert error.todo.startswith("not yet")


@pytest.mark.parametrize("asked", [{}, {"machine": {"provider": "sandbox"}}, {"models": ["a"], "clients": ["b"]}])
def test_what_is_missing_is_named(asked: dict[str, Any]) -> None:
    assert any(key in str(refusal(asked)) for key in ("models", "machine"))


def test_both_machine_and_machines_are_too_many(sandbox: dict[str, Any]) -> None:
    assert "either" in refusal({**sandbox, "machines": {"a": {"provider": "sandbox"}}}).wanted


@pytest.mark.parametrize("value", [None, [], "sandbox", 3])
def test_something_else_than_keys_with_values(value: Any) -> None:
    with pytest.raises(SpecError):
        load(value)


def test_all_problems_are_said_at_once(sandbox: dict[str, Any]) -> None:
    error = refusal({**sandbox, "x": 1, "users": 0, "gateway": {"port": 0}})
    assert error.found == "`x`", "an unknown key first: the others may follow from it"
    assert [other.wanted.partition(": ")[0].partition(", ")[2] for other in error.others] == ["users", "gateway.port"]
    assert str(error).count("\n  -> ") == 3


def test_of_very_many_problems_the_first_are_said(sandbox: dict[str, Any]) -> None:
    said = str(refusal({**sandbox, "clients": ["A"] * 1000}))
    assert "clients[7]" in said and "clients[8]" not in said and "992 more" in said


@pytest.mark.parametrize(("key", "part"), [("identity", "machine"), ("key", "gateway")])
def test_a_pasted_private_key_is_refused_and_not_repeated(sandbox: dict[str, Any], key: str, part: str) -> None:
    pasted = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n"
    machine = EXISTING | ({"identity": pasted} if part == "machine" else {})
    gateway = {"tls": "files", "certificate": "a.pem", "key": pasted} if part == "gateway" else {}
    error = refusal({**sandbox, "machine": machine, "gateway": gateway})
    assert "not the key itself" in error.wanted
    assert "b3BlbnNzaC1rZXk" not in str(error)


@pytest.mark.parametrize("key", [KEY, f"{KEY} root@host", "SHA256:" + "A" * 43, "SHA256:" + "A" * 43 + "="])
def test_host_keys_lose_their_comment(sandbox: dict[str, Any], key: str) -> None:
    pinned = load({**sandbox, "machine": {**EXISTING, "host_key": key}}).named_machines["main"].host_key
    assert pinned in (KEY, "SHA256:" + "A" * 43)


def test_networks_are_normalised(sandbox: dict[str, Any]) -> None:
    allow = ["192.168.1.7", "FD12:3456::/48", "192.168.1.7/32"]
    assert load({**sandbox, "gateway": {"allow": allow}}).gateway.allow == ("192.168.1.7/32", "fd12:3456::/48")


def test_every_key_has_a_description_for_editors() -> None:
    schema = Environment.model_json_schema()
    parts = [schema, *schema["$defs"].values()]
    silent = [
        f"{part['title']}.{key}"
        for part in parts
        for key, value in part.get("properties", {}).items()
        if not value.get("description")
    ]
    assert not silent
