"""A card that the bus has and the driver has not is a card paid for and not used."""

from verify import pci
from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.nvidia import cards
from verify.target import Target


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    needs=("gpu_answers",),
    source="gpud: pci and gpu-counts; Azure HPC health checks compare counts likewise",
)
def gpu_layers(target: Target) -> Finding:
    """Every NVIDIA card on the PCI bus is known to the kernel module and answers nvidia-smi, and none is lost."""
    bus = [function for function in pci.functions(target.host) if function.is_card]
    gone = [function.address for function in bus if function.is_gone]
    if gone:
        todo = "switch the machine off and on; if it comes again, have card, slot and power inspected"
        return failed("cards that answer on the bus", f"{', '.join(gone)} reads as all ones", todo)
    module = target.host.run("ls -1 /proc/driver/nvidia/gpus")
    layers = {
        "on the bus": {function.address for function in bus},
        "in the kernel module": addresses(module.stdout.split()),
        "in nvidia-smi": addresses([card["pci.bus_id"] for card in cards(target.host, "pci.bus_id")]),
    }
    every = set().union(*layers.values())
    missing = [f"{one} not {layer}" for one in sorted(every) for layer, found in layers.items() if one not in found]
    if missing:
        return failed("the same cards everywhere", "; ".join(missing), "journalctl -k -b | grep -i -e NVRM -e Xid")
    return passed(f"{len(every)} on the bus, in the kernel module and in nvidia-smi", "the same cards everywhere")


def addresses(texts: list[str]) -> set[str]:
    try:
        return {pci.address(text) for text in texts}
    except ValueError:
        raise CouldNotTell("PCI addresses", " ".join(texts)[:200], "run nvidia-smi on the machine") from None
