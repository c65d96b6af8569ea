"""Containers see the cards through a list that an update of the driver makes wrong."""

import re

from verify.check import CouldNotTell, Finding, check, failed, passed, skipped
from verify.nvidia import cards
from verify.target import Target

LOOK = (
    "for name in podman docker nvidia-ctk; do command -v $name >/dev/null && echo has $name; done; "
    "nvidia-ctk cdi list 2>/dev/null; cat /etc/cdi/*.yaml /var/run/cdi/*.yaml 2>/dev/null | "
    "grep -o 'libcuda\\.so\\.[0-9][0-9.]*' | sort -u; echo looked"
)
RENEW = "nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml"


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="warning",
    subject="engine",
    gpu=True,
    needs=("gpu_answers",),
    source="imbue cluster-health: a container sees the same cards; NVIDIA Container Toolkit, CDI specification",
)
def gpu_containers(target: Target) -> Finding:
    """Where containers can be given cards, the list they are given names every card and the loaded driver."""
    text = target.host.run(LOOK, root=True).stdout
    if "looked" not in text.splitlines():
        raise CouldNotTell("whether there is a container engine", text[:200] or "nothing", "command -v podman docker")
    programs = re.findall(r"^has (\S+)$", text, re.MULTILINE)
    if not {"podman", "docker"} & set(programs):
        return skipped("no container engine, and the plan runs nothing in containers")
    if "nvidia-ctk" not in programs:
        return skipped("no NVIDIA Container Toolkit: containers are not meant to have the cards")
    listed = set(re.findall(r"^nvidia\.com/gpu=(\S+)$", text, re.MULTILINE))
    drivers = set(re.findall(r"libcuda\.so\.(\d+\.\d[\d.]*)", text))
    rows = cards(target.host, "index", "uuid", "driver_version")
    missing = [card["uuid"] for card in rows if not {card["index"], card["uuid"]} & listed]
    if missing:
        return failed("every card in the CDI list", f"not listed: {', '.join(missing)}", RENEW)
    version = rows[0]["driver_version"]
    if drivers and drivers != {version}:
        return failed(f"a CDI list for driver {version}", f"one for {', '.join(sorted(drivers))}", RENEW)
    return passed(f"{len(rows)} cards listed for containers, driver {version}", "every card")
