"""`rehearses`: what is taken from the other environment, what is not, and what is refused."""

from typing import Any

import pytest

from plan.derive import derive
from plan.environment import load
from plan.errors import SpecError

OFFICE: dict[str, Any] = {
    "machine": {"provider": "existing", "address": "192.168.10.20", "user": "admin"},
    "gpu": "RTX 4090",
    "models": ["smollm2:135m"],
    "users": 7,
    "gateway": {
        "host": "ki.example.org",
        "tls": "acme",
        "allow": ["192.168.10.0/24"],
        "max_body_mib": 3,
        "log_names": True,
    },
    "clients": ["anna", {"name": "bernd", "generation": 2}],
    "packages": {"mirror": "/srv/mirror", "proxy": "http://proxy.example.org"},
    "pin": {"engine": "ollama", "slots": 2},
    "drill": "allowed",
}
DRILL: dict[str, Any] = {"rehearses": "office", "machine": {"provider": "sandbox"}, "drill": "allowed"}


def refusal(asked: dict[str, Any], **others: Any) -> SpecError:
    with pytest.raises(SpecError) as caught:
        load(asked, {"office": OFFICE, **others}.__getitem__)
    return caught.value


def test_all_but_the_place_is_taken() -> None:
    environment = load(DRILL, {"office": OFFICE}.__getitem__)
    assert environment.rehearses == "office"
    assert (environment.models, environment.users) == (("smollm2:135m",), 7)
    assert [(client.name, client.generation) for client in environment.clients] == [("anna", 1), ("bernd", 2)]
    assert (environment.gateway.max_body_mib, environment.gateway.log_names) == (3, True)
    assert (environment.pin.engine, environment.pin.slots) == ("ollama", 2)
    assert environment.packages.proxy == "http://proxy.example.org"


def test_the_place_is_not() -> None:
    environment = load(DRILL, {"office": OFFICE}.__getitem__)
    assert environment.named_machines["main"].provider == "sandbox"
    assert environment.gpu == "none"
    assert (environment.gateway.host, environment.gateway.tls, environment.gateway.allow) == (None, "internal", None)
    assert environment.packages.mirror is None
    plan = derive(environment.model_copy(update={"pin": type(environment.pin)()}), "office-drill")
    assert plan.gateway_machine().provider == "sandbox"


def test_the_mark_is_not_taken_either() -> None:
    unmarked = {key: value for key, value in DRILL.items() if key != "drill"}
    assert load(unmarked, {"office": OFFICE}.__getitem__).drill is None


def test_files_of_a_certificate_stay_where_they_are() -> None:
    files = {**OFFICE, "gateway": {"host": "ki.example.org", "tls": "files", "certificate": "a", "key": "b"}}
    assert load(DRILL, {"office": files}.__getitem__).gateway.tls == "internal"


@pytest.mark.parametrize("key", ["models", "clients", "users", "gateway", "pin"])
def test_other_keys_beside_it_are_refused(key: str) -> None:
    error = refusal({**DRILL, key: OFFICE[key]})
    assert error.found == f"`{key}`" and "`office`" in error.todo


def test_a_misspelt_key_is_one_of_them() -> None:
    assert refusal({**DRILL, "machin": {}}).found == "`machin`"


@pytest.mark.parametrize("name", ["", "../x", 3, None, ["office"]])
def test_what_is_no_name_is_refused(name: object) -> None:
    assert "the name of another environment" in refusal({**DRILL, "rehearses": name}).wanted


def test_chains_and_loops_are_refused() -> None:
    error = refusal({**DRILL, "rehearses": "second"}, second=DRILL)
    assert error.found == "`second`, which rehearses `office` itself" and error.todo == "name that one"
    assert "which rehearses `me`" in refusal({**DRILL, "rehearses": "me"}, me={**DRILL, "rehearses": "me"}).found


def test_what_is_wrong_there_is_said_to_be_there() -> None:
    error = refusal(DRILL, office={**OFFICE, "users": 0})
    assert "users" in error.wanted and "comes from `office`" in error.todo


def test_what_is_not_yet_there_is_not_rehearsed_yet() -> None:
    assert refusal(DRILL, office={**OFFICE, "backup": {}}).found == "`backup`"


def test_the_window_is_of_a_driver_that_a_rehearsal_need_not_have() -> None:
    asked = {**OFFICE, "maintenance": {"window": "Sun 03:00"}}
    assert load(DRILL, {"office": asked}.__getitem__).maintenance is None


@pytest.mark.parametrize("theirs", [None, "text", ["a"]])
def test_a_file_of_another_shape(theirs: Any) -> None:
    assert "keys with values" in refusal(DRILL, office=theirs).wanted


def test_without_a_folder_to_look_in_it_says_so() -> None:
    with pytest.raises(SpecError, match="office"):
        load(DRILL)
