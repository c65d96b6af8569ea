"""How much disk a machine needs for what the plan installs on it."""

from plan.plan import MachinePlan, Plan

SYSTEM_MIB = 1024
RESERVE_MIB = 1024
BUILD_MIB = 1024  # of an engine that is built: its sources unpacked, and what the compiler makes of them
SECOND_SET_MIB = 2048  # kernel, headers, driver and their packages, beside those that run


def needs_mib(plan: Plan, planned: MachinePlan) -> int:
    """Downloads lie beside what is installed from them until it is; models are stored once, or twice for a moment."""
    needed = SYSTEM_MIB + RESERVE_MIB
    if "engine" in planned.roles:
        environments = [plan.torch, *([plan.engine.python] if plan.engine.python else [])]
        needed += sum(environment.installed_mib for environment in environments)
        if plan.sources.mirror is None:
            needed += max(environment.download_mib for environment in environments)
        needed += 3 * (plan.engine.archive.size // 2**20) if plan.engine.archive else 0
        needed += BUILD_MIB if plan.engine.archive and plan.engine.python else 0
        sizes = [model.size // 2**20 for model in plan.models]
        needed += sum(sizes) * (2 if plan.engine.name == "ollama" else 1) + max(sizes, default=0)
    if plan.maintenance and planned.gpu:
        needed += plan.maintenance.python.installed_mib + SECOND_SET_MIB
    return needed
