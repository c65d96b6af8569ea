"""The road between the computer's memory and its cards."""

from pydantic import Field

from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.links import PcieLink, pcie_links, plain
from verify.target import Target
from verify.torch_probe import Card, cards

TIMEOUT_S = 120.0


class Transfer(Card):
    """What `probes/transfer.py` printed of a card."""

    uuid: str = Field(min_length=1)
    to_card_gbs: float
    from_card_gbs: float
    copied_mib: int
    wrong_words: int


@check(
    stage="full",
    part=("driver", "torch"),
    severity="critical",
    subject="engine",
    disturbs="machine",
    gpu=True,
    silicon=True,
    timeout_s=TIMEOUT_S + 90,
    source="Azure HPC health checks: 21 GB/s for PCIe 4 x16, 48 for PCIe 5; other links in proportion (ours)",
)
def gpu_transfer(target: Target) -> Finding:
    """Copies to and from every card arrive whole, and as fast as its link must allow."""
    measured = cards(target, "transfer", Transfer, TIMEOUT_S)
    links = pcie_links(target.host)
    texts, flaws, bounds = [], [], []
    for card in measured:
        link = links.get(plain(card.uuid))
        if link is None:
            raise CouldNotTell(f"the link of {card}", f"no {card.uuid} in nvidia-smi", "nvidia-smi -L")
        bounds.append(f"{link.floor_gbs:.1f} GB/s ({link})")
        texts.append(text_of(card, link))
        if card.wrong_words:
            flaws.append(f"{card}: {card.wrong_words} words arrived changed")
        if not min(card.to_card_gbs, card.from_card_gbs) >= link.floor_gbs:
            flaws.append(text_of(card, link))
    bound = f"no changed word, at least {', '.join(dict.fromkeys(bounds))} each way"
    figures = [card.model_dump(exclude={"error", "short", "uuid"}) for card in measured]
    if flaws:
        todo = "look at the slot and its settings: nvidia-smi -q -d PCIE during a copy; reseat the card"
        return failed(bound, "; ".join(flaws), todo, measured="; ".join(texts), bound=bound, cards=figures)
    return passed("; ".join(texts), bound, cards=figures)


def text_of(card: Transfer, link: PcieLink) -> str:
    text = f"{card}: {card.to_card_gbs:.1f} GB/s to it, {card.from_card_gbs:.1f} from it"
    below = min(card.to_card_gbs, card.from_card_gbs) < link.expected_gbs
    return f"{text} ({link.expected_gbs:.1f} expected)" if below else text
