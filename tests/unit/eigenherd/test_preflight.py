"""What `eigenherd preflight` is asked about, and by which plan a machine without an environment is judged."""

import json
from pathlib import Path

import pytest

from eigenherd import preflight
from eigenherd.preflight import Reached, is_environment
from plan.errors import ProviderError, SpecError
from plan.machine import Machine
from plan.plan import MachinePlan
from plan.trial import trial

MACHINE = {"provider": "existing", "address": "10.0.0.5", "user": "anna"}
SEEN = Machine(
    name="main", instance="1", state="running", address="10.0.0.5", ipv6=None, private_address="10.0.0.5",
    port=22, user="anna", sudo=True, host_keys=("ssh-ed25519 AAAA",),
)  # fmt: skip


@pytest.fixture(autouse=True)
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ENVIRONMENTS", str(tmp_path))
    (tmp_path / "Pulumi.office.yaml").write_text("")
    monkeypatch.setattr("stacks.folder.HOME", tmp_path / ".eigenherd")
    (tmp_path / ".eigenherd").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("target", "environment"),
    [("office", True), ("sandbox", True), ("root@office", False), ("this", False), ("192.168.10.20", False)],
)
def test_a_file_of_that_name_is_an_environment(target: str, environment: bool) -> None:
    assert is_environment(target) is environment


@pytest.mark.parametrize(("gpu", "gpus"), [("none", 1), ("RTX 4090", 2)])
def test_a_machine_alone_is_judged_by_the_smallest_model(gpu: str, gpus: int) -> None:
    plan = trial("preflight", dict(MACHINE), gpu, gpus)
    assert [model.name for model in plan.models] == ["smollm2:135m"]
    [machine] = plan.machines
    assert (machine.gpu.count if machine.gpu else 1) == gpus and bool(machine.drivers) is (gpu != "none")


def test_an_unknown_card_is_refused_with_the_nearest() -> None:
    with pytest.raises(SpecError, match="RTX 4090"):
        trial("preflight", dict(MACHINE), "RTX 4091")


def test_the_handover_has_no_secrets_and_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch, office: Path) -> None:
    """That of a running environment has its clients' keys in it."""
    asked: list[MachinePlan] = []

    def look(planned: MachinePlan, home: Path) -> Machine:
        asked.append(planned)
        return SEEN

    monkeypatch.setattr("stacks.existing.machine.look", look)
    given = preflight.given("anna@10.0.0.5", Reached(host_key="SHA256:" + "A" * 43, identity="/home/me/key", port=2222))
    assert Path(given.folder) == office / ".eigenherd" / "preflight.10.0.0.5"
    assert given.secrets.clients == {} and given.secrets.ssh_key == "" and given.secrets.ca_key == ""
    settings = asked[0].provider_settings
    assert (settings["user"], settings["port"], settings["identity"]) == ("anna", 2222, "/home/me/key")


def test_json_is_json_when_nobody_answers_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def look(planned: MachinePlan, home: Path) -> Machine:
        raise ProviderError("an SSH server at 10.0.0.5 port 22", "Connection refused", "check address")

    monkeypatch.setattr("stacks.existing.machine.look", look)
    assert preflight.preflight("root@10.0.0.5", Reached(host_key="SHA256:" + "A" * 43), as_json=True) == 2
    said = json.loads(capsys.readouterr().out)
    assert said["verdict"] == "error" and said["found"] == "Connection refused"
    with pytest.raises(ProviderError):
        preflight.preflight("root@10.0.0.5", Reached(host_key="SHA256:" + "A" * 43), as_json=False)
