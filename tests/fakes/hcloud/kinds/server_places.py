"""Where a server is: its networks and its placement group."""

from tests.fakes.hcloud import actions
from tests.fakes.hcloud.errors import refused
from tests.fakes.hcloud.kinds import attachment, placement_groups, primary_ips, servers
from tests.fakes.hcloud.kinds.server_actions import begun
from tests.fakes.hcloud.routes import Answer, Call, route


@route("POST", "/servers/{id}/actions/attach_to_network")
def attach_to_network(call: Call) -> Answer:
    server = call.books.free("servers", call.ids["id"])
    network = call.need("network", int)
    aliases = call.maybe("alias_ips", [], list)
    servers.attach(call.books, server, network, call.maybe("ip", None), aliases, call.maybe("ip_range", None))
    resources = [("server", server["id"]), ("network", network)]
    return 201, {"action": actions.start(call, "attach_to_network", resources)}


@route("POST", "/servers/{id}/actions/detach_from_network")
def detach_from_network(call: Call) -> Answer:
    server = call.books.free("servers", call.ids["id"])
    network = call.need("network", int)
    left = attachment.leave(server, network)
    resources = [("server", server["id"]), ("network", network)]
    effect = [("servers", server["id"], {"_nets": left})]
    return 201, {"action": actions.start(call, "detach_from_network", resources, effect)}


@route("POST", "/servers/{id}/actions/change_alias_ips")
def change_alias_ips(call: Call) -> Answer:
    server = call.books.free("servers", call.ids["id"])
    network = call.need("network", int)
    attachment.leave(server, network)
    nets = [
        {**net, "alias_ips": call.body["alias_ips"]} if net["network"] == network else net for net in server["_nets"]
    ]
    return 201, {"action": begun(call, "change_alias_ips", server, {"_nets": nets})}


@route("POST", "/servers/{id}/actions/add_to_placement_group")
def add_to_placement_group(call: Call) -> Answer:
    server = primary_ips.stopped(call, int(call.ids["id"]))
    if server["_placement_group"]:
        raise refused("server_already_in_group", "is in a placement group already", 409)
    group = placement_groups.with_room(call.books, call.need("placement_group", int))
    return 201, {"action": begun(call, "add_to_placement_group", server, {"_placement_group": group["id"]})}


@route("POST", "/servers/{id}/actions/remove_from_placement_group")
def remove_from_placement_group(call: Call) -> Answer:
    server = call.books.free("servers", call.ids["id"])
    if not server["_placement_group"]:
        raise refused("server_not_in_group", "is in no placement group", 409)
    return 201, {"action": begun(call, "remove_from_placement_group", server, {"_placement_group": None})}
