"""A new server of Hetzner Cloud as a sandbox machine: Debian's own cloud-init gives it the host key of its user data,
the first connection is strict, and afterwards only a key that it made itself is accepted."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from plan.derive import derive
from plan.environment import load
from plan.errors import ProviderError
from plan.machine import Machine
from plan.plan import MachinePlan
from stacks import keys, ssh
from stacks.hcloud import first_contact
from stacks.hcloud.first_boot import user_data
from stacks.sandbox import scratch
from stacks.sandbox.command import run

pytestmark = pytest.mark.machine

STACK = f"hcloud-{os.getpid()}"
ASKED = {
    "machine": {"provider": "hcloud", "type": "cx33"},
    "models": ["smollm2:135m"],
    "clients": ["demo"],
    "gateway": {"allow": ["any"]},
}
# As on Hetzner's images, but for where the data come from, and without a network to set up.
CONFIGURE = """
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update && apt-get -qq install -y --no-install-recommends cloud-init >/dev/null
echo 'datasource_list: [NoCloud, None]' > /etc/cloud/cloud.cfg.d/99-test.cfg
echo 'network: {config: disabled}' >> /etc/cloud/cloud.cfg.d/99-test.cfg
ssh-keygen -q -t rsa -N '' -f /etc/ssh/ssh_host_rsa_key <<< y >/dev/null 2>&1
mkdir -p /var/lib/cloud/seed/nocloud
"""
BOOT = """
cloud-init clean
cloud-init init --local && cloud-init init && systemctl restart ssh
cloud-init modules --mode=config; cloud-init modules --mode=final
"""


class Born:
    """A server after its first boot. key: the private key that opens it."""

    def __init__(self) -> None:
        made = scratch.add(STACK, "main", disk_gib=3, memory_gib=1)
        private, self.public = keys.make("ssh", "")
        self.key, authorized = keys.make("ssh", "")
        self.shell(CONFIGURE)
        seed = "/var/lib/cloud/seed/nocloud"
        self.put(f"{seed}/user-data", user_data(private, self.public))
        self.put(f"{seed}/meta-data", json.dumps({"instance-id": "42", "public-keys": [authorized]}))
        self.shell(BOOT)
        [self.planned] = derive(load(ASKED), "cloud").machines
        self.machine = Machine(
            name="main",
            instance="42",
            state="running",
            address=str(made.ipv4),
            ipv6=None,
            private_address=str(made.ipv4),
            port=22,
            user="root",
            sudo=False,
            host_keys=(self.public,),
        )

    def shell(self, command: str) -> str:
        """Before its first boot, by the key it was made with."""
        return run(["ssh", "-F", str(scratch.ssh_config(STACK)), "main", f"bash -c '{_quoted(command)}'"])

    def put(self, path: str, text: str) -> None:
        command = ["ssh", "-F", str(scratch.ssh_config(STACK)), "main", f"cat > {path}"]
        subprocess.run(command, input=text, text=True, check=True)

    def meet(self, home: Path, **changes: object) -> Machine:
        said: list[str] = []
        return first_contact.meet(self.machine.model_copy(update=changes), self.planned, home, self.key, said.append)


def _quoted(text: str) -> str:
    return text.replace("'", "'\\''")


@pytest.fixture(scope="module")
def born() -> Iterator[Born]:
    try:
        yield Born()
    finally:
        run(["python", "-m", "stacks.sandbox", "sweep", STACK])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("controller") / "cloud"


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_contact, "PATIENCE_S", 1)


def answers(machine: Machine, planned: MachinePlan, at: Path, key: str, command: str = "true") -> tuple[int, str]:
    at.mkdir(mode=0o700, exist_ok=True)
    identified = {**planned.provider_settings, "identity": str(at / "id")}
    text = ssh.config(machine, planned.model_copy(update={"provider_settings": identified}), at, at)
    for name, content in (("ssh_config", text), ("known_hosts", ssh.known_hosts(machine)), ("id", key)):
        (at / name).write_text(content)
        (at / name).chmod(0o600)
    asked = ["ssh", "-F", str(at / "ssh_config"), "-o", "BatchMode=yes", "main", command]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_server_with_another_host_key_is_not_spoken_to(born: Born, home: Path, short: None) -> None:
    _, another = keys.make("ssh", "")
    with pytest.raises(ProviderError, match="the host key that was given to it: found another one"):
        born.meet(home, host_keys=(another,))
    assert not list(home.rglob("id_ed25519"))


def test_a_first_contact_that_is_cut_off_changes_nothing_yet(
    born: Born, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_contact, "USE", "exit 1")
    with pytest.raises(ProviderError):
        born.meet(home)
    code, _ = answers(born.machine, born.planned, home / "look", born.key)
    assert code == 0, "it still has the key of its birth"


def test_the_first_contact_burns_the_key_of_its_birth(born: Born, home: Path, tmp_path: Path) -> None:
    met = born.meet(home)
    [public] = met.host_keys
    assert public.startswith("ssh-ed25519 ") and public != born.public
    assert answers(met, born.planned, tmp_path / "new", born.key)[0] == 0
    code, said = answers(born.machine, born.planned, tmp_path / "old", born.key)
    assert (code, "Host key verification failed" in said) == (255, True)
    _, listed = answers(met, born.planned, tmp_path / "new", born.key, "ls /etc/ssh")
    hosts = [name for name in listed.split() if name.startswith(("ssh_host_", "eigenherd"))]
    assert hosts == ["ssh_host_ed25519_key", "ssh_host_ed25519_key.pub"]
    assert not [
        path
        for path in home.rglob("*")
        if path.is_file() and "PRIVATE" in path.read_text() and path.parent.name != "look"
    ]


def test_a_first_contact_that_nobody_remembers_is_found_again(born: Born, home: Path, tmp_path: Path) -> None:
    """Pulumi was killed before it wrote its state: all it knows is the key of the birth."""
    met = born.meet(home)
    assert answers(met, born.planned, tmp_path, born.key)[0] == 0
    assert born.meet(home).host_keys != met.host_keys, "each meeting makes its own"


def test_another_computer_that_knows_only_the_birth_is_refused(born: Born, tmp_path: Path, short: None) -> None:
    with pytest.raises(ProviderError, match="somebody may stand in between"):
        born.meet(tmp_path / "elsewhere" / "cloud")
