"""Why a card's clock is lower than it could be: bits of nvidia-smi's `clocks_event_reasons.active`."""

from verify.nvidia import Card

POWER_CAP = 0x4
IDLE = 0x1
NAMES = {
    IDLE: "idle",
    0x2: "application clocks set",
    POWER_CAP: "power limit (software)",
    0x8: "hardware slowdown",
    0x10: "sync boost",
    0x20: "too hot (software)",
    0x40: "too hot (hardware)",
    0x80: "power brake (hardware)",
    0x100: "display clock set",
}
# The field's name since driver 535.54, and before.
FIELDS = ("clocks_event_reasons.active", "clocks_throttle_reasons.active")


def reasons(row: Card) -> int | None:
    """The bits that are set, but for idle; None where they are not told."""
    for field in FIELDS:
        try:
            return int(row[field], 16) & ~IDLE
        except (KeyError, ValueError):
            continue
    return None


def words(bits: int) -> str:
    return ", ".join(name for bit, name in NAMES.items() if bits & bit) or f"{bits:#x}"
