"""One deployment of a stack at a time, and none is kept out by a dead one."""

import os
from pathlib import Path

import pytest

from deploy.exclusion import Busy, only_run


def test_a_second_run_is_kept_out_and_told_by_whom(tmp_path: Path) -> None:
    with only_run(tmp_path), pytest.raises(Busy, match=f"process {os.getpid()} at work"), only_run(tmp_path):
        pass


def test_the_lock_ends_with_the_run(tmp_path: Path) -> None:
    with only_run(tmp_path):
        pass
    with only_run(tmp_path):
        assert (tmp_path / "deploy.lock").read_text() == str(os.getpid())
