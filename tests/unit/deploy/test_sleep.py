"""A machine that serves does not sleep; what its owner has set himself is kept."""

from deploy.facts.files import Path, PathState
from deploy.facts.units import MaskedUnits
from deploy.operations.sleep import SLEEP, awake
from tests.unit.deploy.conftest import PaperHost

LINK = "ln -sfn /dev/null /etc/systemd/system/"


def test_every_way_to_sleep_is_masked_once(host: PaperHost) -> None:
    host.facts |= {MaskedUnits: frozenset(), PathState: None}
    assert host.does(awake) == [*(LINK + unit for unit in SLEEP), "systemctl daemon-reload"]
    assert {*host.manifest.paths.values()} == {"made"} and len(host.manifest.paths) == len(SLEEP)
    host.facts[MaskedUnits] = frozenset(SLEEP)
    assert host.does(awake) == []


def test_what_its_owner_masked_is_not_ours_and_a_file_of_his_comes_back(host: PaperHost) -> None:
    file = Path("file", "root", "root", "644", "ab" * 32)
    host.facts |= {MaskedUnits: frozenset(SLEEP) - {"suspend.target"}, PathState: file}
    done = host.does(awake)
    assert LINK + "suspend.target" in done and any("/etc/eigenherd/before" in line for line in done)
    assert host.manifest.paths == {"/etc/systemd/system/suspend.target": "replaced"}
