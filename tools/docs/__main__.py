"""`python -m tools.docs` writes the pages; with `--check` it only fails when one is out of date."""

import sys

from tools.checkout import ROOT
from tools.docs import catalog, checks, drivers, environment, faults, gpu_checks, offers, sizing, worth

PAGES = {
    "docs/environment.schema.json": environment.schema,
    "docs/environment.md": environment.page,
    "docs/catalog.md": catalog.page,
    "docs/drivers.md": drivers.page,
    "docs/offers.md": offers.page,
    "docs/worth.md": worth.page,
    "docs/checks.md": checks.page,
    "docs/faults.md": faults.page,
    "docs/sizing.md": sizing.page,
    "docs/gpu-checks.md": gpu_checks.page,
}


def main(arguments: list[str]) -> int:
    stale = []
    for name, make in PAGES.items():
        path, text = ROOT / name, make()
        if path.exists() and path.read_text() == text:
            continue
        stale.append(name)
        if arguments != ["--check"]:
            path.write_text(text)
            print(f"written: {name}")
    if stale and arguments == ["--check"]:
        print(f"out of date: {', '.join(stale)}\n  -> make docs", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
