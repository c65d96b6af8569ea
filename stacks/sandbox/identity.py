"""What a new machine has that no other has: its name, keys and addresses, as files written before it boots."""

import uuid
from typing import TypedDict

from stacks.sandbox import places
from stacks.sandbox.network import Network
from stacks.sandbox.record import Record


class File(TypedDict):
    text: str
    mode: int


def mac_address(record: Record) -> str:
    """Of the addresses, not of the machine: a rebuilt one is found at once by all that knew the old one."""
    tag = places.tag(record.stack)
    return f"02:e2:{tag[0:2]}:{tag[2:4]}:{tag[4:6]}:{record.number:02x}"


def network_file(record: Record, network: Network) -> str:
    """For systemd-networkd; named 10-… because Debian's own 80-container-host0 must not win."""
    return f"""[Match]
Name=host0

[Link]
MACAddress={mac_address(record)}

[Network]
Address={record.ipv4}/24
Gateway={network.host_ipv4(1)}
Address={record.ipv6}/64
IPv6AcceptRA=no
LinkLocalAddressing=ipv6
"""


def hosts(record: Record) -> str:
    return f"127.0.0.1 localhost\n127.0.1.1 {record.name}\n::1 localhost ip6-localhost ip6-loopback\n"


def plain(text: str) -> File:
    return {"text": text, "mode": 0o644}


def private(text: str) -> File:
    return {"text": text, "mode": 0o600}


def authorized_keys(record: Record) -> dict[str, File]:
    return {"/root/.ssh/authorized_keys": private(f"{record.authorized}\n")}


def files(record: Record, network: Network, host_private: str) -> dict[str, File]:
    """Path inside the machine to content. host_private: an OpenSSH ed25519 key."""
    return {
        "/etc/machine-id": {"text": f"{uuid.uuid4().hex}\n", "mode": 0o444},
        "/etc/hostname": plain(f"{record.name}\n"),
        "/etc/hosts": plain(hosts(record)),
        "/etc/systemd/network/10-eigenherd.network": plain(network_file(record, network)),
        "/etc/ssh/ssh_host_ed25519_key": private(host_private.strip() + "\n"),
        "/etc/ssh/ssh_host_ed25519_key.pub": plain(f"{record.host_key}\n"),
        **authorized_keys(record),
    }
