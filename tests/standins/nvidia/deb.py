"""A Debian package out of values: dpkg-deb does the rest."""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Deb:
    """relations: field to text, such as Depends. files: path on the machine to text; scripts: postinst and the like."""

    name: str
    version: str
    source: str
    relations: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    scripts: dict[str, str] = field(default_factory=dict)
    architecture: str = "amd64"

    @property
    def file(self) -> str:
        return f"{self.name}_{self.version}_{self.architecture}.deb"

    def control(self) -> str:
        fields = {
            "Package": self.name,
            "Source": self.source,
            "Version": self.version,
            "Architecture": self.architecture,
            "Maintainer": "tests of Eigenherd <root@localhost>",
            **self.relations,
            "Description": "stands in for NVIDIA's package of this name",
        }
        return "".join(f"{name}: {text}\n" for name, text in fields.items())

    def build(self, folder: Path, work: Path) -> Path:
        """The package in this folder; work: an empty one for its files."""
        tree = work / self.name
        for path, text in self.files.items():
            write(tree / path.lstrip("/"), text, 0o755 if text.startswith("#!") else 0o644)
        write(tree / "DEBIAN/control", self.control(), 0o644)
        for name, text in self.scripts.items():
            write(tree / "DEBIAN" / name, text, 0o755)
        if conffiles := [path for path in self.files if path.startswith("/etc/")]:
            write(tree / "DEBIAN/conffiles", "".join(f"{path}\n" for path in conffiles), 0o644)
        subprocess.run(
            ["dpkg-deb", "--root-owner-group", "-Zgzip", "--build", str(tree), str(folder / self.file)],
            check=True,
            capture_output=True,
        )
        return folder / self.file


def write(path: Path, text: str, mode: int) -> None:
    """Folders of a package are readable by everybody, whatever the umask."""
    for folder in reversed([parent for parent in path.parents if not parent.exists()]):
        folder.mkdir()
        folder.chmod(0o755)
    path.write_text(text)
    path.chmod(mode)
