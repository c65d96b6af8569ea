"""pyinfra's hosts, from the handover: one a machine, under its own name."""

from typing import Any

from pyinfra.api.inventory import Inventory

from plan.machine import Handover


def make_inventory(handover: Handover, patience_s: float) -> Inventory:
    hosts: list[tuple[str, dict[str, Any]]] = []
    for machine in handover.machines:
        data = {"machine": machine, "ssh_config_file": str(handover.ssh_config), "_sudo": machine.sudo}
        data["patience_s"] = patience_s
        hosts.append((f"@stack/{machine.name}", data))
    return Inventory((hosts, {}))  # type: ignore[no-untyped-call]
