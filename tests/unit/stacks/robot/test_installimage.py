"""installimage's configuration: what we make is right, and what would hang it is refused before anything."""

from dataclasses import replace

import pytest

from plan.errors import ProviderError
from stacks.robot import images, installimage, post_install
from stacks.robot.installimage import Drive, Ground

TB = 10**12
LISTED = (
    "Debian-1214-bookworm-amd64-base.tar.zst",
    "Debian-1213-bookworm-amd64-base.tar.gz",
    "Debian-1214-bookworm-amd64-base.tar.zst.sig",
    "Debian-1214-bookworm-arm64-base.tar.zst",
    "Debian-trixie-latest-amd64-base.tar.gz",
    "Ubuntu-2404-noble-amd64-base.tar.zst",
    "CentOS-84-stream-amd64-base.tar.gz",
)
GROUND = Ground((Drive("nvme0n1", TB), Drive("nvme1n1", TB)), True, LISTED)
MADE = installimage.configuration("debian-12", "sandbox-main", GROUND)


def test_two_equal_disks_under_uefi() -> None:
    assert (
        MADE
        == """\
DRIVE1 /dev/nvme0n1
DRIVE2 /dev/nvme1n1
SWRAID 1
SWRAIDLEVEL 1
BOOTLOADER grub
HOSTNAME sandbox-main
USE_KERNEL_MODE_SETTING yes
TAKE_OVER_RESCUE_SYSTEM_SSH_PUBLIC_KEYS yes
PART /boot/efi esp 256M
PART /boot ext4 1024M
PART swap swap 8G
PART / ext4 all
IMAGE /root/.oldroot/nfs/images/Debian-1214-bookworm-amd64-base.tar.zst
"""
    )


def test_one_disk_without_uefi_has_no_mirror_and_no_esp() -> None:
    text = installimage.configuration("debian-13", "a", replace(GROUND, drives=GROUND.drives[:1], uefi=False))
    assert "SWRAID 0" in text and "esp" not in text and "DRIVE2" not in text


def test_a_third_disk_of_another_size_is_left_alone() -> None:
    ground = replace(GROUND, drives=(Drive("sda", 16 * TB), *GROUND.drives))
    assert [drive.name for drive in installimage.pair(ground)] == ["nvme0n1", "nvme1n1"]


@pytest.mark.parametrize(
    ("os", "image"),
    [
        ("debian-12", "Debian-1214-bookworm-amd64-base.tar.zst"),
        ("debian-13", "Debian-trixie-latest-amd64-base.tar.gz"),
        ("ubuntu-24-04", "Ubuntu-2404-noble-amd64-base.tar.zst"),
    ],
)
def test_the_image_is_chosen_by_prefix(os: str, image: str) -> None:
    assert images.choose(os, LISTED) == f"{images.FOLDER}/{image}"


def test_a_system_without_an_image_is_refused_with_what_is_there() -> None:
    with pytest.raises(ProviderError, match="CentOS-84"):
        images.choose("ubuntu-22-04", LISTED)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("HOSTNAME sandbox-main", "HOSTNAME myPASSWD", "asks for a password"),
        ("HOSTNAME sandbox-main", "HOSTNAME a;reboot", "HOSTNAME a;reboot"),
        ("HOSTNAME sandbox-main\n", "", "HOSTNAME 0 times"),
        ("PART /boot/efi esp 256M\n", "", "0 partitions for /boot/efi"),
        ("esp 256M", "esp 512M", "esp 256M"),
        ("esp 256M", "ext4 256M", "esp 256M"),
        ("/boot ext4", "/boot xfs", "/boot on xfs"),
        ("/ ext4 all", "/ ext4 100G", "with `all`"),
        ("/ ext4 all", "/ zfs all", "PART / zfs all"),
        ("SWRAIDLEVEL 1", "SWRAIDLEVEL 5", "RAID 5 over 2"),
        ("DRIVE2 /dev/nvme1n1", "DRIVE2 /dev/nvme0n1", "named twice"),
        ("DRIVE2 /dev/nvme1n1", "DRIVE2 /dev/sdz", "/dev/sdz, which is not there"),
        ("Debian-1214-bookworm-amd64-base.tar.zst", "../../x", "which is not there"),
        ("BOOTLOADER grub", "BOOTLOADER grub\nCRYPT on", "`CRYPT`, which we do not use"),
        ("BOOTLOADER grub", "BOOTLOADER grub\nBOOTLOADER lilo", "BOOTLOADER 2 times"),
    ],
)
def test_what_would_hang_or_fail_is_refused_beforehand(old: str, new: str, said: str) -> None:
    assert old in MADE
    with pytest.raises(ProviderError) as caught:
        installimage.refuse(MADE.replace(old, new), GROUND)
    assert said in str(caught.value) and "nothing was changed" in caught.value.todo


def test_the_script_of_the_new_system_removes_itself_before_it_can_fail() -> None:
    text = post_install.script("debian-12", 2, "PRIVATE\nKEY\n", "ssh-ed25519 AAAA host", "ssh-ed25519 BBBB user")
    assert text.splitlines()[1] == "rm -f -- /post-install"
    assert "PRIVATE" in text
    [marker] = [line.split("'")[3] for line in text.splitlines() if post_install.MARKER in line and "printf" in line]
    assert post_install.same(marker, "debian-12", 2) and not post_install.same(marker, "debian-12", 1)
    assert post_install.read(marker)["instance"]
    assert not post_install.same("", "debian-12", 1) and not post_install.same("[]", "debian-12", 1)
