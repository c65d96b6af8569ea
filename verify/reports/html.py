"""A report as one HTML page that needs nothing else: no script, no font, no network."""

from pathlib import Path

from plan.page import template
from verify.agenda import STAGES
from verify.registry import all_checks
from verify.report import ORDER, Report
from verify.reports.figures import bars, duration, latencies

SLOWEST = 10


def html(report: Report) -> str:
    counts = {outcome: sum(r.outcome == outcome for r in report.results) for outcome in ORDER}
    slowest = sorted(report.results, key=lambda r: -r.duration_s)[:SLOWEST]
    return template(Path(__file__).parent).render(
        report=report,
        verdict=report.said,
        duration=duration,
        not_asked=not_asked(report),
        counts={outcome: count for outcome, count in counts.items() if count},
        latencies=latencies(report.samples),
        stages=bars([*((time.name, time.seconds) for time in report.times), ("verify", report.duration_s)]),
        slowest=bars([(f"{r.check} {r.model}".strip(), r.duration_s) for r in slowest]),
    )


def not_asked(report: Report) -> list[str]:
    """Checks that this stage leaves out because they interrupt the service, and that no report still stands for."""
    known = {result.check for result in (*report.results, *report.earlier)}
    asks = "disruptive" not in STAGES[report.stage] and report.stage != "preflight"
    return [c.name for c in all_checks() if asks and c.stage == "disruptive" and c.name not in known]
