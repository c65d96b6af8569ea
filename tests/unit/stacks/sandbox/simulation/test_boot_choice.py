"""Which kernel a simulated machine starts, as GRUB would: told once, saved, or the newest."""

from pathlib import Path
from typing import Any

import pytest

from stacks.sandbox.simulation.programs import kernel

OLD, NEW = "6.1.0-50-amd64", "6.1.0-56-amd64"
ENTRY = "gnulinux-advanced-1234>gnulinux-{}-advanced-1234"
SAVED = "GRUB_DEFAULT=saved\n"


@pytest.mark.parametrize(
    ("settings", "block", "faults", "chosen"),
    [
        (SAVED, {"next_entry": NEW, "saved_entry": OLD}, [], NEW),
        (SAVED, {"next_entry": NEW, "saved_entry": OLD}, [{"panic": NEW}], OLD),
        (SAVED, {"saved_entry": OLD}, [], OLD),
        (SAVED, {"saved_entry": "6.1.0-40-amd64"}, [], ""),
        (SAVED, {}, [], ""),
        ("", {"next_entry": OLD, "saved_entry": OLD}, [], ""),
    ],
)
def test_the_kernel_is_the_one_grub_was_told(
    settings: str,
    block: dict[str, str],
    faults: list[dict[str, Any]],
    chosen: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environment = tmp_path / "grubenv"
    environment.write_text("".join(f"{key}={ENTRY.format(value)}\n" for key, value in block.items()))
    edited: list[tuple[str, ...]] = []

    def run(*argv: str) -> str:
        if argv[0] == "grub-editenv":
            edited.append(argv[2:])
            return ""
        return settings

    monkeypatch.setattr(kernel, "GRUB", environment)
    monkeypatch.setattr(kernel, "faults", lambda kind: [fault for fault in faults if kind in fault])
    monkeypatch.setattr(kernel, "run", run)
    assert kernel.told([OLD, NEW]) == chosen
    assert edited == ([("unset", "next_entry")] if settings and "next_entry" in block else [])
