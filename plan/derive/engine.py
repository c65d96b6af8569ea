"""Chooses the inference server, and the file or virtual environment it comes from."""

from plan import catalog
from plan.catalog.rows import EngineRow
from plan.derive.torch import locked
from plan.environment import Environment
from plan.errors import PlanError, SpecError
from plan.ledger import Ledger
from plan.plan import Artifact, Engine, MachinePlan
from plan.sizing import Device


def choose_device(machines: tuple[MachinePlan, ...], ledger: Ledger) -> Device:
    """One device a stack, so that every engine gives the same answers at a similar pace."""
    cards = {machine.name: machine.gpu for machine in machines if "engine" in machine.roles}
    if not any(cards.values()):
        return "cpu"
    without = [name for name, card in cards.items() if card is None]
    if without:
        ledger.refuse(
            PlanError(
                "the same kind of device on every machine with the role engine",
                f"no GPU on {', '.join(without)}",
                "not yet: make them two stacks, or give the machines without a GPU the role gateway only",
            )
        )
    kinds = {card.simulated for card in cards.values() if card}
    if len(kinds) > 1:
        ledger.refuse(PlanError("cards of one kind", "real ones and simulated ones", "make them two stacks"))
    return "cuda"


def built_for(machines: tuple[MachinePlan, ...], device: Device) -> Device:
    """What the programs are built for: on a simulated card they compute on the CPU."""
    return "cpu" if any(machine.gpu and machine.gpu.simulated for machine in machines) else device


def choose_engine(environment: Environment, device: Device, ledger: Ledger, build: Device | None = None) -> Engine:
    """build: what its program is built for, where that is not its device."""
    build = build or device
    row = _row(environment, build, ledger)
    pinned = environment.pin.ollama_archive
    if pinned and row.name != "ollama":
        ledger.refuse(_unused_archive(row))
    found = catalog.archive(row, build)
    version = pinned.version if pinned else found.version if found else row.version
    source = row.source if pinned or not found else found.source
    ledger.decide("engine.version", version, _why(version, row, bool(pinned)), source)
    _refuse_holes(row, version, ledger)
    ledger.decide("engine.port", row.port, "on loopback, or private and open to the gateway alone")
    return Engine(
        name=row.name,
        version=version,
        port=row.port,
        user=row.user,
        device=device,
        build=build,
        vram_share=row.vram_share,
        python=locked(catalog.python(row.python)) if row.python else None,
        archive=None if row.python else _archive(environment, row, build, ledger),
    )


def _why(version: str, row: EngineRow, pinned: bool) -> str:
    if pinned:
        return "pinned"
    if version == row.version:
        return "the one this release was tested with"
    return f"the one whose archive for NVIDIA cards has a known sha256; without a card {row.version} was tested"


def _row(environment: Environment, device: Device, ledger: Ledger) -> EngineRow:
    several = len(environment.models) > 1
    small = catalog.engine("llama_cpp")
    if not environment.pin.engine:
        if device == "cpu" and not several:
            ledger.decide(
                "engine", small.name, "one model and no GPU: the smallest server that serves it", small.source
            )
            return small
        row = catalog.engine("ollama")
        reason = "serves several models" if several else "serves on a GPU"
        ledger.decide("engine", row.name, reason, row.source)
        return row
    row = catalog.engine(environment.pin.engine)
    ledger.decide("engine", row.name, "pinned", row.source)
    if several and not row.several_models:
        ledger.refuse(
            PlanError(
                f"{len(environment.models)} models from one engine",
                f"`pin.engine: {row.name}`, which serves one",
                "leave the pin out: ollama serves several; or ask for one model",
            )
        )
    if device == "cuda" and not row.gpu:
        ledger.refuse(
            PlanError(
                "an engine that computes on the GPU",
                f"`pin.engine: {row.name}`, whose package is built for CPU",
                "leave the pin out: ollama uses the GPU",
            )
        )
    if device == "cpu" and not row.cpu:
        ledger.refuse(
            PlanError(
                "an engine that computes on the CPU",
                f"`pin.engine: {row.name}`, whose package is built for NVIDIA cards",
                "leave the pin out, or name the card under `gpu`",
            )
        )
    return row


def _refuse_holes(row: EngineRow, version: str, ledger: Ledger) -> None:
    """A version with a known hole is not planned, however it was chosen."""
    floor = catalog.engine_floor(row.name)
    if floor is None:
        return
    closed = f"closes {', '.join(floor.advisories)}"
    ledger.decide("engine.floor", f"{floor.title} {floor.least_version} or newer", closed, floor.source)
    if _numbers(version) < _numbers(floor.least_version):
        ledger.refuse(
            PlanError(
                f"{floor.title} {floor.least_version} or newer, which {closed}",
                f"`{version}`",
                f"pin an archive of {floor.least_version} or newer, or leave the pin out for {row.version}",
            )
        )


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


_COMPUTES = {"cpu": "the CPU", "cuda": "NVIDIA cards"}


def _archive(environment: Environment, row: EngineRow, device: Device, ledger: Ledger) -> Artifact | None:
    pinned = environment.pin.ollama_archive
    if pinned:
        ledger.decide("engine.archive", pinned.sha256, "pinned", pinned.url or "mirror only")
        return Artifact(
            file=f"ollama-{pinned.version}-linux-amd64.tar.{_compression(pinned.url)}",
            size=pinned.size,
            sha256=pinned.sha256,
            licence="MIT",
            url=pinned.url,
        )
    found = catalog.archive(row, device)
    if found:
        where = found.artifact.url or "mirror only"
        ledger.decide("engine.archive", found.artifact.sha256, f"{where}; {found.checked}", found.source)
        return found.artifact
    ledger.refuse(
        PlanError(
            f"an archive of {row.name} for {_COMPUTES[device]} whose sha256 is known",
            "none in the catalogue",
            "download the official one, check it, and write its version, size, sha256 and url"
            " under pin: {ollama_archive: ...}; or use `gpu: none`",
        )
    )
    return None


def _compression(url: str | None) -> str:
    """zst as newer official archives are, else gz."""
    return "zst" if url and url.endswith(".zst") else "gz"


def _unused_archive(row: EngineRow) -> SpecError:
    return SpecError(
        "eigenherd:environment, pin.ollama_archive: only where Ollama is the engine",
        f"engine `{row.name}`",
        "add `engine: ollama` to the pin, or leave the archive out",
    )
