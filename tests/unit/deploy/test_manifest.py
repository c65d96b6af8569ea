"""The manifest knows what came with us, also after a run that never ended."""

from deploy.facts.packages import Inhabitants
from deploy.manifest import Manifest, Names, UnitBefore


def there(*packages: str, users: tuple[str, ...] = ("root",)) -> Inhabitants:
    return Inhabitants(frozenset(packages), frozenset(users), frozenset(users))


def test_what_an_installation_adds_is_ours() -> None:
    ended = Manifest().begin(there("bash")).settle(there("bash", "caddy", users=("root", "caddy")))
    assert ended.made == Names(packages=("caddy",), users=("caddy",), groups=("caddy",))
    assert ended.pending is None


def test_what_the_owner_adds_between_two_installations_is_his() -> None:
    first = Manifest().begin(there("bash")).settle(there("bash", "caddy"))
    second = first.begin(there("bash", "caddy", "vim")).settle(there("bash", "caddy", "vim", "curl"))
    assert second.made.packages == ("caddy", "curl")


def test_an_installation_that_never_ended_is_settled_by_the_next() -> None:
    killed = Manifest().begin(there("bash"))
    assert killed.pending == Names(packages=("bash",), users=("root",), groups=("root",))
    resumed = killed.begin(there("bash", "half"))
    assert resumed.made.packages == ("half",)
    assert resumed.pending is not None and "half" in resumed.pending.packages


def test_the_first_word_about_a_path_or_unit_stays() -> None:
    known = Manifest().with_path("/etc/x", "replaced").with_path("/etc/x", "made")
    assert known.paths == {"/etc/x": "replaced"}
    before, after = UnitBefore(enabled=False, active=False), UnitBefore(enabled=True, active=True)
    assert Manifest().with_unit("a.timer", before).with_unit("a.timer", after).units == {"a.timer": before}


def test_it_survives_being_written() -> None:
    known = Manifest().begin(there("bash")).with_path("/etc/x", "made")
    assert Manifest.model_validate_json(known.model_dump_json()) == known
