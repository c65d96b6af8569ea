"""`python -m tools.bench [name...]`: runs the measurements (all of them without names), prints and keeps the figures.

Keeps build/bench.json; after all of them docs/bench.json and docs/bench.md as well. A goal that is missed
is shown as missed; exit code 1 is for what could not be measured.
"""

import json
import sys
import time
from contextlib import suppress

from plan.errors import EigenherdError
from tools.bench import BenchError, measures, report
from tools.bench.figure import Figure
from tools.bench.lab import Lab
from tools.checkout import BUILD, ROOT


def main(asked: list[str]) -> int:
    known = measures.names()
    if unknown := set(asked) - set(known):
        print(f"bench: no measurement {', '.join(sorted(unknown))}; known: {', '.join(known)}", file=sys.stderr)
        return 2
    started = time.monotonic()
    figures: list[Figure] = []
    errors: dict[str, str] = {}
    lab = Lab(say)
    try:
        for name in asked or known:
            measure(lab, name, figures, errors)
            keep(report.record(figures, errors, time.monotonic() - started), figures, whole=not asked)
    finally:
        with suppress(BenchError, EigenherdError):
            lab.close()
    print(report.text(figures))
    for name, reason in errors.items():
        print(f"ERROR   {name}: {reason}")
    return 1 if errors else 0


def measure(lab: Lab, name: str, figures: list[Figure], errors: dict[str, str]) -> None:
    module = measures.load(name)
    say(f"{name}: {(module.__doc__ or '').strip()}")
    started = time.monotonic()
    try:
        figures += module.measure(lab)
    except (BenchError, EigenherdError, OSError, TimeoutError) as error:
        errors[name] = str(error)[:500]
        say(f"{name} could not be measured: {error}")
    say(f"{name}: {time.monotonic() - started:.0f} s")


def keep(recorded: dict[str, object], figures: list[Figure], whole: bool) -> None:
    """After each measurement, so that an interrupted run leaves what it found."""
    text = json.dumps(recorded, indent=1) + "\n"
    BUILD.mkdir(exist_ok=True)
    (BUILD / "bench.json").write_text(text)
    if whole:
        (ROOT / "docs" / "bench.json").write_text(text)
        (ROOT / "docs" / "bench.md").write_text(report.page(recorded, figures))


def say(line: str) -> None:
    print(f"bench: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
