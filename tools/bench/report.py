"""The figures of a run as a table, as JSON, and as a page."""

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from tools.bench.ansible import LOCK
from tools.bench.figure import Figure, Series
from tools.checkout import ROOT

PACKAGES = ("pulumi", "pyinfra", "paramiko", "pydantic")


def record(figures: Sequence[Figure], errors: dict[str, str], seconds: float) -> dict[str, Any]:
    return {"conditions": conditions(seconds), "figures": [figure.shown() for figure in figures], "errors": errors}


def conditions(seconds: float) -> dict[str, Any]:
    changed = git("status", "--porcelain", "-uno", "--", ":!docs")  # this report itself lies there
    commit = git("rev-parse", "--short", "HEAD") + ("-changed" if changed else "")
    versions = {name: version(name) for name in PACKAGES}
    versions["python"] = platform.python_version()
    versions["ansible-core"] = LOCK.read_text().partition("ansible-core==")[2].split()[0]
    pulumi = subprocess.run(["pulumi", "version"], capture_output=True, text=True)
    versions["pulumi-cli"] = pulumi.stdout.strip().removeprefix("v")
    return {
        "commit": commit,
        "when": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cores": os.cpu_count(),
        "load_average_at_the_end": [round(value, 2) for value in os.getloadavg()],
        "took_s": round(seconds),
        "versions": versions,
    }


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def table(figures: Sequence[Figure]) -> list[tuple[str, str, str, str, str, str]]:
    """what, ours, beside, value, goal, met."""
    return [
        (
            figure.what,
            cell(figure.ours, figure.unit),
            cell(figure.beside, figure.unit) if figure.beside else "",
            f"{round(figure.value, 2):g} {figure.value_unit}",
            goal(figure),
            {True: "met", False: "MISSED", None: ""}[figure.met],
        )
        for figure in figures
    ]


def cell(series: Series, unit: str) -> str:
    """Median, and from least to most."""
    if len(series.values) == 1:
        return f"{series.median:.3g} {unit}"
    return f"{series.median:.3g} {unit} ({min(series.values):.3g} to {max(series.values):.3g}, n={len(series.values)})"


def goal(figure: Figure) -> str:
    if figure.goal is None:
        return ""
    return f"{'at most' if figure.better == 'less' else 'at least'} {figure.goal:g}"


def text(figures: Sequence[Figure]) -> str:
    lines = []
    for what, ours, beside, value, wanted, met in table(figures):
        lines.append(f"{met or '-':7} {value:22} {wanted:14} {what}")
        lines.append(f"{'':45} ours {ours}" + (f"; beside {beside}" if beside else ""))
    return "\n".join(lines)


def page(recorded: dict[str, Any], figures: Sequence[Figure]) -> str:
    found = recorded["conditions"]
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    heads = ("what", "ours", "beside", "found", "goal", "")
    rows = [heads, ("---",) * len(heads), *table(figures)]
    lines = [
        "# What it costs",
        "",
        "Written by `make bench`. Medians, from least to most; what is compared ran in turns in the same run.",
        "",
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
        f"Commit {found['commit']}, {found['when']}, {found['cores']} cores, load average at the end "
        f"{found['load_average_at_the_end'][0]}, {found['took_s']} s in all. {versions}.",
        "",
        *(f"- {figure.name}: {figure.note}." for figure in figures if figure.note),
        *(f"- {name} could not be measured: {reason}" for name, reason in recorded["errors"].items()),
    ]
    return "\n".join(lines).rstrip() + "\n"
