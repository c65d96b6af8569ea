"""A lock keeps the wheels that our hosts can install, and refuses packages that have none."""

from typing import Any

import pytest

from plan.errors import SpecError
from tools import lock


def package(*files: str, **more: str) -> dict[str, Any]:
    wheels = [{"url": f"https://host/{name}", "size": 7, "hashes": {"sha256": name}} for name in files]
    return {"name": "a", "version": "1", "wheels": wheels, **more}


@pytest.mark.parametrize(
    ("file", "ours"),
    [
        ("a-1-py3-none-any.whl", True),
        ("a-1-cp313-cp313-manylinux_2_28_x86_64.whl", True),
        ("a-1-cp39-abi3-manylinux2014_x86_64.whl", True),
        ("a-1-cp313-cp313-manylinux_2_39_x86_64.whl", False),
        ("a-1-cp313-cp313t-manylinux_2_28_x86_64.whl", False),
        ("a-1-cp310-cp310-manylinux_2_28_x86_64.whl", False),
        ("a-1-cp313-cp313-manylinux_2_28_aarch64.whl", False),
        ("a-1-cp313-cp313-musllinux_1_2_x86_64.whl", False),
        ("a-1-cp313-cp313-win_amd64.whl", False),
    ],
)
def test_ours_is_what_debian_on_x86_64_installs(file: str, ours: bool) -> None:
    assert lock.is_ours(file) is ours


def test_sizes_stand_in_the_order_of_the_hashes() -> None:
    files = "a-1-cp313-cp313-manylinux_2_28_x86_64.whl", "a-1-cp311-cp311-manylinux_2_28_x86_64.whl"
    lines = lock.render("x", [package(*files)]).splitlines()[3:]
    assert lines == [
        f"# wheel: {files[1]} 7",
        f"# wheel: {files[0]} 7",
        "a==1 \\",
        f"    --hash=sha256:{files[1]} \\",
        f"    --hash=sha256:{files[0]}",
    ]


def test_each_python_has_one_wheel_made_for_it_and_for_the_oldest_system() -> None:
    old, new = "a-1-cp312-cp312-manylinux_2_17_x86_64.whl", "a-1-cp312-cp312-manylinux_2_28_x86_64.whl"
    stable, pure = "a-1-cp39-abi3-manylinux_2_28_x86_64.whl", "a-1-py3-none-any.whl"
    names = [lock.file_name(wheel) for wheel in lock.chosen(package(new, old, stable, pure)["wheels"])]
    assert names == [old, stable]


def test_other_systems_packages_are_left_out() -> None:
    assert "a==1" not in lock.render("x", [package("a-1-py3-none-any.whl", marker="sys_platform == 'win32'")])


def test_a_package_that_depends_on_the_python_is_refused() -> None:
    with pytest.raises(SpecError, match="every Python or for none"):
        lock.render("x", [package("a-1-py3-none-any.whl", marker="python_version < '3.12'")])


def test_a_package_that_would_have_to_be_built_is_refused() -> None:
    with pytest.raises(SpecError, match="wheel for Linux"):
        lock.render("x", [package("a-1-cp311-cp311-win_amd64.whl")])
