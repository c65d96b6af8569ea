"""Builds Ollama for CPU from its Go module."""

from pathlib import Path

DOWNLOAD_MIB = 0
MINUTES = 0


def build(archive: Path) -> None:
    raise NotImplementedError
