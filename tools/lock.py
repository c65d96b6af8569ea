"""Writes a `<name>.txt` beside each `<name>.in`: `python -m tools.lock [name...]`, or `make lock`.

uv resolves once for all Pythons; what is kept are the wheels for Linux on x86_64 that Debian 12's glibc can
load, so that a lock names every file a host may get and nothing else.
"""

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

from plan.errors import SpecError
from plan.lock import FOLDER, PYTHONS

SOURCES = [*sorted(FOLDER.glob("*.in")), Path(__file__).with_name("ollama") / "toolchain.in"]
NEWEST_GLIBC = 36  # Debian 12 has 2.36


def main() -> None:
    for source in SOURCES:
        if source.stem in (sys.argv[1:] or [source.stem]):
            text = render(source.stem, resolve(source))
            source.with_suffix(".txt").write_text(text)
            print(f"{source.stem}: {text.count('# wheel: ')} wheels", flush=True)


def resolve(source: Path) -> list[dict[str, Any]]:
    """The packages of uv's own lock format, which gives size and hash of every file."""
    with tempfile.TemporaryDirectory() as folder:
        lock = Path(folder) / "pylock.toml"
        command = ["uv", "pip", "compile", "--quiet", "--universal", "--fork-strategy", "fewest"]
        command += ["--python-version", PYTHONS[0], "--format", "pylock.toml", "--output-file", str(lock)]
        subprocess.run([sys.executable, "-m", *command, str(source)], check=True)
        packages: list[dict[str, Any]] = tomllib.loads(lock.read_text())["packages"]
        return packages


def render(name: str, packages: list[dict[str, Any]]) -> str:
    lines = [
        f"# Written by `make lock` from {name}.in: Linux x86_64, Python {PYTHONS[0]} to {PYTHONS[-1]}.",
        "# `wheel:` lines give file and bytes, in the order of the hashes.",
    ]
    for package in packages:
        if not is_wanted(package):
            continue
        wheels = chosen(package.get("wheels", []))
        if not wheels:
            raise SpecError(f"{package['name']} has a wheel for Linux x86_64", "none", "pin another version")
        hashes = [f"    --hash=sha256:{wheel['hashes']['sha256']}" for wheel in wheels]
        lines += ["", *(f"# wheel: {file_name(wheel)} {wheel['size']}" for wheel in wheels)]
        lines.append(" \\\n".join([f"{package['name']}=={package['version']}", *hashes]))
    return "\n".join(lines) + "\n"


def is_wanted(package: dict[str, Any]) -> bool:
    """Whether Linux hosts install the package; a lock without markers needs one answer for all Pythons."""
    marker = Marker(package.get("marker", "python_version > '3'"))
    linux = {
        "sys_platform": "linux",
        "platform_machine": "x86_64",
        "platform_system": "Linux",
        "os_name": "posix",
    }
    answers = {
        marker.evaluate({**linux, "python_version": version, "python_full_version": f"{version}.0"})
        for version in PYTHONS
    }
    if len(answers) > 1:
        raise SpecError(f"{package['name']} for every Python or for none", str(marker), "pin another version")
    return answers.pop()


def file_name(wheel: dict[str, Any]) -> str:
    return str(wheel["url"]).rsplit("/", 1)[1]


def is_ours(file: str) -> bool:
    return not OURS.isdisjoint(parse_wheel_filename(file)[3])


def chosen(wheels: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One wheel for each Python: made for it before others, then for the oldest glibc."""
    names = {file_name(wheel): wheel for wheel in wheels if is_ours(file_name(wheel))}
    tags = {name: parse_wheel_filename(name)[3] for name in names}
    best = set()
    for order in ORDERS:
        fitting = [name for name in sorted(names) if not tags[name].isdisjoint(order)]
        if fitting:
            best.add(min(fitting, key=lambda name: min(order[tag] for tag in tags[name] if tag in order)))
    return [names[name] for name in sorted(best)]


def _order(version: str) -> dict[Tag, int]:
    """What Python of this version installs, best first."""
    platforms = [f"{old}_x86_64" for old in ("linux", "manylinux1", "manylinux2010", "manylinux2014")]
    platforms += [f"manylinux_2_{minor}_x86_64" for minor in range(5, NEWEST_GLIBC + 1)]
    python = tuple(int(part) for part in version.split("."))
    tags = [*cpython_tags(python, platforms=platforms)]
    tags += compatible_tags(python, f"cp{version.replace('.', '')}", platforms)
    return {tag: place for place, tag in reversed([*enumerate(tags)])}


ORDERS = tuple(map(_order, PYTHONS))
OURS = frozenset(tag for order in ORDERS for tag in order)

if __name__ == "__main__":
    main()
