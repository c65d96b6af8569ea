"""Which Pulumi CLI is taken: the user's own if new enough, else the release, else the modules."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tools import pulumi_cli, pulumi_modules
from tools.checkout import marked

Own = Callable[[str], None]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Own:
    """Puts a `pulumi` of this version, with its language host, on PATH; set-up's own folder is empty."""
    bin_folder, path = tmp_path / "tools-bin", tmp_path / "path"
    path.mkdir()
    monkeypatch.setattr(pulumi_cli, "BIN", bin_folder)
    monkeypatch.setattr(pulumi_cli, "MARK", bin_folder / "eigenherd.json")
    monkeypatch.setattr(pulumi_cli, "NEW", tmp_path / "build")
    monkeypatch.setattr(pulumi_cli, "official_release", lambda: False)
    monkeypatch.setattr(pulumi_modules, "build", lambda into: fill(into, "v3.200.0"))
    monkeypatch.setenv("PATH", f"{bin_folder}:{path}")
    return lambda version: fill(path, version)


def fill(folder: Path, version: str) -> None:
    for part in pulumi_cli.PARTS:
        (folder / part).write_text(f"#!/bin/sh\necho {version}\n")
        (folder / part).chmod(0o755)


def test_the_users_own_is_taken_when_new_enough(own: Own) -> None:
    own("v3.1000.1")
    assert pulumi_cli.missing() == "Pulumi CLI: the one on PATH"
    pulumi_cli.make()
    assert pulumi_cli.came_from() == "path"
    assert pulumi_cli.missing() is None


@pytest.mark.parametrize("version", ["v3.199.9", "nonsense"])
def test_an_older_one_is_not_taken(own: Own, version: str) -> None:
    own(version)
    pulumi_cli.make()
    assert pulumi_cli.came_from() == "modules"
    assert pulumi_cli.missing() is None


def test_one_of_set_up_is_not_taken_for_the_users(own: Own) -> None:
    pulumi_cli.make()
    assert not pulumi_cli.own_is_new_enough()


def test_the_release_comes_before_the_modules(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi_cli, "official_release", lambda: True)
    pulumi_cli.make()
    assert pulumi_cli.came_from() == "official"


def test_a_part_that_is_gone_is_made_again(own: Own) -> None:
    pulumi_cli.make()
    (pulumi_cli.BIN / "pulumi-language-python-exec").unlink()
    assert pulumi_cli.missing() is not None


def test_another_checkouts_mark_counts_for_nothing(own: Own) -> None:
    pulumi_cli.make()
    pulumi_cli.MARK.write_text('{"root": "/elsewhere", "how": "modules"}')
    assert marked(pulumi_cli.MARK) == {}
    assert pulumi_cli.missing() is not None


def test_versions_are_pinned() -> None:
    assert pulumi_modules.CLI.version == "v3.200.0"
    assert pulumi_modules.HOST.version == "v3.79.0"
