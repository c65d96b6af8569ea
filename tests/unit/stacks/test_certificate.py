"""Your own certificate is read before anything is made with it."""

from pathlib import Path
from typing import Any

import pytest

from plan.derive import derive
from plan.environment import load
from plan.errors import SpecError
from stacks import certificate
from stacks.keys import make


def files(place: Path, chain: str | None, key: str | None) -> tuple[str, str]:
    for name, text in (("chain.pem", chain), ("key.pem", key)):
        if text is not None:
            (place / name).write_text(text)
    gateway: dict[str, Any] = {"tls": "files", "host": "ki.lan"}
    gateway |= {"certificate": str(place / "chain.pem"), "key": str(place / "key.pem")}
    asked = {"machine": {"provider": "sandbox"}, "models": ["smollm2:135m"], "clients": ["a"], "gateway": gateway}
    return certificate.files(derive(load(asked), "any").gateway)


def test_a_pair_that_fits_is_taken(tmp_path: Path) -> None:
    key, chain = make("ca", "ki.lan")
    assert files(tmp_path, chain, key) == (chain, key)


@pytest.mark.parametrize("kind", ["no file", "no certificate", "no key", "another's key"])
def test_any_other_is_refused_and_not_repeated(tmp_path: Path, kind: str) -> None:
    (key, chain), (other, _) = make("ca", "ki.lan"), make("ca", "ki.lan")
    given = {
        "no file": (chain, None),
        "no certificate": ("x", key),
        "no key": (chain, "x"),
        "another's key": (chain, other),
    }
    with pytest.raises(SpecError) as caught:
        files(tmp_path, *given[kind])
    assert "eigenherd:environment, gateway." in caught.value.wanted and caught.value.todo
    assert "BEGIN" not in str(caught.value)
