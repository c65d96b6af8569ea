"""Makes environments of every kind: most valid or nearly so, made from the model's own schema; some nonsense."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from hypothesis import strategies as st

from plan import stackfile

TEXT = st.text(max_size=12) | st.sampled_from(
    [
        "",
        " ",
        "\ud800",
        "\x00",
        "\x1b[2J",
        "名前",
        "ẞ",
        "🦙" * 60,
        "a" * 5000,
        "-oProxyCommand=x",
        "None",
        "any",
        "this",
    ]
)
NUMBERS = (
    st.integers()
    | st.floats()
    | st.sampled_from([0, -1, 2**31, 2**63, 2**64, 10**400, 1e308, float("nan"), float("inf"), 1e-320, True])
)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXT
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=8
)
MANY = 3000
HUGE = st.sampled_from(
    [
        lambda: ["a"] * MANY,
        lambda: [f"c{number}" for number in range(MANY)],
        lambda: list(range(MANY)),
        lambda: {f"c{number}": {"provider": "sandbox"} for number in range(MANY)},
    ]
).map(lambda make: make())

# What no schema can say: words that fit a pattern, and names that fit together.
WORDS = {
    "name": ["demo", "anna", "a", "x" * 31, "first"],
    "address": ["10.0.0.5", "this", "pc.lan", "fd12::5", "203.0.113.9", "ki.example.org", "a..b", "x" * 70],
    "host_key": ["SHA256:" + "A" * 43, "ssh-ed25519 AAAA", "ssh-ed25519 AAAA a@b"],
    "user": ["root", "admin", "_x"],
    "host": ["ki.example.org", "192.168.1.7", "ki.lan", "::1", "ü.example.org"],
    "allow": ["any", "10.0.0.0/8", "192.168.1.7", "fd12::/48", "203.0.113.0/29"],
    "ssh_allow": ["any", "10.0.0.0/8"],
    "models": ["smollm2:135m", "gpt-oss:20b", "qwen3:8b", "SmolLM2:135m"],
    "gpu": [
        "none",
        "RTX 4090",
        "Tesla P40",
        "H100 SXM",
        "NVIDIA GeForce RTX 4090",
        "RTX PRO 6000 Blackwell Max-Q",
        "None",
    ],
    "version": ["0.17.4"],
    "sha256": ["0" * 64],
    "driver": ["580", "535"],
    "cuda": ["13.2", "13.0", "1.0"],
    "mirror": ["/srv/eigenherd/mirror", "/", "https://mirror.example.org/a"],
}
URLS = ["https://a.example.org", "http://10.0.0.1:8080/x", "http://[::1", "http://u:p@a"]


@cache
def schema() -> Mapping[str, Any]:
    whole = stackfile.json_schema()
    return {**whole["properties"]["config"]["properties"][stackfile.KEY], "$defs": whole["$defs"]}


@cache
def environments() -> st.SearchStrategy[Any]:
    """Half of them valid, the others damaged, made from the schema, or anything at all."""
    return st.one_of(valid(), valid(), damaged(), _of(schema(), ""), ANYTHING)


@st.composite
def valid(draw: st.DrawFn) -> dict[str, Any]:
    """As a user would write it, with some of everything that may be written."""
    asked: dict[str, Any] = {
        "machine": {"provider": "sandbox"},
        "models": ["smollm2:135m"],
        "clients": draw(st.lists(st.sampled_from(WORDS["name"]), min_size=1, unique=True)),
    }
    if draw(st.booleans()):
        asked["machine"] = draw(existing_machines())
    elif draw(st.booleans()):
        roles: list[dict[str, Any]] = [{}, {"roles": ["engine"]}, {"roles": ["engine"]}]
        extra = draw(st.integers(0, 2))
        machines = zip(("first", "second", "third"), roles[: extra + 1], strict=False)
        asked["machines"] = {name: {"provider": "sandbox", **role} for name, role in machines}
        del asked["machine"]
    asked |= draw(st.fixed_dictionaries({}, optional={
        "users": st.integers(1, 10_000),
        "gateway": st.fixed_dictionaries({"allow": st.just(["any"])}, optional={
            "port": st.integers(81, 65535), "http": st.sampled_from(["redirect", "closed"]), "log_names": st.booleans(),
            "max_body_mib": st.integers(1, 1024), "timeout_s": st.integers(5, 86400),
        }),
        "pin": st.fixed_dictionaries({}, optional={
            "engine": st.sampled_from(["llama_cpp", "ollama"]),
            "context": st.integers(256, 9000), "slots": st.integers(1, 64),
        }),
        "packages": st.fixed_dictionaries({}, optional={"mirror": st.just("/srv/mirror"), "proxy": st.just("http://10.0.0.1:3128")}),
        "gpu": st.sampled_from(["none", "none", "RTX 4090"]),
    }))  # fmt: skip
    return asked


def existing_machines() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"provider": st.just("existing"), "address": st.sampled_from(["10.0.0.5", "pc.lan", "fd12::5"])},
        optional={
            "port": st.integers(1, 65535),
            "user": st.sampled_from(WORDS["user"]),
            "host_key": st.sampled_from(WORDS["host_key"]),
            "memory_gib": st.floats(1, 4096) | st.integers(1, 64),
            "disk_gib": st.floats(1, 65536),
            "harden": st.booleans(),
        },
    )


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """A valid one in which some places, at any depth, are exchanged, taken out or doubled."""
    asked = draw(valid())
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(asked))
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        kind = draw(st.integers(0, 4))
        if kind == 0:
            del holder[key]
        elif kind == 1 and isinstance(holder, dict):
            holder[draw(TEXT | st.sampled_from(["secure", "port", "chat", "drill", key + "s"]))] = holder[key]
        elif kind == 2 and isinstance(holder, list):
            holder.append(holder[key])
        elif kind == 3:
            holder[key] = draw(HUGE)
        else:
            holder[key] = draw(ANYTHING)
    return asked


def _places(value: Any) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        yield value, key
        if not isinstance(inner, list | dict) or len(inner) < MANY:
            yield from _places(inner)


def _of(part: Mapping[str, Any], name: str) -> st.SearchStrategy[Any]:
    """Values that the schema allows at a place, and now and then one that it does not."""
    if "$ref" in part:
        part = schema()["$defs"][part["$ref"].rpartition("/")[2]]
    if "anyOf" in part:
        return st.one_of([_of(choice, name) for choice in part["anyOf"]])
    right = _right(part, name)
    return st.integers(0, 30).flatmap(lambda dice: ANYTHING if dice == 0 else right)


def _right(part: Mapping[str, Any], name: str) -> st.SearchStrategy[Any]:
    if "enum" in part:
        return st.sampled_from(part["enum"])
    if "const" in part:
        return st.just(part["const"])
    kind = part.get("type")
    if kind == "object" and "properties" in part:
        parts = {key: _of(inner, key) for key, inner in part["properties"].items()}
        needed = {key: parts.pop(key) for key in part.get("required", ())}
        return st.fixed_dictionaries(needed, optional=parts)
    if kind == "object":
        (inner,) = part["patternProperties"].values()
        return st.dictionaries(st.sampled_from(WORDS["name"]), _of(inner, ""), max_size=3)
    if kind == "array":
        return st.lists(_of(part.get("items", {}), name), min_size=1, max_size=3)
    if kind in ("integer", "number"):
        least = part.get("minimum", part.get("exclusiveMinimum", 0))
        most = part.get("maximum", 2**40)
        return st.integers(least, most) if kind == "integer" else st.floats(least, most)
    if kind == "boolean":
        return st.booleans()
    if kind == "null":
        return st.none()
    return st.sampled_from(WORDS.get(name) or (URLS if re.search("apt|url|index|proxy", name) else ["a", "/a.pem"]))
