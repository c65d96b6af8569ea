"""Whether the firmware asks for signed modules, and knows the key that DKMS signs with."""

import shlex

from pyinfra.api.facts import FactBase

from plan.driver import SecureBoot

VARIABLE = "/sys/firmware/efi/efivars/SecureBoot-*"
KEYS = "/var/lib/shim-signed/mok/MOK.der /var/lib/dkms/mok.pub"

# The variable's last byte is what mokutil, which may be missing, says in words.
LOOK = f"""\
[ -d /sys/firmware/efi ] || {{ echo no EFI; exit 0; }}
mokutil --sb-state 2>&1 || od -An -tu1 {VARIABLE} 2>/dev/null | awk 'END {{print "SecureBoot byte " $NF}}'
for key in {KEYS}; do [ ! -e $key ] || mokutil --test-key $key 2>&1; done
true
"""


class SecureBootState(FactBase[SecureBoot]):
    """As the plan names it: `enrolled` is on, with a key of DKMS's that the firmware knows."""

    @staticmethod
    def default() -> SecureBoot:
        return "unknown"

    def command(self) -> str:
        return f"sh -c {shlex.quote(LOOK)}"

    def process(self, output: list[str]) -> SecureBoot:
        words = [line.strip() for line in output]
        if any(word in ("no EFI", "SecureBoot disabled", "SecureBoot byte 0") for word in words):
            return "off"
        if any("not supported on this system" in word for word in words):
            return "off"
        if not any(word in ("SecureBoot enabled", "SecureBoot byte 1") for word in words):
            return "unknown"
        return "enrolled" if any(word.endswith("is already enrolled") for word in words) else "on"
