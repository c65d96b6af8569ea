"""A rented server becomes a machine of the stack: rescue system, installimage, first boot with a host key of ours."""

from dataclasses import dataclass, field
from pathlib import Path

from plan.errors import ProviderError
from plan.machine import Machine
from plan.plan import MachinePlan
from stacks.robot import alone, fingerprint, installation, installimage, post_install, rescue, servers, shell
from stacks.robot.client import Robot

LOOK = f"""
echo "marker=$(cat {post_install.MARKER} 2>/dev/null)"
echo "ipv6=$(ip -6 -o addr show scope global -temporary -deprecated | awk 'NR == 1 {{sub("/.*", "", $4); print $4}}')"
"""


@dataclass(frozen=True)
class Wanted:
    """A server as it is to be. home: the stack's folder. authorized, private_key: the stack's own pair."""

    number: int
    planned: MachinePlan
    hostname: str
    host_private: str = field(repr=False)
    host_public: str
    private_key: str = field(repr=False)
    authorized: str
    home: Path

    @property
    def generation(self) -> int:
        return int(self.planned.provider_settings.get("generation") or 1)

    def has(self, marker: str) -> bool:
        """Whether an installation with that marker is the wanted one."""
        return post_install.same(marker, self.planned.os, self.generation)

    def machine(self, address: str, key: str) -> Machine:
        """Not yet looked at."""
        return Machine(
            name=self.planned.name,
            instance="",
            state="running",
            address=address,
            ipv6=None,
            private_address=address,
            port=22,
            user="root",
            sudo=False,
            host_keys=(" ".join(key.split()[:2]),),
        )


def ensure(robot: Robot, wanted: Wanted) -> Machine:
    """The server with the wanted system; what an earlier, killed run finished is taken as it is.

    Everything that can be refused is refused before the rescue system is activated.
    """
    with alone.held(f"server-{wanted.number}", robot.say):
        address = usable(robot, wanted.number, bool(wanted.planned.provider_settings.get("leaves_germany")))
        if (found := ours(wanted, address)) and wanted.has(found[1]):
            robot.say("it is installed as wanted already")
            return found[0]
        return install(robot, wanted, address)


def usable(robot: Robot, number: int, leaves_germany: bool) -> str:
    """The server's IPv4 address."""
    found = servers.seen(robot, number)
    servers.refuse(found, leaves_germany)
    return str(found["server_ip"])


def install(robot: Robot, wanted: Wanted, address: str) -> Machine:
    key = fingerprint.md5(wanted.authorized)
    activated = rescue.activate(robot, wanted.number, key)
    try:
        robot.say(f"server {wanted.number} boots its rescue system")
        rescue.reset(robot, wanted.number)
        seen = rescue.host_key(robot, wanted.number, address, activated)
    except BaseException:
        rescue.take_back(robot, wanted.number)
        raise
    settings = wanted.planned
    with shell.opened(wanted.machine(address, seen), settings, wanted.private_key, own(wanted)) as connection:
        ground = installation.look(connection)
        text = installimage.configuration(settings.os, wanted.hostname, ground)
        script = post_install.script(
            settings.os, wanted.generation, wanted.host_private, wanted.host_public, wanted.authorized
        )
        robot.say(f"installing {settings.os} on {', '.join(d.name for d in installimage.pair(ground))}")
        installation.install(robot, connection, text, [d.name for d in installimage.pair(ground)], script)
    rescue.reset(robot, wanted.number)
    robot.say(f"server {wanted.number} boots {settings.os}")
    return answering(robot, wanted, address)


def answering(robot: Robot, wanted: Wanted, address: str) -> Machine:
    """Wait until the server answers with our host key."""

    def look() -> Machine | None:
        found = ours(wanted, address)
        return found[0] if found and wanted.has(found[1]) else None

    what = f"server {wanted.number} to answer at {address} port 22 with the host key it was given"
    machine: Machine = robot.until(what, look, rescue.BOOT_S)
    return machine


def ours(wanted: Wanted, address: str) -> tuple[Machine, str] | None:
    """The machine and what its installation says of itself, if it answers with our host key and lets us in."""
    key = " ".join(wanted.host_public.split()[:2])
    if key not in shell.key_there(address):
        return None
    machine = wanted.machine(address, key)
    try:
        with shell.opened(machine, wanted.planned, wanted.private_key, own(wanted)) as connection:
            seen = dict(line.partition("=")[::2] for line in connection.run(LOOK).splitlines())
    except ProviderError:
        return None
    instance = str(post_install.read(seen["marker"]).get("instance", ""))
    return machine.model_copy(update={"instance": instance, "ipv6": seen["ipv6"] or None}), seen["marker"]


def start(robot: Robot, wanted: Wanted, address: str) -> None:
    """A server that does not answer is reset, and has to come back as it was."""
    with alone.held(f"server-{wanted.number}", robot.say):
        if ours(wanted, address):
            return
        robot.say(f"server {wanted.number} does not answer: it is reset")
        rescue.reset(robot, wanted.number)
        what = f"server {wanted.number} to answer at {address} port 22 after a reset"
        robot.until(what, lambda: ours(wanted, address), rescue.BOOT_S)


def own(wanted: Wanted) -> Path:
    return wanted.home / f"robot-{wanted.planned.name}"
