"""`eigenherd init`: look at a machine over SSH, change nothing, write the environment file for it."""

from pathlib import Path
from tempfile import TemporaryDirectory

from plan import draft
from plan.derive import refuse_name
from plan.environment import AskedMachine
from plan.environment.refusal import checked
from plan.errors import SpecError
from plan.plan import MachinePlan
from stacks.asked import folder
from stacks.existing import known_hosts
from stacks.existing import machine as existing

LOOK = r"""
. /etc/os-release; echo "os=$ID-${VERSION_ID%%.*}"
echo "memory_mib=$(awk '/^MemTotal/ {print int($2 / 1024)}' /proc/meminfo)"
echo "seen_from=${SSH_CLIENT%% *}"
echo "disk_free_mib=$(df -Pm /var | awk 'NR == 2 {print $4}')"
for device in /sys/bus/pci/devices/*; do
  case "$(cat $device/vendor):$(cat $device/class)" in 0x10de:0x03*) echo "gpu=$(cat $device/device)";; esac
done
nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2>/dev/null | sed 's/^/gpu_name=/'
"""


def init(name: str, host: str, user: str, port: int, host_key: str, identity: str) -> None:
    refuse_name(name)
    asked: dict[str, str | int] = {"provider": "existing", "address": host}
    if host != "this":
        asked |= {"user": user, "port": port}
        asked |= {key: value for key, value in (("host_key", host_key), ("identity", identity)) if value}
    checked(AskedMachine, asked)
    path = folder() / f"Pulumi.{name}.yaml"
    if path.exists():
        raise SpecError(f"a new environment {name}", f"{path} is there already", "choose another name, or edit it")
    settings: dict[str, str | int | bool] = {
        "address": host,
        "user": user,
        "port": port,
        "host_key": host_key or known_hosts.key(host, port),
        "identity": identity,
    }
    planned = MachinePlan(
        name=name,
        provider="existing",
        roles=("gateway", "engine"),
        os="any",
        gpu=None,
        memory_gib=None,
        disk_gib=None,
        harden=False,
        ssh_allow=(),
        provider_settings=settings,
    )
    with TemporaryDirectory() as scratch:
        home = Path(scratch)
        machine = existing.look(planned, home)
        lines = existing.connect(machine, planned, home, LOOK)
    path.write_text(draft.render(name, host, machine, lines, identity))
    print(f"written: {path}\nread it, then run: eigenherd up {name}")
