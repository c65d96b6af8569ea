"""What a card's links can carry, in GB/s and direction, and the part of it that must arrive."""

import re

from verify.check import CouldNotTell
from verify.nvidia import cards, number
from verify.transport import Shell

# A lane after its line code (8b/10b for generations 1 and 2, 128b/130b from 3 on).
LANE_GBS = {1: 0.25, 2: 0.5, 3: 0.985, 4: 1.969, 5: 3.938, 6: 7.563}
WIDE = 16
# Azure HPC health checks: floor and expectation, of 16 lanes. Other generations by generation 4's share (ours).
FLOOR_GBS = {4: 21.0, 5: 48.0}
EXPECTED_GBS = {4: 23.0, 5: 52.0}


class PcieLink:
    """The best a card and its slot can do together; a slower one is a fault that must show."""

    def __init__(self, generation: int, width: int) -> None:
        self.generation, self.width = generation, width

    @property
    def theory_gbs(self) -> float:
        return LANE_GBS[self.generation] * self.width

    def part(self, of_sixteen: dict[int, float]) -> float:
        """Azure's figure for this link, scaled by lanes, and by generation where Azure has none."""
        if self.generation in of_sixteen:
            return of_sixteen[self.generation] * self.width / WIDE
        return of_sixteen[4] / (LANE_GBS[4] * WIDE) * self.theory_gbs

    @property
    def floor_gbs(self) -> float:
        return self.part(FLOOR_GBS)

    @property
    def expected_gbs(self) -> float:
        return self.part(EXPECTED_GBS)

    def __str__(self) -> str:
        return f"PCIe {self.generation} x{self.width}"


def pcie_links(host: Shell) -> dict[str, PcieLink]:
    """By UUID, as torch writes it."""
    links = {}
    for row in cards(host, "uuid", "pcie.link.gen.max", "pcie.link.width.max"):
        generation, width = number(row["pcie.link.gen.max"]), number(row["pcie.link.width.max"])
        if generation not in LANE_GBS or not width:
            found = f"generation {row['pcie.link.gen.max']}, width {row['pcie.link.width.max']}"
            todo = "on a virtual machine, ask who runs the host; else nvidia-smi -q -d PCIE"
            raise CouldNotTell("generation and width of each card's link", found, todo)
        links[plain(row["uuid"])] = PcieLink(int(generation), int(width))
    return links


def plain(uuid: str) -> str:
    return uuid.removeprefix("GPU-").lower()


def nvlink_gbs(text: str) -> float:
    """What the active NVLinks of the card with the fewest carry, of `nvidia-smi nvlink -s`; 0 without."""
    sums = [
        sum(float(rate) for rate in re.findall(r"Link \d+:\s*([\d.]+) GB/s", part))
        for part in re.split(r"^GPU \d+:", text, flags=re.MULTILINE)[1:]
    ]
    return min(sums, default=0.0)
