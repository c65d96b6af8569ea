"""A drill, and the history of drills, as lines."""

from collections.abc import Iterator, Mapping, Sequence

from drill.evidence import Drill
from drill.history import Span

COLUMNS = ("destroy", "notice", "machine", "preflight", "deployment", "verification")


def result(drill: Drill) -> Iterator[str]:
    """What happened: the stages, the answer between them, and what stayed the same."""
    yield ""
    yield f"{'':24}{'seconds':>9}{'after the destroy began':>27}"
    marks: list[tuple[float, str, float | None, bool]] = [
        (stage.ended_s, stage.name, stage.seconds, stage.failed) for stage in drill.stages
    ]
    if drill.rto_s is not None:
        marks.append((drill.rto_s, "first correct token", None, False))
    for ended_s, name, seconds, failed in sorted(marks, key=lambda mark: mark[0]):
        took = "" if seconds is None else f"{seconds:.1f}"
        note = "  <- RTO" if seconds is None else "  failed" if failed else ""
        yield f"  {name:22}{took:>9}{ended_s:>25.1f} s{note}"
    yield ""
    for machine in drill.machines:
        yield f"machine {machine.name}: {f'rebuilt, now {machine.after[:8]}' if machine.is_new else 'not rebuilt'}"
    if drill.machines and drill.kept:
        same = [kept.name for kept in drill.kept if kept.is_same]
        yield f"the same as before: {', '.join(same) or 'nothing'}"
    if drill.without_gpu:
        yield f"rehearsed without a GPU: {drill.rehearses} has an {drill.without_gpu}"
    if drill.layer:
        yield f"machines started from the kept layer {drill.layer}: these are not the times of a rebuild from base"
    if drill.verified:
        yield drill.verified.sentence
    yield drill.sentence


def history(drills: Sequence[Drill], spans: Mapping[str, Span]) -> Iterator[str]:
    """A line a drill, the latest last, then median and longest over those that passed."""
    yield f"{'drills, in seconds':22}" + "".join(f"{name:>13}" for name in (*COLUMNS, "RTO"))
    for drill in drills:
        layer = f", from layer {drill.layer}" if drill.layer else ""
        yield row(drill.when[:16], {**drill.seconds, "RTO": drill.rto_s}) + f"  {drill.outcome}{layer}"
    for word in ("median", "longest") if "RTO" in spans else ():
        values = {name: getattr(span, word) for name, span in spans.items()}
        yield row(f"{word} of {spans['RTO'].count} {spans['RTO'].of}", values)


def row(name: str, seconds: Mapping[str, float | None]) -> str:
    cells = ("" if seconds.get(name) is None else f"{seconds[name]:.1f}" for name in (*COLUMNS, "RTO"))
    return f"{name:22}" + "".join(f"{cell:>13}" for cell in cells)
