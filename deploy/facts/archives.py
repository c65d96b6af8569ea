"""Unpacked archives: from which archive, and whether their program still is the one that was unpacked."""

import shlex

from pyinfra.api.facts import FactBase

MARKER = ".archive"  # first the archive's sha256, then a line for `sha256sum --check`

FOLDERS = """\
for folder in {root}/{pattern}; do
  [ -d "$folder" ] && cd "$folder" || continue
  sed 1d {marker} 2>/dev/null | sha256sum --check --status --strict 2>/dev/null && sum=$(sed q {marker}) || sum=changed
  echo "$sum $folder"
done
"""


class UnpackedArchives(FactBase[dict[str, str]]):
    """Folder to the sha256 of the archive it came from; "changed" if its program is another one now."""

    default = dict

    def command(self, root: str, pattern: str = "*-*") -> str:
        return f"sh -c {shlex.quote(FOLDERS.format(root=root, pattern=pattern, marker=MARKER))}"

    def process(self, output: list[str]) -> dict[str, str]:
        return {folder: sum for sum, folder in (line.split(" ", 1) for line in output)}
