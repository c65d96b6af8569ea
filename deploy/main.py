"""What is on a machine, in the order in which it comes to be."""

from deploy.accounts import are_ours, close_accounts
from deploy.engine import add_engine_user, serve_models
from deploy.firewall import guard_ports
from deploy.gateway import open_gateway
from deploy.locked import use_package_lock
from deploy.nvidia_driver import clear_failed_build, install_driver
from deploy.python import install_python, remove_unplanned
from deploy.sources import set_package_sources
from deploy.system import admit_keys_only, install_tools, keep_time, stay_awake, update_by_itself
from plan.machine import Handover, Machine


def deploy(handover: Handover, machine: Machine) -> None:
    plan, planned = handover.plan, handover.planned(machine)
    set_package_sources(sources=plan.sources)
    use_package_lock(lock=handover.debs, sources=plan.sources)
    if planned.drivers:
        clear_failed_build()
    install_tools()
    keep_time()
    stay_awake()
    if planned.harden:
        admit_keys_only(alone=are_ours(handover, machine))
        update_by_itself()
    if are_ours(handover, machine):
        close_accounts(handover=handover, machine=machine)
    if "engine" in planned.roles:
        add_engine_user(user=plan.engine.user)
    guard_ports(handover=handover, machine=machine)
    if planned.drivers:
        install_driver(handover=handover, machine=machine)
    if "gateway" in planned.roles:
        open_gateway(handover=handover)
    if "engine" in planned.roles:
        install_python(wanted=plan.torch, sources=plan.sources)
        serve_models(handover=handover, machine=machine)
        remove_unplanned(names=[python.name for python in plan.pythons])
