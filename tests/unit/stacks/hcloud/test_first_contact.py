"""The script that mounts a volume, run by a real shell with stand-ins for what it would change."""

import os
import subprocess
from pathlib import Path

import pytest

from stacks.hcloud import first_contact

DEVICE = "/dev/disk/by-id/scsi-0HC_Volume_7"


@pytest.mark.parametrize("mounted", [False, True])
def test_a_volume_is_in_fstab_once_and_mounted_once(tmp_path: Path, mounted: bool) -> None:
    fstab, log, tools = tmp_path / "fstab", tmp_path / "log", tmp_path / "bin"
    fstab.write_text("proc /proc proc defaults 0 0\n")
    tools.mkdir()
    for name, code in (("mount", 0), ("resize2fs", 0), ("mountpoint", 0 if mounted else 1)):
        (tools / name).write_text(f'#!/bin/sh\necho {name} "$@" >> {log}\nexit {code}\n')
        (tools / name).chmod(0o755)
    data = tmp_path / "data"
    script = first_contact.MOUNT.format(device=DEVICE, place=data).replace("/etc/fstab", str(fstab))
    for _ in range(2):
        path = f"{tools}{os.pathsep}{os.environ['PATH']}"
        subprocess.run(["sh"], input=script, text=True, check=True, env={**os.environ, "PATH": path})
    lines = fstab.read_text().splitlines()
    assert lines[1:] == [f"{DEVICE} {data} ext4 defaults,discard,nofail 0 2"]
    asked = log.read_text().splitlines()
    assert (f"mount {data}" in asked) is not mounted
    assert f"resize2fs {DEVICE}" in asked


@pytest.mark.parametrize("script", [first_contact.MAKE, first_contact.USE])
def test_its_scripts_are_shell(script: str) -> None:
    subprocess.run(["sh", "-n"], input=script, text=True, check=True)
