"""The driver is loaded: at once where nothing is in its way, else after one reboot."""

import shlex

from pyinfra.api.command import FunctionCommand, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy.facts.nvidia import NvidiaState
from deploy.notice import announce, wait_for_users
from deploy.record import Commands
from deploy.restart import restart

LOAD = """\
said=$(modprobe nvidia 2>&1) && said=$(modprobe nvidia-uvm 2>&1) && exit 0
[ ! -d /sys/module/nouveau ] || said="$said; nouveau has the card: who loads it, in spite of /etc/modprobe.d?"
case $said in
  *"Key was rejected"*) said="$said; Secure Boot is on and the modules' key is not enrolled: mokutil --import it" ;;
  *"No such device"*) said="$said; the kernel sees no card that this driver knows: lspci -d 10de:" ;;
esac
echo "the driver does not load: $said" >&2
dmesg 2>/dev/null | grep -iE 'nvidia|NVRM' | tail -n 5 >&2
exit 1
"""


YOURSELF = "the driver needs a reboot, and this is the computer you sit at: reboot it, then run the same command again"


@operation()
def loaded(here: bool, theirs: bool) -> Commands:
    """The driver that is installed runs.

    here: the computer this run is on. theirs: its users are told and waited for, not thrown out.
    """
    found = host.get_fact(NvidiaState)
    if found.agrees:
        return
    if found.loaded or found.nouveau or not found.here:
        if here:
            yield StringCommand(f"echo {shlex.quote(YOURSELF)} >&2; exit 1")
        yield FunctionCommand(wait_for_users if theirs else announce, (), {})
        yield FunctionCommand(restart, (), {})
    yield StringCommand(LOAD)
