"""What a machine says about its driver before anything is installed: only what every system can answer."""

import re
import shlex
from dataclasses import dataclass

from plan.driver import SecureBoot
from verify.check import CouldNotTell
from verify.transport import Shell

# The last byte of the firmware's variable is what mokutil, which may be missing, says in words.
ASK = r"""
. /etc/os-release; echo "system $ID-$VERSION_ID"
echo "loaded $(cat /sys/module/nvidia/version 2>/dev/null)"
echo "installed $(modinfo -F version nvidia 2>/dev/null || find /lib/modules -name 'nvidia.ko*' | head -n 1)"
echo "smi $(command -v nvidia-smi)"
m=$(modinfo -F filename nvidia 2>/dev/null)
of() { dpkg -S "$1" 2>/dev/null | head -n 1 | cut -d: -f1 | grep .; }
from=$([ -z "$m" ] || of "$(readlink -f "$m")" || of "/usr/src/nvidia-$(modinfo -F version nvidia)/dkms.conf" ||
  { [ -e /usr/bin/nvidia-uninstall ] && echo "NVIDIA's installer (.run)"; })
echo "from $from"
echo "ours $(grep -o '"/etc/modprobe.d/eigenherd-nouveau.conf"' /etc/eigenherd/manifest.json 2>/dev/null)"
if [ -d /sys/firmware/efi ]; then
  echo "boot $(od -An -tu1 /sys/firmware/efi/efivars/SecureBoot-* 2>/dev/null | awk 'END {print $NF}')"
  for key in /var/lib/shim-signed/mok/MOK.der /var/lib/dkms/mok.pub; do
    [ ! -e "$key" ] || echo "key $(mokutil --test-key "$key" 2>&1)"
  done
else
  echo "boot 0"
fi
echo "kernels $(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 'linux-image-*' 2>/dev/null \
  | sed -n 's/^installed //p' | tr '\n' ' ')"
"""


@dataclass(frozen=True)
class HostDriver:
    """system: as in a plan's choices, `debian-12`. loaded: the version in the running kernel, else empty.

    installed: there are modules, loaded or not. smi: nvidia-smi is there. ours: an earlier deployment installed it.
    origin: the package, or the installer, that they came with.
    kernels: installed packages of kernels, meta packages among them.
    """

    system: str
    secure_boot: SecureBoot
    loaded: str
    installed: str
    smi: bool
    ours: bool
    kernels: frozenset[str]
    origin: str = ""

    @property
    def any(self) -> str:
        return self.loaded or self.installed

    @property
    def named(self) -> str:
        """The version, and where it came from if that is known."""
        return f"{self.any} from {self.origin}" if self.origin else self.any

    @property
    def branch(self) -> int | None:
        """None where there is no driver, or its version is not told."""
        first = re.match(r"(\d{3})\.\d", self.any)
        return int(first[1]) if first else None


def host_driver(host: Shell) -> HostDriver:
    output = host.run(f"sh -c {shlex.quote(ASK)}", root=True)
    lines = [line.partition(" ")[::2] for line in output.stdout.splitlines()]
    said = {word: rest.strip() for word, rest in lines if word != "key"}
    missing = {"system", "loaded", "installed", "smi", "ours", "boot", "kernels"} - said.keys()
    if missing:
        text = (output.stdout + output.stderr).strip()[:200] or "nothing"
        raise CouldNotTell("system, driver, kernel and Secure Boot of the machine", text, "run the preflight again")
    enrolled = any(word == "key" and rest.strip().endswith("is already enrolled") for word, rest in lines)
    states: dict[str, SecureBoot] = {"0": "off", "1": "enrolled" if enrolled else "on"}
    return HostDriver(
        system=said["system"],
        secure_boot=states.get(said["boot"], "unknown"),
        loaded=said["loaded"],
        installed=said["installed"],
        smi=bool(said["smi"]),
        ours=bool(said["ours"]),
        kernels=frozenset(said["kernels"].split()),
        origin=said.get("from", ""),
    )
