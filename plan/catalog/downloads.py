"""Rows about files that are fetched: their size and sha256, and on whose word."""

from typing import Literal

from plan.catalog.rows import Row
from plan.plan import Artifact, Defaults


class DownloadRow(Row):
    """A file with its size and sha256. confirmed: false where we did not download it ourselves."""

    artifact: Artifact

    @property
    def checked(self) -> str:
        """On whose word the sha256 is; one that is wrong lets nothing in, it only keeps the right file out."""
        if self.source == "pinned":
            return "checked by you"
        if self.confirmed:
            return "downloaded or built, and hashed, by us"
        return "sha256 from public sources, not downloaded by us: the download is checked against it"


class ArtifactRow(DownloadRow):
    """A model's files, and the engines that serve this model from them. The rest: see plan.plan.Model.

    context: tokens that these files are made for, where those are less than the model's.
    """

    model: str
    engines: tuple[str, ...]
    beside: tuple[Artifact, ...] = ()
    context: int | None = None
    system: str = ""
    template: Artifact | None = None
    defaults: Defaults = Defaults()


class ArchiveRow(DownloadRow):
    """An engine's program as an archive. devices: what this build computes on."""

    engine: str
    version: str
    devices: tuple[Literal["cpu", "cuda"], ...]
