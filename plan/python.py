"""What runs in a virtual environment of its own on a machine, and when that judges a new kernel and driver."""

from plan.value import Value


class PythonEnvironment(Value):
    """A virtual environment on the host, installed from a lock with hashes (`plan/locks/<lock>`)."""

    name: str
    version: str
    lock: str
    lock_sha256: str
    download_mib: int
    installed_mib: int


class Maintenance(Value):
    """When machines whose driver is ours move it together with the kernel, and what judges them then.

    window: in words. calendar: the same as systemd takes it. python: what the checks run in on the machine itself.
    """

    window: str
    calendar: str
    python: PythonEnvironment
