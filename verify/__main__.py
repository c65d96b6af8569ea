"""`python -m verify`: a handover on standard input, a line per check, a report, an exit code.

Exit codes: 0 it works, 1 it does not, 2 could not tell or was asked wrongly. The last line is one JSON
object: verdict, failing and reason (names of checks only), and the report's folder.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from plan.errors import EigenherdError, SpecError
from plan.machine import Handover
from plan.plan import Part
from verify.agenda import selected, waves
from verify.check import Result, Stage
from verify.gateway import Gateway
from verify.local import Local
from verify.registry import all_checks
from verify.report import Report
from verify.reports import archive, terminal
from verify.runner import Runner
from verify.transport import Ssh
from verify.verdict import EXIT_CODES, failing, not_passed, reason


def main(arguments: Sequence[str] | None = None) -> int:
    try:
        options = parser().parse_args(arguments)
        handover = Handover.read(sys.stdin)
        stage, parts = options.stage, named(options.parts)
        report = verify(handover, stage, parts, options.local)
    except EigenherdError as error:
        print(f"stack  {error}", flush=True)
        print(json.dumps({"verdict": "error", "reason": f"wanted {error.wanted}, found {error.found}"}), flush=True)
        return 2
    place = archive.write(report, Path(handover.folder), latest=stage != "preflight")
    terminal.summary(report, place)
    judged = report.verdict
    last: dict[str, object] = {"verdict": judged, "report": str(place / "report.html")}
    last["failing"] = failing(report.results, report.plan)
    if options.local:
        last["not_passed"] = not_passed(report.results)
    if EXIT_CODES[judged]:
        last["reason"] = f"{reason(report.results, report.plan)}; report: {place / 'report.html'}"
    print(json.dumps(last), flush=True)
    return EXIT_CODES[judged]


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m verify", description=__doc__)
    parser.add_argument("--stage", choices=get_args(Stage), default="full")
    parser.add_argument("--parts", default="", help="only checks that judge these parts, separated by commas")
    parser.add_argument("--local", default="", metavar="MACHINE", help="this very computer is that machine; no SSH")
    return parser


def named(text: str) -> tuple[Part, ...]:
    known: tuple[Part, ...] = get_args(Part)
    asked = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := [name for name in asked if name not in known]:
        raise SpecError(f"parts among {', '.join(known)}", ", ".join(unknown), "spell them as in the plan")
    return tuple(part for part in known if part in asked)


def verify(handover: Handover, stage: Stage, parts: tuple[Part, ...], local: str = "") -> Report:
    """Ask everything that the stage asks of these parts, and print each answer as it comes."""
    checks = selected(all_checks(), stage, parts)
    asked = [m for m in handover.machines if local in ("", m.name)]
    if not asked:
        names = ", ".join(machine.name for machine in handover.machines)
        raise SpecError(f"--local with one of {names}", local, "name this very computer as the stack does")
    hosts = {m.name: Local.named(m.name) if local else Ssh(handover.ssh_config, m.name, m.sudo) for m in asked}
    gateway = Gateway(handover)
    width = max((len(check.name) for check in checks), default=0)

    def say(result: Result) -> None:
        terminal.line(result, width)

    started = time.time()
    try:
        results = Runner(handover, hosts, gateway, say, bool(local), started).run(waves(checks, handover, [*hosts]))
    finally:
        for host in hosts.values():
            host.close()
    return Report(
        plan=handover.plan,
        machines=handover.machines,
        url=handover.url,
        stage=stage,
        parts=parts,
        started=datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds"),
        duration_s=round(time.time() - started, 1),
        results=tuple(results),
        samples=tuple(gateway.samples),
        times=archive.stage_times(Path(handover.folder)),
    )


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold the handover's secrets
    sys.exit(main())
