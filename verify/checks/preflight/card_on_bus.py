"""Are the cards in the machine at all?"""

import re
from collections import Counter

from plan import catalog
from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.target import Target

# Without lspci, which may be missing. Display controllers of NVIDIA, by their device id; `bus` says that we looked.
ASK = (
    "cd /sys/bus/pci/devices && echo bus && for d in *; do "
    'case "$(cat $d/vendor 2>/dev/null) $(cat $d/class 2>/dev/null)" in "0x10de 0x0300"*|"0x10de 0x0302"*) '
    'echo "card $d $(cat $d/device)";; esac; done; echo virtual $(systemd-detect-virt --vm 2>/dev/null)'
)


@check(
    stage="preflight",
    part=("driver", "engine"),
    severity="critical",
    needs=("plain_shell",),
    subject="engine",
    gpu=True,
    source="the PCI bus as the kernel lists it; device ids from pci.ids",
)
def card_on_bus(target: Target) -> Finding:
    """The planned cards are on the PCI bus, all of them, before any driver is asked."""
    output = target.host.run(ASK)
    if "bus" not in output.stdout.split():
        said = (output.stdout + output.stderr).strip()[:200] or "nothing"
        raise CouldNotTell("the list of PCI devices", said, "see /sys/bus/pci/devices on the machine")
    ids = [device.removeprefix("0x") for device in re.findall(r"^card \S+ (0x[0-9a-f]{4})$", output.stdout, re.M)]
    gpu = target.planned.gpu
    planned, count = (gpu.name, gpu.count) if gpu else ("", 0)
    wanted = planned if count == 1 else f"{count} x {planned}"
    known = {device: row.name for row in catalog.gpus() for device in row.pci_ids}
    seen = Counter(known.get(device, f"an NVIDIA device 10de:{device}") for device in ids)
    found = ", ".join(name if count == 1 else f"{count} x {name}" for name, count in seen.items())
    if not ids:
        return failed(wanted, *nowhere(output.stdout))
    if others := [name for name in seen if name in known.values() and name != planned]:
        todo = f"write `gpu: {others[0]}`, or put the planned card in"
        return failed(wanted, found, todo)
    if len(ids) < count or seen[planned] > count:
        return failed(wanted, found, f"write `gpus: {len(ids)}`, or seat as many cards as planned, with their cables")
    return passed(found, wanted)


def nowhere(said: str) -> tuple[str, str]:
    """What was found where no card is, and what to do."""
    kind = next((line.removeprefix("virtual ") for line in said.splitlines() if line.startswith("virtual ")), "none")
    if kind != "none":
        found = f"no NVIDIA card on the PCI bus of a virtual machine ({kind})"
        return found, "pass the card through to it (PCI passthrough, VFIO), on the host that runs it"
    return "no NVIDIA card on the PCI bus", "seat the card and its power cables, and see whether the firmware lists it"
