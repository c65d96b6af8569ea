"""Chooses the inference server, and the virtual environments it and torch live in."""

from typing import Literal

from plan import catalog, lock
from plan.catalog.rows import EngineRow, PythonRow
from plan.environment import Environment
from plan.errors import PlanError, SpecError
from plan.ledger import Ledger
from plan.plan import Artifact, Engine, MachinePlan, PythonEnvironment

Device = Literal["cpu", "cuda"]


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
    return "cuda"


def choose_engine(environment: Environment, device: Device, ledger: Ledger) -> Engine:
    row = _row(environment, device, ledger)
    ledger.decide("engine.version", row.version, "the one this release was tested with", row.source)
    ledger.decide("engine.port", row.port, "on loopback, or private and open to the gateway alone")
    python = _locked(catalog.python(row.python)) if row.python else None
    archive = None if row.python else _archive(environment, row, device, ledger)
    pinned = environment.pin.ollama_archive
    return Engine(
        name=row.name,
        version=pinned.version if archive and pinned else row.version,
        port=row.port,
        user=row.user,
        device=device,
        python=python,
        archive=archive,
    )


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
    return row


_COMPUTES = {"cpu": "the CPU", "cuda": "NVIDIA cards"}


def _archive(environment: Environment, row: EngineRow, device: Device, ledger: Ledger) -> Artifact | None:
    pinned = environment.pin.ollama_archive
    if pinned:
        ledger.decide("engine.archive", pinned.sha256, "pinned", pinned.url or "mirror only")
        return Artifact(
            file=f"ollama-{pinned.version}-linux-amd64.tar.gz",
            size=pinned.size,
            sha256=pinned.sha256,
            licence="MIT",
            url=pinned.url,
        )
    found = catalog.archive(row, device)
    if found:
        ledger.decide("engine.archive", found.artifact.sha256, found.artifact.url or "mirror only", found.source)
        return found.artifact
    ledger.refuse(
        PlanError(
            f"an archive of {row.name} {row.version} for {_COMPUTES[device]} whose sha256 was checked",
            "no verified archive yet",
            "download the official one, check it, and write its version, size, sha256 and url"
            " under pin: {ollama_archive: ...}; or use `gpu: none`",
        )
    )
    return None


def choose_torch(
    environment: Environment, machines: tuple[MachinePlan, ...], device: Device, ledger: Ledger
) -> PythonEnvironment:
    row = catalog.python("torch", environment.pin.torch)
    ledger.decide(
        "torch", row.version, "pinned" if environment.pin.torch else "current, locked with hashes", row.source
    )
    if environment.pin.cuda not in (None, row.cuda):
        ledger.refuse(
            SpecError(
                f"eigenherd:environment, pin.cuda: {row.cuda}, the CUDA of torch {row.version}",
                f"`{environment.pin.cuda}`",
                "leave the pin out: other CUDA builds of torch have no lock yet",
            )
        )
    if device == "cuda":
        _refuse_old_cards(machines, row, ledger)
        ledger.decide("torch.cuda", row.cuda, f"the default wheel of torch {row.version}", row.source)
        _explain_driver(environment, row, ledger)
    return _locked(row)


def _refuse_old_cards(machines: tuple[MachinePlan, ...], torch: PythonRow, ledger: Ledger) -> None:
    for machine in machines:
        if machine.gpu and float(machine.gpu.compute_capability) < float(torch.least_capability):
            ledger.refuse(
                PlanError(
                    f"a card of compute capability {torch.least_capability} or newer, for torch {torch.version}",
                    f"{machine.gpu.name} with {machine.gpu.compute_capability} in machine {machine.name}",
                    "use a newer card, or `gpu: none`",
                )
            )


def _explain_driver(environment: Environment, torch: PythonRow, ledger: Ledger) -> None:
    family = int(torch.cuda.split(".")[0])
    able = [row for row in catalog.drivers() if row.cuda >= family and row.end_of_life >= row.date[:7]]
    floor = next(row for row in able if row.kind == "lts")
    if environment.pin.driver and environment.pin.driver not in {str(row.branch) for row in able}:
        ledger.refuse(
            SpecError(
                f"eigenherd:environment, pin.driver: a supported branch that runs CUDA {torch.cuda}",
                f"`{environment.pin.driver}`",
                f"nearest is `{floor.branch}`, long-term support until {floor.end_of_life}",
            )
        )
    ledger.decide(
        "driver",
        f"{environment.pin.driver or floor.branch} or newer",
        f"CUDA {family} needs it; long-term support until {floor.end_of_life}. A driver that is there is adopted;"
        " installing one comes later: without it Preflight refuses",
        floor.source,
    )


def _locked(row: PythonRow) -> PythonEnvironment:
    return PythonEnvironment(
        name=row.name,
        version=row.version,
        lock=row.lock,
        lock_sha256=lock.digest(row.lock),
        download_mib=lock.download_mib(row.lock),
        installed_mib=row.installed_mib,
    )
