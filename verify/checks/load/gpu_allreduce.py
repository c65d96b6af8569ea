"""Several cards as one."""

from pydantic import Field

from verify.check import CouldNotTell, Finding, check, failed, passed, skipped
from verify.links import WIDE, PcieLink, nvlink_gbs, pcie_links
from verify.target import Target
from verify.torch_probe import Card, cards, measure

TIMEOUT_S = 180.0
NVLINK_FLOOR_GBS = 100.0
NVLINK_SHARE = 0.5
PCIE_FLOOR_GBS = 15.0


class Rank(Card):
    """What one process of `probes/allreduce.py` printed; nothing where there is one card. bus_gbs: by size in MiB."""

    wrong: int | None = None
    bus_gbs: dict[str, float] = Field(default_factory=dict)


@check(
    stage="full",
    part=("driver", "torch"),
    severity="critical",
    subject="engine",
    disturbs="machine",
    gpu=True,
    silicon=True,
    timeout_s=TIMEOUT_S + 90,
    source="NVSentinel's preflight: allreduce 100 GB/s by NVLink, 15 by PCIe; smaller links in proportion (ours)",
)
def gpu_allreduce(target: Target) -> Finding:
    """A machine's cards add up each other's numbers right over NCCL, as fast as their links must allow."""
    asked: dict[str, float] = {"longest_s": TIMEOUT_S - 30}
    measured = cards(target, "allreduce", Rank, TIMEOUT_S, **asked)
    if len(measured) < 2:
        return skipped("one card: nothing to add up with")
    peers = bool(measure(target, "allreduce", TIMEOUT_S, **asked).get("peers"))
    wrong = [f"{rank}: {rank.wrong} wrong sums" for rank in measured if rank.wrong]
    if any(rank.wrong is None or not rank.bus_gbs for rank in measured):
        raise CouldNotTell(
            "sums and a rate of every card", "none", "run probes/allreduce.py by hand with NCCL_DEBUG=INFO"
        )
    # An allreduce ends when its slowest rank does; the best size counts.
    rate_gbs = min(max(rank.bus_gbs.values()) for rank in measured)
    floor_gbs, why = floor(target, peers)
    text = f"{len(measured)} cards, {rate_gbs:.1f} GB/s on each link"
    bound = f"every sum right, {f'at least {floor_gbs:.1f} GB/s' if floor_gbs else 'no floor'}: {why}"
    if wrong or rate_gbs < floor_gbs:
        todo = "look at the links: nvidia-smi topo -m, nvidia-smi nvlink -s; NCCL_DEBUG=INFO tells its way"
        return failed(bound, "; ".join([*wrong, text]), todo, measured=text, bound=bound, rates=rates(measured))
    return passed(text, bound, rates=rates(measured))


def floor(target: Target, peers: bool) -> tuple[float, str]:
    """GB/s on each link, and why; 0 where nobody has said what must be reached."""
    links_gbs = nvlink_gbs(target.host.run("nvidia-smi nvlink -s").stdout)
    if links_gbs:
        return min(NVLINK_FLOOR_GBS, NVLINK_SHARE * links_gbs), f"NVLink, {links_gbs:.0f} GB/s a card"
    if not peers:
        return 0.0, "these cards can't reach each other's memory, all goes through the computer's"
    slowest = min(pcie_links(target.host).values(), key=lambda link: link.theory_gbs)
    share = slowest.theory_gbs / PcieLink(4, WIDE).theory_gbs
    return PCIE_FLOOR_GBS * min(1.0, share), str(slowest)


def rates(measured: list[Rank]) -> dict[str, dict[str, float]]:
    return {str(rank): rank.bus_gbs for rank in measured}
