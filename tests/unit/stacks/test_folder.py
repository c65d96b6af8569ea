"""The stack's folder: what SSH and the clients read, private from the first byte on."""

import subprocess
from pathlib import Path

from plan.machine import Handover
from stacks import folder


def test_everything_is_private_and_ssh_is_strict(handover: Handover) -> None:
    folder.write(handover)
    home = Path(handover.folder)
    modes = {path.relative_to(home).as_posix(): path.stat().st_mode & 0o777 for path in home.rglob("*")}
    assert home.stat().st_mode & 0o777 == 0o700
    assert set(modes) == {"ssh_config", "known_hosts", "id_ed25519", "ca.pem", "headers", "headers/demo"}
    assert {mode for name, mode in modes.items() if name != "headers"} == {0o600}

    shown = subprocess.run(
        ["ssh", "-G", "-F", home / "ssh_config", "main"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert "stricthostkeychecking true" in shown
    assert "hostname 10.1.2.3" in shown
    assert f"userknownhostsfile {home}/known_hosts" in shown
    found = subprocess.run(
        ["ssh-keygen", "-F", "main", "-f", home / "known_hosts"], capture_output=True, text=True, check=True
    )
    assert handover.machines[0].host_keys[0].split()[1] in found.stdout


def test_a_client_who_left_has_no_header_file_any_more(handover: Handover) -> None:
    folder.write(handover)
    secrets = handover.secrets.model_copy(update={"clients": {"anna": "eh-new"}})
    folder.write(handover.model_copy(update={"secrets": secrets}))
    assert [path.name for path in (Path(handover.folder) / "headers").iterdir()] == ["anna"]


def test_what_agrees_is_not_written_again(handover: Handover) -> None:
    folder.write(handover)
    before = {path: path.stat().st_ino for path in Path(handover.folder).rglob("*")}
    folder.write(handover)
    assert {path: path.stat().st_ino for path in Path(handover.folder).rglob("*")} == before


def test_destroy_leaves_no_folder(handover: Handover) -> None:
    folder.write(handover)
    folder.remove(Path(handover.folder))
    assert not Path(handover.folder).exists()
