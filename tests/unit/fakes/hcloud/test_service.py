"""What holds for every request: tokens, rate limits, pages, errors, faults on order, books that survive a kill."""

import hashlib
import warnings
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from hcloud import APIException, Client
from hcloud.actions.domain import ActionFailedException

from tests.fakes.hcloud.running import Running, running

ANY = "any"


def get(fake: Running, path: str, token: str | None = ANY) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.get(f"{fake.endpoint}{path}", headers=headers, timeout=10)


def network(client: Client, name: str = "inside") -> None:
    client.networks.create(name=name, ip_range="10.0.0.0/8")


def test_no_token_gets_nothing(fake: Running) -> None:
    answer = get(fake, "/servers", token=None)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "unauthorized"
    assert answer.headers["X-Correlation-Id"]


def test_a_token_that_may_read_changes_nothing(fake: Running, client: Client) -> None:
    digest = hashlib.sha256(client._client._token.encode()).hexdigest()
    fake.order(tokens={digest: "read"})
    assert client.networks.get_all() == []
    with pytest.raises(APIException) as refusal:
        network(client)
    assert refusal.value.code == "token_readonly"
    assert client.networks.get_all() == []
    assert get(fake, "/networks", token="another").status_code == 401


def test_the_rate_limit_is_told_and_held(fake: Running) -> None:
    fake.order(limit=3, refill_per_s=0)
    answers = [get(fake, "/locations") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert answers[3].headers["RateLimit-Limit"] == "3"
    assert int(answers[3].headers["RateLimit-Reset"]) > 0
    assert answers[3].json()["error"]["code"] == "rate_limit_exceeded"


def test_pages_hold_25_and_at_most_50(fake: Running, client: Client) -> None:
    for number in range(60):
        network(client, f"net-{number}")
    first = get(fake, "/networks?sort=name:desc").json()
    assert len(first["networks"]) == 25
    assert first["networks"][0]["name"] == "net-9"
    assert first["meta"]["pagination"] == {
        "page": 1,
        "per_page": 25,
        "previous_page": None,
        "next_page": 2,
        "last_page": 3,
        "total_entries": 60,
    }
    assert len(get(fake, "/networks?per_page=200").json()["networks"]) == 50
    last = get(fake, "/networks?page=3")
    assert 'page=2>; rel="prev"' in last.headers["Link"]
    assert "next" not in last.headers["Link"]
    assert len({one.id for one in client.networks.get_all()}) == 60


def test_invalid_input_names_the_field(client: Client) -> None:
    with pytest.raises(APIException) as refusal:
        client.networks.create(name="wide", ip_range="8.0.0.0/8")
    assert refusal.value.code == "invalid_input"
    assert refusal.value.details["fields"][0]["name"] == "ip_range"


def test_a_name_is_used_once(client: Client) -> None:
    network(client)
    with pytest.raises(APIException) as refusal:
        network(client)
    assert refusal.value.code == "uniqueness_error"
    assert refusal.value.details["fields"] == [{"name": "name"}]


def test_data_centres_are_gone(client: Client) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        with pytest.raises(APIException) as refusal:
            client.datacenters.get_all()
    assert refusal.value.code == "deprecated_api_endpoint"
    assert "announcement" in refusal.value.details


def test_an_ordered_error_comes_once(fake: Running, client: Client) -> None:
    error = {"method": "POST", "path": "/networks", "status": 503, "code": "unavailable", "message": "for a while"}
    fake.order(errors=[error])
    with pytest.raises(APIException) as refusal:
        network(client)
    assert (refusal.value.code, refusal.value.message) == ("unavailable", "for a while")
    network(client)
    assert len(client.networks.get_all()) == 1


def test_what_the_client_retries_succeeds(fake: Running, client: Client) -> None:
    """conflict is one of the codes that clients try again."""
    fake.order(errors=[{"method": "POST", "path": "/networks", "status": 409, "code": "conflict", "message": "again"}])
    network(client)
    assert [one["status"] for one in fake.traffic()] == [409, 201]


def test_a_lost_answer_was_done(fake: Running, client: Client) -> None:
    fake.order(lost=[{"method": "POST", "path": "/networks"}])
    with pytest.raises(OSError):
        network(client)
    assert [one.name for one in client.networks.get_all()] == ["inside"]


def test_a_refused_request_leaves_nothing(client: Client, fake: Running) -> None:
    body = {"name": "half", "ip_range": "10.0.0.0/16", "subnets": [{"type": "cloud", "network_zone": "moon"}]}
    answer = httpx.post(f"{fake.endpoint}/networks", json=body, headers={"Authorization": "Bearer x"})
    assert answer.json()["error"]["code"] == "invalid_input"
    assert client.networks.get_all() == []


def test_nonsense_is_no_json(fake: Running) -> None:
    answer = httpx.post(f"{fake.endpoint}/networks", content="{", headers={"Authorization": "Bearer x"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "json_error")
    assert get(fake, "/nowhere").status_code == 404


def test_an_action_takes_a_few_polls_and_survives_a_kill(tmp_path: Path) -> None:
    with running(tmp_path) as fake:
        client = Client("token", api_endpoint=fake.endpoint, poll_interval=0.001, timeout=10)
        fake.order(polls=3)
        made = client.volumes.create(name="data", size=10, location=client.locations.get_by_name("fsn1"))
        assert (made.action.status, made.volume.status) == ("running", "creating")
        made.action.reload()
        assert made.action.progress == 33
        fake.kill()
    with running(tmp_path, urlsplit(fake.endpoint).port or 0):
        assert client.volumes.get_by_name("data").status == "creating"
        made.action.wait_until_finished()
        assert client.volumes.get_by_name("data").status == "available"
        assert client.actions.get_by_id(made.action.id).finished is not None


def test_an_action_that_fails_says_why_and_has_no_effect(fake: Running, client: Client) -> None:
    fake.order(failing=[{"command": "create_volume", "code": "action_failed", "message": "no disk"}])
    made = client.volumes.create(name="data", size=10, location=client.locations.get_by_name("fsn1"))
    with pytest.raises(ActionFailedException) as failure:
        made.action.wait_until_finished()
    assert failure.value.action.error == {"code": "action_failed", "message": "no disk"}
    assert client.volumes.get_by_id(made.volume.id).status == "creating"


def test_several_actions_are_asked_for_at_once(fake: Running, client: Client) -> None:
    place = client.locations.get_by_name("fsn1")
    ids = [client.volumes.create(name=f"v{n}", size=10, location=place).action.id for n in range(3)]
    answer = get(fake, f"/actions?id={ids[0]}&id={ids[2]}").json()
    assert [action["id"] for action in answer["actions"]] == [ids[0], ids[2]]
    assert [action.id for action in client.volumes.actions.get_all()] == ids


def test_the_traffic_holds_the_token_in_one_header_only(fake: Running, client: Client) -> None:
    network(client)
    token = client._client._token
    [line] = fake.traffic()
    assert line["headers"].pop("Authorization") == f"Bearer {token}"
    assert token not in str(line)
    assert token not in (fake.folder / "books.json").read_text()
