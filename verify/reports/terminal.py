"""A report on the terminal: one line a result, then a table for people or a summary for a log."""

import sys
import threading
from pathlib import Path

from rich.console import Console
from rich.table import Table

from verify.check import NO_GPU, Outcome, Result
from verify.report import Report

STYLES: dict[Outcome, str] = {
    "passed": "green",
    "simulated": "cyan",
    "failed": "bold red",
    "error": "bold magenta",
    "not_run": "magenta",
    "unsupported": "yellow",
    "skipped": "dim",
}
_lock = threading.Lock()


def line(result: Result, width: int) -> None:
    """Without a GPU in the plan, half of all checks are not asked: the summary counts them."""
    if result.measured == NO_GPU:
        return
    """`machine  check  outcome  seconds  what was seen`; a second line says what to do."""
    about = f"{result.model}: " if result.model else ""
    words = f"{result.machine}  {result.check:<{width}}  {result.outcome:<11}  {result.duration_s:6.1f} s  "
    lines = [
        words + about + (result.measured if not result.wanted else f"wanted {result.wanted}; found {result.found}")
    ]
    if result.todo:
        lines.append(f"{result.machine}  {'':<{width}}  -> {result.todo}")
    with _lock:
        for text in lines:
            print(" ".join(text.splitlines()), flush=True)


def summary(report: Report, place: Path) -> None:
    """On a terminal a table; elsewhere lines that start with `stack`, like all others."""
    if sys.stdout.isatty():
        console = Console(highlight=False)
        console.print(table(report))
        console.print(report.sentence, style=f"bold {STYLES[report.verdict].removeprefix('bold ')}")
        console.print(f"report: {place / 'report.html'}", soft_wrap=True)
        return
    for result in report.to_mend():
        print(f"stack  {result.severity} {result.outcome}: {result.check} ({result.machine}): {result.todo}")
    if report.not_run():
        print(f"stack  not run until then: {', '.join(report.not_run())}")
    print(f"stack  {report.sentence}")
    print(f"stack  report: {place / 'report.html'}", flush=True)


def table(report: Report) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("", "check", "machine", "outcome", "measured", "bound"):
        table.add_column(heading, overflow="fold")
    for part, results in report.by_part().items():
        for i, result in enumerate(results):
            style = STYLES[result.outcome]
            name = (
                f"{result.check} [dim]{result.model}[/]"
                if result.model and len(report.plan.models) > 1
                else result.check
            )
            outcome = result.outcome + (" (warning)" if result.severity == "warning" and result.wanted else "")
            table.add_row(
                part if i == 0 else "",
                name,
                result.machine,
                f"[{style}]{outcome}[/]",
                escape(result.measured or result.found),
                escape(result.bound or result.wanted),
                end_section=i == len(results) - 1,
            )
    return table


def escape(text: str) -> str:
    return text.replace("[", r"\[")
