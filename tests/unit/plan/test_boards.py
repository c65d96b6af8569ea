"""Board profiles and the Xid table: complete, consistent with the other rows, and each number once."""

from plan import catalog

# NVIDIA's catalogue has these in the groups that the document behind this project names.
FATAL = {46, 48, 54, 62, 64, 74, 78, 79, 95, 109, 110, 119, 120, 136, 140, 142, 143, *range(144, 152), 155, 156, 158}
OF_PROGRAMS = {8, 11, 13, 25, 31, 32, 39, 40, 41, 45, 60, 80, 88, 89, 94, 139}


def test_every_card_has_a_board_and_every_board_a_card() -> None:
    """But for cards so old that every plan with them is refused."""
    names = [row.name for row in catalog.boards()]
    assert len(names) == len(set(names))
    assert set(names) == {row.name for row in catalog.gpus() if float(row.compute_capability) >= 7}
    assert catalog.board("RTX 9999") is None


def test_a_board_is_like_its_card() -> None:
    cards = {row.name: row for row in catalog.gpus()}
    for row in catalog.boards():
        sizes = [size for size in (row.memory_mib, row.memory_ecc_mib) if size]
        assert all(0.92 <= size / (cards[row.name].vram_gib * 1024) <= 1.03 for size in sizes), row.name
        assert row.power_w in (None, cards[row.name].tdp_w), row.name
        assert not (row.ecc and "ecc" in row.lacks), row.name
        assert row.pcie_width in (None, 8, 16) and row.pcie_generation in (None, 3, 4, 5)


def test_an_xid_has_one_action() -> None:
    numbers = [number for row in catalog.xids() for number in row.numbers]
    assert len(numbers) == len(set(numbers))
    meanings = {number: row.meaning for row in catalog.xids() for number in row.numbers}
    assert {meanings[number] for number in FATAL} == {"fatal"}
    assert {meanings[number] for number in OF_PROGRAMS} == {"application"}
    assert meanings[154] == "recovery" and meanings[63] == meanings[43] == "none"
