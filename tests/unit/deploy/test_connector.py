"""Which errors of a connection are worth another try, and how ssh_config is obeyed."""

from pathlib import Path

import pytest
from paramiko import AuthenticationException, SSHException

from deploy.client import identities_only
from deploy.connector import StackConnector, lasting


@pytest.mark.parametrize("error", [OSError("refused"), EOFError(), SSHException("Error reading SSH protocol banner")])
def test_a_machine_that_boots_is_waited_for(error: Exception) -> None:
    assert lasting(error) == ""


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (AuthenticationException("failed"), "refuses our key"),
        (SSHException("StrictPolicy: No host key for one found in known_hosts"), "not known"),
    ],
)
def test_what_will_not_change_is_said_at_once(error: Exception, reason: str) -> None:
    assert reason in lasting(error)


def test_a_host_has_the_machines_name_and_no_trust_on_first_use() -> None:
    [(name, data, _)] = StackConnector.make_names_data("one")
    assert name == data["ssh_hostname"] == "one"
    assert data["ssh_strict_host_key_checking"] == "yes"


def test_a_named_key_is_the_only_one_offered(tmp_path: Path) -> None:
    config = tmp_path / "ssh_config"
    config.write_text("Host ours\n  IdentityFile key\n  IdentitiesOnly yes\nHost theirs\n  User admin\n")
    assert identities_only(str(config), "ours")
    assert not identities_only(str(config), "theirs")
