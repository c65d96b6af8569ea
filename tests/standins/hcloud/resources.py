"""How each resource of the program is made, read, changed and deleted through the API: what the stand-in knows.

Property names are Pulumi's; a resource that is found gives its outputs, one that is not gives None.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.standins.hcloud.api import Api, ApiRefusal

Props = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """An object of its own. names: API field -> property. replaces: properties that make another one."""

    path: str
    names: dict[str, str]
    replaces: tuple[str, ...]
    outputs: dict[str, str] = field(default_factory=dict)


KINDS = {
    "Network": Kind(
        "networks",
        {
            "name": "name",
            "ip_range": "ipRange",
            "labels": "labels",
            "expose_routes_to_vswitch": "exposeRoutesToVswitch",
        },
        ("ipRange",),
    ),
    "SshKey": Kind("ssh_keys", {"name": "name", "public_key": "publicKey", "labels": "labels"}, ("publicKey",)),
    "PlacementGroup": Kind("placement_groups", {"name": "name", "type": "type", "labels": "labels"}, ("type",)),
    "PrimaryIp": Kind(
        "primary_ips",
        {"name": "name", "type": "type", "location": "location", "auto_delete": "autoDelete", "labels": "labels"},
        ("type", "location"),
        {"ip": "ipAddress"},
    ),
    "Volume": Kind(
        "volumes",
        {"name": "name", "size": "size", "location": "location", "format": "format", "labels": "labels"},
        ("location", "format"),
        {"linux_device": "linuxDevice"},
    ),
    "Firewall": Kind("firewalls", {"name": "name", "labels": "labels"}, ()),
    "Server": Kind(
        "servers",
        {"name": "name", "location": "location", "user_data": "userData", "image": "image", "labels": "labels"},
        ("location", "image", "userData", "sshKeys", "networks"),
    ),
}
RULE = {"sourceIps": "source_ips", "destinationIps": "destination_ips"}


def create(api: Api, type_: str, props: Props) -> tuple[str, Props]:
    """The new id and all properties."""
    if type_ not in KINDS:
        return _part(api, type_, props)
    kind = KINDS[type_]
    body = {name: props[key] for name, key in kind.names.items() if props.get(key) is not None}
    if type_ == "Firewall":
        body["rules"] = [{RULE.get(key, key): value for key, value in rule.items()} for rule in props["rules"]]
    if type_ == "Server":
        body |= _server(props)
    answer = api.ask("POST", f"/{kind.path}", body)
    made = answer[kind.path.removesuffix("s")]
    if type_ == "Server":
        for net in props["networks"]:
            place = {"network": int(net["networkId"]), "ip": net["ip"], "alias_ips": net["aliasIps"]}
            api.ask("POST", f"/servers/{made['id']}/actions/attach_to_network", place)
    if props.get("deleteProtection"):
        api.ask("POST", f"/{kind.path}/{made['id']}/actions/change_protection", {"delete": True})
    return str(made["id"]), read(api, type_, str(made["id"]), props) or {}


def _server(props: Props) -> Props:
    [public] = props["publicNets"]
    body = {
        "server_type": props["serverType"],
        "ssh_keys": props["sshKeys"],
        "firewalls": [{"firewall": int(one)} for one in props["firewallIds"]],
        "public_net": {
            "enable_ipv4": public["ipv4Enabled"],
            "enable_ipv6": public["ipv6Enabled"],
            "ipv4": int(public["ipv4"]),
            "ipv6": int(public["ipv6"]),
        },
    }
    return body | ({"placement_group": int(props["placementGroupId"])} if props.get("placementGroupId") else {})


def _part(api: Api, type_: str, props: Props) -> tuple[str, Props]:
    """What is a part of another object: subnets, routes, attachments."""
    if type_ == "VolumeAttachment":
        body = {"server": int(props["serverId"]), "automount": props["automount"]}
        api.ask("POST", f"/volumes/{int(props['volumeId'])}/actions/attach", body)
        return str(int(props["volumeId"])), props
    network = int(props["networkId"])
    if type_ == "NetworkRoute":
        body = {"destination": props["destination"], "gateway": props["gateway"]}
        api.ask("POST", f"/networks/{network}/actions/add_route", body)
        return f"{network}-{props['destination']}", props
    body = {"type": props["type"], "ip_range": props["ipRange"], "network_zone": props["networkZone"]}
    body |= {"vswitch_id": int(props["vswitchId"])} if "vswitchId" in props else {}
    api.ask("POST", f"/networks/{network}/actions/add_subnet", body)
    return f"{network}-{props['ipRange']}", props


def read(api: Api, type_: str, id_: str, props: Props) -> Props | None:
    """props with what the API says today; labels and size are looked at, for drift."""
    try:
        if type_ == "VolumeAttachment":
            return props if api.ask("GET", f"/volumes/{id_}")["volume"]["server"] else None
        if type_ in ("NetworkSubnet", "NetworkRoute"):
            network = api.ask("GET", f"/networks/{int(props['networkId'])}")["network"]
            key, name = ("subnets", "ip_range") if type_ == "NetworkSubnet" else ("routes", "destination")
            return props if id_.partition("-")[2] in [one[name] for one in network[key]] else None
        kind = KINDS[type_]
        found = api.ask("GET", f"/{kind.path}/{id_}")[kind.path.removesuffix("s")]
    except ApiRefusal as refusal:
        if refusal.code == "not_found":
            return None
        raise
    outputs = {key: found[name] for name, key in kind.outputs.items()}
    if type_ == "Server":
        outputs = {"ipv6Address": f"{found['public_net']['ipv6']['ip'].partition('/')[0]}1", "status": found["status"]}
    return {**props, **outputs, **{key: found[key] for key in ("labels", "size") if key in found}}


def update(api: Api, type_: str, id_: str, news: Props) -> Props:
    """Labels, a volume's size, and what is protected: what the program can change in place."""
    kind = KINDS[type_]
    api.ask("PUT", f"/{kind.path}/{id_}", {"labels": news["labels"]})
    if type_ == "Volume":
        if int(news["size"]) > api.ask("GET", f"/volumes/{id_}")["volume"]["size"]:
            api.ask("POST", f"/volumes/{id_}/actions/resize", {"size": int(news["size"])})
        wish = {"delete": bool(news.get("deleteProtection"))}
        api.ask("POST", f"/volumes/{id_}/actions/change_protection", wish)
    return read(api, type_, id_, news) or news


def delete(api: Api, type_: str, id_: str, props: Props) -> None:
    if type_ == "VolumeAttachment":
        api.ask("POST", f"/volumes/{id_}/actions/detach")
    elif type_ == "NetworkSubnet":
        body = {"ip_range": props["ipRange"]}
        api.ask("POST", f"/networks/{int(props['networkId'])}/actions/delete_subnet", body)
    elif type_ == "NetworkRoute":
        body = {"destination": props["destination"], "gateway": props["gateway"]}
        api.ask("POST", f"/networks/{int(props['networkId'])}/actions/delete_route", body)
    else:
        api.ask("DELETE", f"/{KINDS[type_].path}/{id_}")
