"""The NVIDIA driver a machine gets, for each system and Secure Boot state it may turn out to have.

Chosen by `plan.derive.driver`; the host only says what it is, and `select` gives what was planned for that.
"""

from typing import Literal

from plan.errors import PlanError
from plan.value import Value

System = Literal["debian-12", "debian-13", "ubuntu-22.04", "ubuntu-24.04", "ubuntu-26.04"]
SecureBoot = Literal["off", "on", "enrolled", "unknown"]
"""on: with no key of DKMS's enrolled; enrolled: on, with one; unknown: nobody has looked yet."""
Modules = Literal["open", "proprietary"]
DriverSource = Literal["ubuntu", "debian", "nvidia"]
Built = Literal["signed", "dkms"]


class Kernel(Value):
    """A kernel the system may run, by its meta packages. modules: the driver's modules, ready for that kernel."""

    image: str
    headers: str
    modules: str | None = None


class Driver(Value):
    """The driver and the packages it comes in; all of one source.

    repository: the system's folder in NVIDIA's network repository. components: of the archive, to be enabled.
    pinning: installed before all others, keeps apt on the branch. built: signed by the distribution, or by DKMS
    on the machine. kernels: the machine's own is one of them. cuda: the runtime that torch brings.
    """

    branch: int
    modules: Modules
    source: DriverSource
    built: Built
    repository: str | None
    components: tuple[str, ...]
    pinning: str | None
    packages: tuple[str, ...]
    kernels: tuple[Kernel, ...]
    cuda: str
    torch: str

    def installed(self, kernel: Kernel) -> tuple[str, ...]:
        """Everything that is installed, in one transaction, after the pinning package."""
        needed = (kernel.headers,) if self.built == "dkms" else (kernel.modules,)
        return tuple(name for name in (*needed, *self.packages) if name)

    def held(self, kernel: Kernel) -> tuple[str, ...]:
        """What changes together or not at all: kernel, headers, modules, driver."""
        return tuple(name for name in (kernel.image, kernel.headers, kernel.modules, *self.packages) if name)


class Refusal(Value):
    """Why there is no driver: as a PlanError says it."""

    wanted: str
    found: str
    todo: str

    def error(self) -> PlanError:
        return PlanError(self.wanted, self.found, self.todo)


class DriverChoice(Value):
    """Either a driver or a refusal, for one system in some states of Secure Boot."""

    system: System
    secure_boot: tuple[SecureBoot, ...]
    driver: Driver | None = None
    refusal: Refusal | None = None


def least_branch(choices: tuple[DriverChoice, ...]) -> int:
    """What a driver that is there already must at least be."""
    return min(choice.driver.branch for choice in choices if choice.driver)


def select(choices: tuple[DriverChoice, ...], system: str, secure_boot: SecureBoot) -> Driver:
    """What was planned for a host of this system (`debian-12`, from its os-release), or the refusal."""
    for choice in choices:
        if choice.system == system and secure_boot in choice.secure_boot:
            if choice.driver:
                return choice.driver
            assert choice.refusal  # noqa: S101 (one of the two)
            raise choice.refusal.error()
    known = ", ".join(dict.fromkeys(choice.system for choice in choices)) or "no GPU in the plan"
    raise PlanError("a system with a planned driver", system, f"planned: {known}")
