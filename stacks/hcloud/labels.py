"""Every resource says whose it is: by name, and by labels that the console and the API can select by."""

from plan.plan import Plan


def labels(plan: Plan, machine: str | None = None) -> dict[str, str]:
    own = {"managed-by": "eigenherd", "stack": plan.stack}
    return {**own, "machine": machine} if machine else own


def name(plan: Plan, what: str) -> str:
    """Names are unique in a project, which may hold several stacks."""
    return f"{plan.stack}-{what}"
