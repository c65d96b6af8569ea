"""A handover as the stages get one, made from the committed sandbox example."""

from pathlib import Path

import pytest

from eigenherd import environments
from plan.machine import Handover, Machine, Secrets
from stacks import keys


@pytest.fixture
def handover(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Handover:
    monkeypatch.setenv("ENVIRONMENTS", str(tmp_path))
    private, public = keys.make("ssh", "")
    ca_key, ca_certificate = keys.make("ca", "10.1.2.3")
    machine = Machine(
        name="main",
        instance="first",
        state="running",
        address="10.1.2.3",
        ipv6="fd00::3",
        private_address="10.1.2.3",
        port=22,
        user="root",
        sudo=False,
        host_keys=(public,),
    )
    secrets = Secrets(
        ca_certificate=ca_certificate,
        ca_key=ca_key,
        certificate="",
        certificate_key="",
        clients={"demo": "eh-planted"},
        ssh_key=private,
    )
    home = tmp_path / ".eigenherd" / "sandbox"
    return Handover(plan=environments.plan_of("sandbox"), machines=(machine,), secrets=secrets, folder=str(home))
