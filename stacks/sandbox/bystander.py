"""Other firewalls of this computer that drop what they do not know: Docker's and ufw's FORWARD chain.

A packet has to be accepted by every table, so the stack's own cannot help its machines through. Theirs
are managed by iptables, and rules of other forms confuse it: so ours are made by iptables too.
"""

import shutil

from stacks.sandbox.command import ENVIRONMENT, run, succeeds


def rules(bridge: str) -> list[list[str]]:
    """What the machines need of the FORWARD chain: the way out, and answers."""
    answers = ["-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED"]
    return [["-i", bridge, "-j", "ACCEPT"], ["-o", bridge, *answers, "-j", "ACCEPT"]]


def drops_unknown() -> bool:
    """Whether iptables is here and lets nothing through by default; no question of ours creates its tables."""
    if shutil.which("iptables", path=ENVIRONMENT["PATH"]) is None or not succeeds(
        ["nft", "list", "chain", "ip", "filter", "FORWARD"]
    ):
        return False
    return "-P FORWARD DROP" in run(["iptables", "-w", "-S", "FORWARD"]).splitlines()


def admit(bridge: str) -> None:
    if drops_unknown():
        for rule in rules(bridge):
            if not succeeds(["iptables", "-w", "-C", "FORWARD", *rule]):
                run(["iptables", "-w", "-I", "FORWARD", *rule])


def dismiss(bridge: str) -> None:
    if drops_unknown():
        for rule in rules(bridge):
            succeeds(["iptables", "-w", "-D", "FORWARD", *rule])
