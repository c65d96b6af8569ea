"""What a user may fix himself: package sources, and pins over derived choices."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from plan.driver import DriverSource
from plan.environment.asked import Asked, Mirror, Url, Worded


class AskedPackages(Asked):
    """Where machines get software; what is left out is the machine's own setting."""

    apt: Url | None = None
    """Debian mirror."""
    pip_index: Url | None = None
    """Python package index (the address that ends in /simple)."""
    proxy: Url | None = None
    """HTTP proxy for downloads."""
    mirror: Mirror | None = None
    """Folder on the machine, or URL, with wheels/, models/, archives/ and drivers/: for machines without internet."""
    driver_key: Annotated[str, Worded(r"[0-9A-F]{40}", "a fingerprint: 40 digits or letters A to F")] | None = None
    """Fingerprint of the mirror's own key, where it signs drivers/ itself; the key has the file name of NVIDIA's."""

    locked: bool = False
    """Install exactly the Debian packages of `<environment>.apt.json`, from `mirror`; see `eigenherd manifest lock`."""

    @model_validator(mode="after")
    def _lock_has_its_files(self) -> Self:
        if self.locked and (self.apt or not self.mirror):
            raise ValueError("with `locked` a `mirror` that has the files under debs/, and no `apt` beside it")
        return self


class OllamaArchive(Asked):
    """An archive of Ollama that you checked yourself."""

    version: Annotated[str, Worded(r"\d+\.\d+\.\d+", "a version such as 0.17.4")]
    """Version, such as 0.17.4."""
    sha256: Annotated[str, Worded(r"[0-9a-f]{64}", "64 hexadecimal digits, lower case")]
    """SHA-256 of the archive, in hexadecimal."""
    size: Annotated[int, Field(gt=0)]
    """Size of the archive in bytes."""
    url: Url | None = None
    """Where it is downloaded; without it only the mirror is asked."""


class ModelFile(Asked):
    """One of a model's files that you checked yourself."""

    file: Annotated[str, Worded(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", "a file's name, such as config.json")]
    """Name in the folder, such as config.json."""
    sha256: Annotated[str, Worded(r"[0-9a-f]{64}", "64 hexadecimal digits, lower case")]
    """SHA-256 of the file, in hexadecimal."""
    size: Annotated[int, Field(gt=0)]
    """Size of the file in bytes."""
    url: Url | None = None
    """Where it is downloaded; without it only the mirror is asked."""


ModelName = Annotated[str, Worded(r"[a-z0-9][a-z0-9.-]*:[a-z0-9.-]+", "a model's name such as qwen3:8b")]


class Pin(Asked):
    """Choices fixed by hand instead of derived; `eigenherd explain` shows both."""

    engine: Literal["llama_cpp", "ollama", "vllm"] | None = None
    """Inference server."""
    torch: str | None = None
    """Version of torch, one the catalogue has a lock for."""
    context: Annotated[int, Field(ge=256, le=1_048_576)] | None = None
    """Tokens per request, prompt and answer together."""
    slots: Annotated[int, Field(ge=1, le=64)] | None = None
    """Requests served at once."""
    driver: Annotated[str, Worded(r"\d{3}", 'a branch in quotes, such as "580"')] | None = None
    """Lowest NVIDIA driver branch, such as "580"; that which is installed where there is none."""
    driver_source: DriverSource | None = None
    """Where NVIDIA's driver comes from: nvidia is its own repository, ubuntu and debian are the system's archive."""
    cuda: Annotated[str, Worded(r"\d+\.\d+", 'a version in quotes, such as "13.2"')] | None = None
    """CUDA version of torch, such as "13.2"."""
    ollama_archive: OllamaArchive | None = None
    """An Ollama archive of your own choice."""
    model_files: dict[ModelName, Annotated[tuple[ModelFile, ...], Field(min_length=1, max_length=512)]] | None = None
    """By the model's name: for vLLM, which reads a folder, all of its files; for llama.cpp the one GGUF file."""
