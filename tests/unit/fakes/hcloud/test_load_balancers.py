"""Load balancers with services, targets and networks, through the official client."""

from typing import Any

import pytest
from hcloud import APIException, Client
from hcloud.load_balancer_types.domain import LoadBalancerType
from hcloud.load_balancers.domain import (
    LoadBalancerAlgorithm,
    LoadBalancerHealthCheck,
    LoadBalancerService,
    LoadBalancerServiceHttp,
    LoadBalancerTarget,
    LoadBalancerTargetIP,
    LoadBalancerTargetLabelSelector,
)

from tests.fakes.hcloud.running import Running
from tests.unit.fakes.hcloud.scene import FSN, network, server, wait

TCP = LoadBalancerService(protocol="tcp", listen_port=443, destination_port=443)


def balancer(client: Client, **more: Any) -> Any:
    asked = {"load_balancer_type": LoadBalancerType(name="lb11"), "location": FSN, **more}
    made = client.load_balancers.create(name="front", **asked)
    wait(made)
    return client.load_balancers.get_by_id(made.load_balancer.id)


def done(action: Any, one: Any) -> Any:
    action.wait_until_finished()
    one.reload()
    return one


def test_a_balancer_is_made_changed_and_deleted(client: Client) -> None:
    front = balancer(client, labels={"a": "b"}, services=[TCP])
    assert front.public_net.ipv4.ip.startswith("203.0.113.")
    assert (front.algorithm.type, front.services[0].health_check.protocol) == ("round_robin", "tcp")
    done(front.change_algorithm(LoadBalancerAlgorithm("least_connections")), front)
    done(front.change_type(LoadBalancerType(name="lb21")), front)
    done(front.disable_public_interface(), front)
    assert (front.algorithm.type, front.load_balancer_type.name) == ("least_connections", "lb21")
    assert not front.public_net.enabled
    done(front.enable_public_interface(), front)
    done(front.change_dns_ptr(front.public_net.ipv4.ip, "ki.example.org"), front)
    assert (front.public_net.enabled, front.public_net.ipv4.dns_ptr) == (True, "ki.example.org")
    done(front.change_protection(delete=True), front)
    with pytest.raises(APIException):
        front.delete()
    done(front.change_protection(delete=False), front)
    front.delete().action.wait_until_finished()
    assert client.load_balancers.get_all() == []


def test_services(client: Client) -> None:
    front = balancer(client)
    check = LoadBalancerHealthCheck(protocol="http", port=8080, interval=5, timeout=3, retries=2)
    web = LoadBalancerService(
        protocol="http",
        listen_port=80,
        destination_port=8080,
        proxyprotocol=False,
        http=LoadBalancerServiceHttp(sticky_sessions=True),
        health_check=check,
    )
    done(front.add_service(web), front)
    [found] = front.services
    assert (found.http.sticky_sessions, found.health_check.interval, found.health_check.http.path) == (True, 5, "/")
    done(front.update_service(LoadBalancerService(listen_port=80, destination_port=9090)), front)
    assert (front.services[0].destination_port, front.services[0].http.sticky_sessions) == (9090, True)
    with pytest.raises(APIException) as refusal:
        front.add_service(web)
    assert refusal.value.code == "source_port_already_used"
    done(front.delete_service(front.services[0]), front)
    assert front.services == []


def test_targets_of_each_kind(fake: Running, client: Client) -> None:
    fake.order(robot_ips=["198.18.0.7"])
    one = server(client, labels={"role": "engine"})
    front = balancer(client, services=[TCP])
    targets = [
        LoadBalancerTarget(type="server", server=one),
        LoadBalancerTarget(type="ip", ip=LoadBalancerTargetIP("198.18.0.7")),
        LoadBalancerTarget(type="label_selector", label_selector=LoadBalancerTargetLabelSelector("role=engine")),
    ]
    for target in targets:
        done(front.add_target(target), front)
    assert [target.type for target in front.targets] == ["server", "ip", "label_selector"]
    assert [inner.server.id for inner in front.targets[2].targets] == [one.id]
    assert front.targets[0].health_status[0].status == "unknown"
    refused = {"198.18.0.8": "ip_not_owned", one.public_net.ipv4.ip: "cloud_resource_ip_not_allowed"}
    for address, code in refused.items():
        with pytest.raises(APIException) as refusal:
            front.add_target(LoadBalancerTarget(type="ip", ip=LoadBalancerTargetIP(address)))
        assert refusal.value.code == code
    with pytest.raises(APIException) as refusal:
        front.add_target(targets[0])
    assert refusal.value.code == "target_already_defined"
    done(front.remove_target(targets[1]), front)
    one.delete().wait_until_finished()
    front.reload()
    assert [target.type for target in front.targets] == ["label_selector"]


def test_private_targets_need_the_network(client: Client) -> None:
    net, one = network(client), server(client)
    front = balancer(client)
    target = LoadBalancerTarget(type="server", server=one, use_private_ip=True)
    with pytest.raises(APIException) as refusal:
        front.add_target(target)
    assert refusal.value.code == "load_balancer_not_attached_to_network"
    done(front.attach_to_network(net, ip="10.0.1.9"), front)
    assert [entry.ip for entry in front.private_net] == ["10.0.1.9"]
    with pytest.raises(APIException) as refusal:
        front.add_target(target)
    assert refusal.value.code == "server_not_attached_to_network"
    one.attach_to_network(net).wait_until_finished()
    done(front.add_target(target), front)
    assert front.targets[0].use_private_ip
    done(front.detach_from_network(net), front)
    assert not front.private_net
