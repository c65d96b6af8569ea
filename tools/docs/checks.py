"""Every check that `eigenherd verify` knows, with when it runs and by whose word it judges."""

from itertools import groupby

from tools.docs.markdown import document, table
from verify.check import Check
from verify.registry import all_checks

STAGES = ("preflight", "watch", "full", "disruptive")


def page() -> str:
    ordered = sorted(all_checks(), key=lambda check: (STAGES.index(check.stage), check.parts, check.name))
    blocks = []
    for stage, checks in groupby(ordered, key=lambda check: check.stage):
        blocks += [
            f"## {stage}",
            table(("check", "of", "severity", "what must hold", "by whose word"), map(row, checks)),
        ]
    intro = (
        "`preflight` runs before anything is changed; `watch` takes seconds and disturbs nobody; `full` is what `up` "
        "runs after a change; `disruptive` reboots, and runs only when asked. Checks marked GPU are skipped, "
        "with that reason, where the plan has none."
    )
    return document("The checks", intro, *blocks)


def row(check: Check) -> tuple[str, ...]:
    name = f"`{check.name}`" + (" (GPU)" if check.gpu else "")
    return name, ", ".join(check.parts), check.severity, check.text, check.source
