"""How nvidia-smi's answers and refusals are read, and how cards are named on the bus."""

import pytest

from tests.unit.verify.fake_shell import FakeShell
from verify import pci
from verify.boards import Judgement, together
from verify.check import CheckFailed, CouldNotTell
from verify.nvidia import REFUSALS, Process, UnknownField, branch, cards, processes

WARNING = "WARNING: infoROM is corrupted at gpu 0000:3B:00.0\n"


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal_is_told_in_words(code: int) -> None:
    with pytest.raises(CheckFailed) as raised:
        cards(FakeShell({"query-gpu": (code, "some words\n")}), "name")
    assert raised.value.found == REFUSALS[code]


def test_a_warning_is_no_card() -> None:
    host = FakeShell({"query-gpu": (14, f"{WARNING}Tesla T4, 15360\n")})
    assert cards(host, "name", "memory.total") == [{"name": "Tesla T4", "memory.total": "15360"}]


@pytest.mark.parametrize("text", ["", "\n", WARNING, "Tesla T4\n", "Tesla T4, 15360, 3\n", "Tesla T4, 15,3\n"])
def test_rows_of_another_length_are_no_answer(text: str) -> None:
    with pytest.raises(CouldNotTell):
        cards(FakeShell({"query-gpu": text}), "name", "memory.total")


def test_an_unknown_field_is_told_apart() -> None:
    with pytest.raises(UnknownField, match="gpu_recovery_action"):
        cards(FakeShell({"query": (2, 'Field "gpu_recovery_action" is not a valid field to query.\n')}), "name")


def test_a_list_of_processes_needs_its_heading() -> None:
    heading, row = "gpu_uuid, pid, process_name, used_gpu_memory [MiB]\n", "GPU-1, 7, python3, 900\n"
    assert processes(FakeShell({"compute-apps": heading})) == []
    found = processes(FakeShell({"compute-apps": (14, heading + row + WARNING)}))
    assert found == [Process("GPU-1", "7", "python3", "900")]
    with pytest.raises(CouldNotTell):
        processes(FakeShell({"compute-apps": row}))


def test_a_branch_is_a_number() -> None:
    assert branch("580.95.05") == branch("580") == 580
    with pytest.raises(CouldNotTell):
        branch("[N/A]")


@pytest.mark.parametrize("text", ["00000000:01:00.0", "0000:01:00.0", "0000:01:00.0\n"])
def test_an_address_is_written_in_one_way(text: str) -> None:
    assert pci.address(text) == "0000:01:00.0"
    assert pci.address("00000001:C1:00.0") == "0001:c1:00.0"


def test_cards_switches_and_the_rest_of_a_board() -> None:
    listing = (
        "0000:01:00.0 VGA compatible controller [0300]: NVIDIA Corporation [GeForce RTX 4090] [10de:2684] (rev a1)\n"
        "0000:01:00.1 Audio device [0403]: NVIDIA Corporation Audio Controller [10de:22ba] (rev a1)\n"
        "0000:c1:00.0 Bridge [0680]: NVIDIA Corporation GA100 [A100 NVSwitch] [10de:1af1] (rev ff)\n"
    )
    card, sound, switch = pci.functions(FakeShell({"lspci": listing}))
    assert (card.is_card, sound.is_card, switch.is_card) == (True, False, False)
    assert switch.is_switch and switch.is_gone and not card.is_gone
    assert pci.functions(FakeShell({"lspci": ""})) == []


def test_one_card_decides_for_all() -> None:
    judged = Judgement()
    judged.without.append("has none")
    assert judged.finding("x", "y").outcome == "skipped"
    judged.good += ["fine", "fine"]
    assert judged.finding("x", "y").measured == "2 x fine"
    judged.untold.append("card 1: [N/A]")
    assert judged.finding("x", "y").outcome == "unsupported"
    judged.wrong.append("card 2: broken")
    finding = judged.finding("x", "y")
    assert finding.outcome == "failed" and "card 2" in finding.found and "card 1" in finding.found
    assert together(["a", "b", "a"]) == ["2 x a", "b"]
