"""Locked files on the host: which there are, with their sha256."""

import shlex
from dataclasses import dataclass

from pyinfra.api.facts import FactBase


@dataclass(frozen=True)
class Held:
    """A file's sha256, and whether it is root's and readable by all. ours: fetch put it there."""

    sha256: str
    readable: bool
    ours: bool


# A hash is taken anew unless fetch's stamp beside the file shows size, mtime and ctime of now.
HASHES = """\
cd {folder} 2>/dev/null || exit 0
for file in * */*; do
  [ -f "$file" ] || continue
  stamp=$(dirname "$file")/.$(basename "$file").sha256
  read -r sum was 2>/dev/null <"$stamp" && ours=ours || ours=other
  [ "$ours $was" = "ours $(stat -c '%s %.Y %.Z' "$file")" ] || sum=$(sha256sum <"$file" | cut -c1-64)
  echo "$sum $ours $(stat -c '%u:%g:%a' "$file") $file"
done
"""


class HeldFiles(FactBase[dict[str, Held]]):
    """File name to what is known of it, for one folder and those in it (`model/config.json`)."""

    default = dict

    def command(self, folder: str) -> str:
        return f"sh -c {shlex.quote(HASHES.format(folder=shlex.quote(folder)))}"

    def process(self, output: list[str]) -> dict[str, Held]:
        found = {}
        for line in output:
            sha256, ours, rights, name = line.split(" ", 3)
            found[name] = Held(sha256, rights == "0:0:644", ours == "ours")
        return found
