"""A report as one HTML page that needs nothing else: no script, no font, no network."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from verify.report import ORDER, Report
from verify.reports.figures import bars, latencies

SLOWEST = 10


def html(report: Report) -> str:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    counts = {outcome: sum(r.outcome == outcome for r in report.results) for outcome in ORDER}
    slowest = sorted(report.results, key=lambda r: -r.duration_s)[:SLOWEST]
    return environment.get_template("page.html.j2").render(
        report=report,
        verdict=report.said,
        counts={outcome: count for outcome, count in counts.items() if count},
        latencies=latencies(report.samples),
        stages=bars([*((time.name, time.seconds) for time in report.times), ("verify", report.duration_s)]),
        slowest=bars([(f"{r.check} {r.model}".strip(), r.duration_s) for r in slowest]),
    )
