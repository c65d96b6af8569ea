"""The NVIDIA driver: what the kernel has loaded, and which modules lie ready for this kernel and for the next."""

from dataclasses import dataclass

from pyinfra.api.facts import FactBase

# The newest installed kernel is the one a boot loader starts. In a container there is none: it has its host's.
NEXT = "next=$(ls /boot/vmlinuz-* 2>/dev/null | sed s#^/boot/vmlinuz-## | sort -V | tail -n 1); : ${next:=$(uname -r)}"


# Debian gives the modules of its own packages names of their own.
NAMES = "nvidia nvidia-current nvidia-current-open"
VERSION = f"version() {{ for name in {NAMES}; do modinfo -k $1 -F version $name 2>/dev/null && return; done; }}"


@dataclass(frozen=True)
class Nvidia:
    """running, next: kernels, now and after a reboot. loaded: the driver's version in the running kernel.

    here, coming: the version of the modules that are installed for the running and the next kernel; empty where
    there are none. smi: nvidia-smi is there.
    """

    running: str
    next: str
    loaded: str = ""
    here: str = ""
    coming: str = ""
    nouveau: bool = False
    smi: bool = False

    @property
    def any(self) -> str:
        """The version of whatever driver there is."""
        return self.loaded or self.here or self.coming

    @property
    def usable(self) -> bool:
        return bool(self.loaded) and self.smi

    @property
    def branch(self) -> int:
        return int(self.any.partition(".")[0] or 0)

    @property
    def agrees(self) -> bool:
        """The loaded driver is the one that is installed."""
        return bool(self.loaded) and self.loaded == self.here


class NvidiaState(FactBase[Nvidia]):
    """An Nvidia."""

    def command(self) -> str:
        return (
            f'{NEXT}; {VERSION}; echo "running=$(uname -r)"; echo "next=$next";'
            ' echo "loaded=$(cat /sys/module/nvidia/version 2>/dev/null)";'
            ' echo "here=$(version $(uname -r))";'
            ' echo "coming=$(version $next)";'
            ' echo "nouveau=$(ls -d /sys/module/nouveau 2>/dev/null)";'
            ' echo "smi=$(command -v nvidia-smi)"'
        )

    def process(self, output: list[str]) -> Nvidia:
        values = dict(line.split("=", 1) for line in output)
        texts = {key: values[key] for key in ("running", "next", "loaded", "here", "coming")}
        return Nvidia(**texts, nouveau=bool(values["nouveau"]), smi=bool(values["smi"]))


class InitramfsCurrent(FactBase[bool]):
    """The next kernel's initramfs was made after this file; or there is none."""

    default = bool

    def command(self, path: str) -> str:
        image = "/boot/initrd.img-$next"
        return f'{NEXT}; if [ ! -e "{image}" ] || [ "{image}" -nt {path} ]; then echo current; else echo old; fi'

    def process(self, output: list[str]) -> bool:
        return output[-1] == "current"


class DeviceNodes(FactBase[bool]):
    """Every device file that computing needs is there, for each card."""

    default = bool

    def command(self) -> str:
        return (
            "set -- /dev/nvidia[0-9]*; cards=$(ls /proc/driver/nvidia/gpus 2>/dev/null | wc -l);"
            ' if [ -c /dev/nvidiactl ] && [ -c /dev/nvidia-uvm ] && [ -c "$1" ] && [ $# -ge "$cards" ];'
            " then echo all; else echo some; fi"
        )

    def process(self, output: list[str]) -> bool:
        return output[-1] == "all"
