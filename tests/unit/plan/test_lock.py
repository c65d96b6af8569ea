"""Locks name every file with its size and hash, and know which Python installs which."""

import re

import pytest

from plan import lock
from plan.lock import LockedWheel

LOCKS = sorted(path.name for path in lock.FOLDER.glob("*.txt"))


def wheel(file: str) -> LockedWheel:
    name, version = file.split("-")[:2]
    return LockedWheel(name, version, file, 1, "ab" * 32)


@pytest.mark.parametrize(
    ("file", "pythons"),
    [
        ("a-1-py3-none-any.whl", ["3.11", "3.12", "3.13"]),
        ("a-1-py2.py3-none-any.whl", ["3.11", "3.12", "3.13"]),
        ("a-1-cp312-cp312-manylinux_2_28_x86_64.whl", ["3.12"]),
        ("a-1-cp312-abi3-manylinux_2_28_x86_64.whl", ["3.12", "3.13"]),
        ("a-1-py37-none-any.whl", ["3.11", "3.12", "3.13"]),
        ("a-1-py312-none-any.whl", ["3.12", "3.13"]),
        ("a-1-2-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", ["3.13"]),
    ],
)
def test_a_wheel_fits_the_pythons_of_its_tags(file: str, pythons: list[str]) -> None:
    assert [python for python in lock.PYTHONS if wheel(file).fits(python)] == pythons


@pytest.mark.parametrize("name", LOCKS)
@pytest.mark.parametrize("python", lock.PYTHONS)
def test_each_package_has_one_wheel_for_each_python(name: str, python: str) -> None:
    packages = [wheel.package for wheel in lock.wheels(name, python)]
    assert packages == sorted(set(packages))
    assert set(packages) == {wheel.package for wheel in lock.wheels(name, lock.PYTHONS[0])}


@pytest.mark.parametrize("name", LOCKS)
def test_each_wheel_is_for_linux_and_locked(name: str) -> None:
    for wheel in lock.wheels(name, "3.11"):
        assert re.fullmatch(r"[0-9a-f]{64}", wheel.sha256)
        assert wheel.size > 0
        assert all(platform == "any" or platform.endswith("x86_64") for platform in wheel.tags[2])


@pytest.mark.parametrize("name", LOCKS)
def test_locks_name_no_hosts_or_paths(name: str) -> None:
    text = (lock.FOLDER / name).read_text()
    assert not re.search(r"://|--index|--find-links|(^|\s)/", text)


def test_sizes_add_up() -> None:
    assert lock.download_mib("torch.txt") == round(sum(w.size for w in lock.wheels("torch.txt", "3.11")) / 2**20)
