"""The baseline of every machine: tools, time, and on machines that are ours security updates and sshd."""

from pyinfra.api.deploy import deploy
from pyinfra.context import host

from deploy.facts.packages import Present
from deploy.operations.files import place
from deploy.operations.packages import finished, packages
from deploy.operations.sleep import awake
from deploy.operations.sshd import nothing_else, sshd_settings
from deploy.operations.units import runs

TOOLS = ["ca-certificates", "curl", "nftables", "python3", "python3-venv"]

# Whoever keeps the time already goes on doing so: Debian has one time daemon at a time.
TIMEKEEPERS = {"chrony", "ntp", "ntpsec", "openntpd", "systemd-timesyncd"}

SSHD = {
    "PasswordAuthentication": "no",
    "KbdInteractiveAuthentication": "no",
    "PermitEmptyPasswords": "no",
    "PermitRootLogin": "prohibit-password",
    "X11Forwarding": "no",
    "LoginGraceTime": "30",
}

# Where keys come from, on machines whose accounts are all ours.
KEY_SOURCES = {
    "AuthorizedKeysFile": ".ssh/authorized_keys",
    "AuthorizedKeysCommand": "none",
    "TrustedUserCAKeys": "none",
    "HostbasedAuthentication": "no",
}


@deploy("Tools")
def install_tools() -> None:
    finished(name="No package is half installed")
    packages(name="Tools every machine needs", names=TOOLS)


@deploy("Time")
def keep_time() -> None:
    """In a container systemd leaves the clock alone: there the unit is enabled, and its condition not met."""
    if not TIMEKEEPERS & host.get_fact(Present).packages - {"systemd-timesyncd"}:
        packages(name="A time daemon", names=["systemd-timesyncd"])
        runs(name="Time is kept", unit="systemd-timesyncd.service", ours=False, conditional=True)


@deploy("Sleep")
def stay_awake() -> None:
    """A machine that sleeps answers nobody."""
    awake(name="Nothing puts it to sleep")


@deploy("Security updates")
def update_by_itself() -> None:
    packages(name="Unattended upgrades", names=["unattended-upgrades"])
    place(name="Upgrades are on", destination="/etc/apt/apt.conf.d/52eigenherd-upgrades", values={})
    for timer in ("apt-daily.timer", "apt-daily-upgrade.timer"):
        runs(name=f"{timer} runs", unit=timer, ours=False)


@deploy("SSH server")
def admit_keys_only(alone: bool) -> None:
    """alone: nobody else configures sshd here, so that what is not Debian's or ours goes."""
    if alone:
        nothing_else(name="Debian's configuration and ours")
    sshd_settings(name="Keys only", settings=SSHD | (KEY_SOURCES if alone else {}))
