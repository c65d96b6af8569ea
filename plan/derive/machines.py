"""Chooses what each machine is: system, size, card, and how much of it is ours."""

from typing import Literal

from plan import catalog
from plan.derive import hcloud, robot
from plan.derive.licence import tell_licence
from plan.environment import AskedMachine, Environment
from plan.errors import PlanError, SpecError
from plan.ledger import Ledger
from plan.networks import PRIVATE, shown
from plan.plan import Gpu, MachinePlan

MADE_OS: Literal["debian-12"] = "debian-12"
SANDBOX_MEMORY_GIB = 6.0
SANDBOX_DISK_GIB = 20.0


def choose_machines(environment: Environment, ledger: Ledger) -> tuple[MachinePlan, ...]:
    robot.refuse_shared(environment, ledger)
    return tuple(_machine(name, asked, environment, ledger) for name, asked in environment.named_machines.items())


def _machine(name: str, asked: AskedMachine, environment: Environment, ledger: Ledger) -> MachinePlan:
    sandbox = asked.provider == "sandbox"
    made = asked.provider != "existing" and not asked.adopt
    server = hcloud.choose_server(name, asked, environment, ledger) if asked.provider == "hcloud" else None
    memory_gib = server.memory_gib if server else SANDBOX_MEMORY_GIB if sandbox else None
    disk_gib = server.disk_gib if server else SANDBOX_DISK_GIB if sandbox else None
    planned = MachinePlan(
        name=name,
        provider=asked.provider,
        roles=asked.roles,
        os=asked.os or (MADE_OS if made else "any"),
        gpu=_gpu(name, asked, environment, ledger),
        memory_gib=asked.memory_gib or memory_gib,
        disk_gib=asked.disk_gib or disk_gib,
        harden=made if asked.harden is None else asked.harden,
        ssh_allow=_ssh_allow(asked, sandbox),
        provider_settings=server.settings if server else _settings(asked),
    )
    _explain(planned, asked, ledger)
    if asked.provider == "robot":
        robot.explain(name, asked, ledger)
    return planned


def _gpu(name: str, asked: AskedMachine, environment: Environment, ledger: Ledger) -> Gpu | None:
    """The machine's own word goes first; the environment's card is that of the engine machines."""
    wish = asked.gpu or (environment.gpu if "engine" in asked.roles else "none")
    count = asked.gpus or (environment.gpus if "engine" in asked.roles else None)
    if wish.casefold() == "none":
        if asked.simulated:
            todo = "name the card under `gpu`, such as `RTX 4090`"
            ledger.refuse(PlanError(f"machine {name} with a simulated GPU", "`gpu: none`", todo))
        if count:
            ledger.refuse(_cards_of_nothing(name, count))
        return None
    row = catalog.gpu(wish)
    if asked.provider == "hcloud":
        ledger.refuse(hcloud.refuse_gpu(name, row.name))
        return None
    if asked.provider == "sandbox" and not asked.simulated:
        ledger.refuse(
            PlanError(
                f"machine {name} with an {row.name}",
                "a sandbox machine, which has no GPU",
                "write `gpu: none`, or use this computer's card: machine: {provider: existing, address: this};"
                " or pretend, for tests: machine: {provider: sandbox, simulated: true}",
            )
        )
    ledger.decide(
        f"machine.{name}.gpu",
        row.name,
        f"{row.vram_gib} GB at {row.bandwidth_gbs} GB/s, compute capability {row.compute_capability}",
        row.source if row.confirmed else f"{row.source} (not confirmed)",
    )
    if asked.simulated:
        ledger.decide(f"machine.{name}.gpu.simulated", "SIMULATED", "as written; it proves nothing about a real card")
    if count:
        ledger.decide(f"machine.{name}.gpus", count, "as written: one model is spread over all cards of a machine")
    tell_licence(name, asked, row, ledger)
    return Gpu(
        name=row.name,
        count=count or 1,
        vram_gib=row.vram_gib,
        bandwidth_gbs=row.bandwidth_gbs,
        compute_capability=row.compute_capability,
        simulated=asked.simulated,
    )


def _cards_of_nothing(name: str, count: int) -> SpecError:
    return SpecError(
        f"eigenherd:environment, gpus: only where there is a GPU, on machine {name}",
        f"`{count}` with `gpu: none`",
        "name the card under `gpu`, or leave `gpus` out",
    )


def _ssh_allow(asked: AskedMachine, sandbox: bool) -> tuple[str, ...]:
    if asked.ssh_allow:
        return () if asked.ssh_allow == ("any",) else asked.ssh_allow
    return PRIVATE if sandbox else ()


def _settings(asked: AskedMachine) -> dict[str, str | int | bool]:
    """What the file of the provider needs; a jump host's values carry the prefix `jump_`."""
    if asked.provider == "sandbox":
        return {}
    if asked.provider == "robot":
        return robot.settings(asked)
    if asked.address == "this":
        return {"address": "this"}
    settings: dict[str, str | int | bool] = {
        "address": str(asked.address),
        "port": asked.port,
        "user": asked.user,
    }
    if asked.host_key:
        settings["host_key"] = asked.host_key
    if asked.identity:
        settings["identity"] = asked.identity
    if asked.private_address:
        settings["private_address"] = asked.private_address
    if asked.reboot:
        settings["reboot"] = asked.reboot
    if asked.jump:
        jump = asked.jump.model_dump(exclude_none=True)
        settings |= {f"jump_{key}": value for key, value in jump.items()}
    return settings


def _explain(planned: MachinePlan, asked: AskedMachine, ledger: Ledger) -> None:
    where = f"machine.{planned.name}"
    written = "as written"
    default = "the server type's" if asked.provider == "hcloud" else "default of the sandbox"
    if planned.os == "any":
        ledger.decide(f"{where}.os", "any", "an existing machine keeps its system; Preflight looks at it")
    else:
        ledger.decide(f"{where}.os", planned.os, written if asked.os else "default of machines that are made")
    for key in ("memory_gib", "disk_gib"):
        value = getattr(planned, key)
        if value is None:
            ledger.decide(f"{where}.{key}", "measured", "not written: Preflight measures and judges it")
        else:
            ledger.decide(f"{where}.{key}", f"{value:g}", written if getattr(asked, key) else default)
    if asked.harden is not None:
        reason = written
    elif planned.harden:
        reason = "a machine that is made is ours alone: default deny, sshd and account policy are set"
    else:
        reason = "somebody else's machine: only what our manifest names is ours"
    ledger.decide(f"{where}.harden", "yes" if planned.harden else "no", reason)
    if planned.harden:
        reason = written if asked.ssh_allow else "private networks" if planned.ssh_allow else "not written: keys only"
        ledger.decide(f"{where}.ssh_allow", shown(planned.ssh_allow), reason)
