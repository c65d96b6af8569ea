"""Package sources of this computer, for a machine of another release."""

import pytest

from plan.errors import ProviderError, SpecError
from stacks.sandbox import recipe, sources

TARGETS = """\
http://mirror.example/debian/|bookworm|bookworm|main
http://mirror.example/debian/|bookworm|bookworm|non-free-firmware
http://mirror.example/debian/|bookworm-updates|bookworm-updates|main
http://mirror.example/security/|bookworm-security|bookworm-security|main
https://vendor.example/apt|bookworm|bookworm|stable
https://tools.example/pg|bookworm-pgdg|bookworm-pgdg|main
https://node.example|nodistro|nodistro|main
"""


def test_only_the_archive_itself_counts() -> None:
    found = sources.parse(TARGETS, "bookworm")
    assert [(source.suite, source.components) for source in found] == [
        ("bookworm", ("main", "non-free-firmware")),
        ("bookworm-updates", ("main",)),
        ("bookworm-security", ("main",)),
    ]


def test_another_release_comes_from_the_same_places() -> None:
    found = sources.for_release("trixie", sources.parse(TARGETS, "bookworm"), "bookworm")
    assert "".join(source.line() for source in found) == (
        "deb http://mirror.example/debian/ trixie main non-free-firmware\n"
        "deb http://mirror.example/debian/ trixie-updates main\n"
        "deb http://mirror.example/security/ trixie-security main\n"
    )


def test_a_source_written_as_stable_is_known_by_its_codename() -> None:
    found = sources.parse("http://mirror.example/debian/|stable|trixie|main\n", "trixie")
    assert found == [sources.Source("http://mirror.example/debian/", "trixie", ("main",))]


def test_a_computer_without_a_debian_archive_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "run", lambda _argv: "")
    with pytest.raises(ProviderError, match="Debian archive"):
        sources.of_computer()


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ('Acquire::http::Proxy "http://proxy.example:3142";', True),
        ('Acquire::https::Verify-Peer "true";', True),
        ('Acquire::Check-Valid-Until "false";', True),
        ('Acquire::GzipIndexes "true";', False),
        ('APT::Architecture "amd64";', False),
    ],
)
def test_transport_settings_go_with_the_sources(monkeypatch: pytest.MonkeyPatch, line: str, kept: bool) -> None:
    monkeypatch.setattr(sources, "run", lambda _argv: f"{line}\n")
    assert (line in sources.transport()) is kept


def test_a_recipe_is_named_by_its_content(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "codename", lambda: "bookworm")
    monkeypatch.setattr(sources, "run", lambda argv: TARGETS if "indextargets" in argv else "")
    twelve, thirteen = recipe.of("debian-12"), recipe.of("debian-13")
    assert twelve == recipe.of("debian-12")
    assert (twelve.mirror, thirteen.release) == ("http://mirror.example/debian/", "trixie")
    assert len({twelve.digest(), thirteen.digest()}) == 2


def test_an_unknown_release_is_refused() -> None:
    with pytest.raises(SpecError, match="debian-13"):
        recipe.of("debian-11")
