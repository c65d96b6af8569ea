"""The packages of kernel and driver: which there are, what would change, and how they come back."""

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from commands import APT, Broken, must, patiently, run
from settings import Settings

# `Inst linux-image-amd64 [6.1.159-1] (6.1.164-1 Debian:12/stable [amd64])`; without [] it is new.
INST = re.compile(r"^Inst (\S+) (?:\[(\S+)\] )?\((\S+) ", re.MULTILINE)
REMV = re.compile(r"^Remv (\S+)", re.MULTILINE)
COMPILER = re.compile(r"error:|Error \d")

DRIVER, PINNING = ("nvidia-", "libnvidia-", "libcuda"), "nvidia-driver-pinning-"
GONE = ("config-files", "not-installed")

Versions = dict[str, str]


@dataclass(frozen=True)
class Change:
    """What apt would do: package to new version; `old` has those that are there."""

    new: Versions
    old: Versions
    removed: tuple[str, ...]


def installed(settings: Settings) -> Versions:
    """All of kernel and driver, whole."""
    form = "${db:Status-Status} ${Package} ${Version}\\n"
    text = must(["dpkg-query", "-W", "-f", form], "the installed packages")
    rows = [line.split() for line in text.splitlines()]
    return {row[1]: row[2] for row in rows if row[0] == "installed" and len(row) == 3 and settings.is_ours(row[1])}


def foreseen(settings: Settings) -> Change:
    """What bringing the held packages up to date would do."""
    there = [name for name in settings.names if name in installed(settings)]
    done = run([*APT, "--simulate", "install", *there], 300)
    if done.code != 0:
        raise Broken(f"apt finds no way to what the archive has: {done.last}")
    found = INST.findall(done.text)
    return Change(
        new={name: new for name, _, new in found},
        old={name: old for name, old, _ in found if old},
        removed=tuple(REMV.findall(done.text)),
    )


def refusal(settings: Settings, change: Change) -> str:
    """Why it must not be done; empty if it may be."""
    if lost := [name for name in change.removed if not name.startswith(("linux-image-", "linux-headers-"))]:
        return f"apt would remove {', '.join(lost[:5])}"
    for name, version in change.new.items():
        old = change.old.get(name)
        if old and run(["dpkg", "--compare-versions", version, "lt", old]).code == 0:
            return f"apt would take {name} back from {old} to {version}"
        branch = branch_of(version)
        counts = settings.branch and branch and name.startswith(DRIVER) and not name.startswith(PINNING)
        if counts and branch != settings.branch:
            return f"{name} {version} is not of the planned branch {settings.branch}"
    return ""


def branch_of(version: str) -> int:
    """580 of `580.95.05-1` or `1:580.95.05-1`; 0 where a package counts otherwise."""
    first = version.rpartition(":")[2].partition(".")[0]
    return int(first) if first.isdecimal() and len(first) == 3 else 0


def keep(settings: Settings, versions: Versions) -> Path:
    """The packages as they are now, as files: from the archive, or packed again where that has them no more."""
    folder = settings.folder / "packages"
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    wanted = set()
    for name, version in versions.items():
        if not kept(folder, name, version):
            bring(settings, folder, name, version)
        if not (path := kept(folder, name, version)):
            found = "it is not in the archive, and dpkg-repack did not pack it"
            raise Broken(f"{name} {version} cannot be kept: {found}")
        wanted.add(path)
    for path in set(folder.glob("*.deb")) - wanted:
        path.unlink()
    return folder


def bring(settings: Settings, folder: Path, name: str, version: str) -> None:
    """From where it may be: what apt has here, the archive, what is installed."""
    if found := kept(settings.root / "var/cache/apt/archives", name, version):
        shutil.copy(found, folder)
        return
    run(["apt-get", "--quiet", "-o", "APT::Sandbox::User=root", "download", f"{name}={version}"], 600, folder)
    if not kept(folder, name, version):
        run(["dpkg-repack", name], 600, folder)


def kept(folder: Path, name: str, version: str) -> Path | None:
    """apt writes an epoch's colon as %3a, dpkg-repack leaves the epoch out."""
    for form in (version.replace(":", "%3a"), version.rpartition(":")[2]):
        found = sorted(folder.glob(f"{name}_{form}_*.deb"))
        if found and is_whole(found[-1]):
            return found[-1]
    return None


def is_whole(path: Path) -> bool:
    return run(["dpkg-deb", "--info", str(path)]).code == 0


def upgrade(settings: Settings) -> str:
    """One transaction; empty if it succeeded, else its last words."""
    there = [name for name in settings.names if name in installed(settings)]
    done = patiently([*APT, "install", *there])
    return "" if done.code == 0 else reason_of(done.text)


def reason_of(text: str) -> str:
    """apt's own last line says only that dpkg failed."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = [line for line in lines if line.startswith(("E: ", "dpkg: error"))]
    return (said or lines or ["no reason was given"])[0][:300]


def restore(settings: Settings, versions: Versions) -> None:
    """Exactly these again. Without apt, whose view of a half configured machine is its own.

    What is new goes first: with its headers there, the old driver would be built for the new kernel once more.
    """
    half = must(["dpkg-query", "-W", "-f", "${Package} ${Version} ${db:Status-Status}\\n"], "the packages")
    there = {row[0]: row[1:] for row in map(str.split, half.splitlines()) if len(row) == 3}
    begun = {name: row for name, row in there.items() if settings.is_ours(name) and row[1] not in GONE}
    added = sorted(set(begun) - set(versions))
    if added:
        patiently(["dpkg", "--purge", "--force-depends", "--force-remove-reinstreq", *added])
    wrong = [name for name, version in versions.items() if begun.get(name) != [version, "installed"]]
    folder = settings.folder / "packages"
    files = [str(path) for name in wrong if (path := kept(folder, name, versions[name]))]
    if files:
        patiently(["dpkg", "--install", "--force-confdef", "--force-confold", "--force-depends", *files])
    patiently(["dpkg", "--configure", "--pending", "--force-confdef", "--force-confold"])
    now = installed(settings)
    if other := [name for name, version in versions.items() if now.get(name) != version]:
        raise Broken(f"the last good set is not back: {', '.join(other)}; mend that: dpkg --audit")
    must(["apt-get", "check"], "apt is in order again", 120)


def drop_kernels(settings: Settings, keep: tuple[str, ...]) -> list[str]:
    """Kernels that came along with the meta package, and are older than the last good one; its owner's others stay."""
    came = set(must(["apt-mark", "showauto"], "what came along").split())
    flavour = keep[0].rpartition("-")[2]
    old = sorted(
        name
        for name in installed(settings)
        if name in came
        and (found := re.fullmatch(r"linux-(?:image|headers)-(\d\S*)", name))
        and found[1].endswith(f"-{flavour}")
        and found[1] not in keep
    )
    if old:
        done = patiently([*APT, "purge", *old])
        return old if done.code == 0 else []
    return []


def hold(names: Iterable[str], settings: Settings) -> None:
    there = installed(settings)
    must(["apt-mark", "hold", *(name for name in names if name in there)], "kernel and driver are on hold")


def release(names: Iterable[str], settings: Settings) -> None:
    there = installed(settings)
    must(["apt-mark", "unhold", *(name for name in names if name in there)], "kernel and driver are free")


def compilers_line(root: Path) -> str:
    """The first complaint in the newest log of a build of NVIDIA's module; empty if there is none."""
    logs = sorted(root.glob("var/lib/dkms/nvidia*/*/build/make.log"), key=lambda path: path.stat().st_mtime)
    for log in reversed(logs):
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            if COMPILER.search(line):
                return line.strip()[:300]
    return ""
