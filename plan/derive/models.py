"""Chooses the models' files, and context and slots that fit the machine."""

from plan import catalog
from plan.catalog.rows import EngineRow
from plan.derive.capacity import Fit, Served, candidates, room_mib
from plan.derive.engine import Device
from plan.environment import Environment
from plan.errors import PlanError
from plan.ledger import Ledger
from plan.plan import Engine, MachinePlan, Model


def choose_models(
    environment: Environment, machines: tuple[MachinePlan, ...], engine: Engine, ledger: Ledger
) -> tuple[Model, ...]:
    rows = [catalog.model(name) for name in environment.models]
    served = []
    for row in rows:
        found = catalog.artifact(row.name, engine.name)
        served.append(Served(row, found.artifact.size if found else row.size))
        if not found:
            ledger.refuse(_no_artifact(row.name, engine.name))
    fit = _fit(environment, machines, engine, served, ledger)
    return tuple(filter(None, (_model(one, fit, engine, ledger) for one in served)))


def _fit(
    environment: Environment,
    machines: tuple[MachinePlan, ...],
    engine: Engine,
    served: list[Served],
    ledger: Ledger,
) -> Fit:
    row, device = catalog.engine(engine.name), engine.device
    fits = candidates(environment, device, row.most_slots)
    room = room_mib(machines, device)
    if room is None:
        _explain(environment, fits[0], "memory is not written: Preflight measures and judges it", row, ledger)
        return fits[0]
    for together in (True, False):
        for fit in fits:
            needs = [fit.needs(one, device).total_mib for one in served]
            if (sum(needs) if together else max(needs)) <= room[0]:
                how = "" if len(served) == 1 else ", all loaded" if together else ", one loaded at a time"
                _explain(environment, fit, f"fits the {room[0]} MiB for models on {room[1]}{how}", row, ledger)
                _explain_memory(served, fit, device, ledger)
                return fit
    largest = max(served, key=lambda one: fits[-1].needs(one, device).total_mib)
    ledger.refuse(_too_large(largest, fits[-1], device, room))
    return fits[-1]


def _explain(environment: Environment, fit: Fit, fits: str, row: EngineRow, ledger: Ledger) -> None:
    pin = environment.pin
    ledger.decide("models.context", fit.context, "pinned" if pin.context else f"tokens per request; {fits}")
    users = f"for {environment.users} users, at most {row.most_slots}; {fits}"
    ledger.decide("models.slots", fit.slots, "pinned" if pin.slots else users)


def _explain_memory(served: list[Served], fit: Fit, device: Device, ledger: Ledger) -> None:
    for one in served:
        ledger.decide(f"memory.{one.row.name}", f"{fit.needs(one, device).total_mib} MiB", str(fit.needs(one, device)))


def _model(served: Served, fit: Fit, engine: Engine, ledger: Ledger) -> Model | None:
    row = served.row
    ledger.decide(
        f"model.{row.name}", row.title, f"{row.parameters / 1e9:.3g} billion parameters, {row.licence}", row.source
    )
    if not row.commercial:
        ledger.decide(
            f"model.{row.name}.licence", row.licence, "forbids commercial use: not for a business", row.source
        )
    found = catalog.artifact(row.name, engine.name)
    if not found:
        return None
    ledger.decide(f"model.{row.name}.file", found.artifact.file, f"sha256 {found.artifact.sha256}", found.source)
    asked = catalog.prompts_for(row.name)
    return Model(
        name=row.name,
        artifact=found.artifact,
        context=min(fit.context, row.context),
        slots=fit.slots,
        parameters=row.parameters,
        prompts=asked.prompts if asked else (),
        least_score=asked.least_score if asked else 0,
    )


def _no_artifact(name: str, engine: str) -> PlanError:
    size = catalog.model(name).size
    able = [row for row in catalog.artifacts() if engine in row.engines]
    nearest = min(able, key=lambda row: abs(catalog.model(row.model).size - size))
    return PlanError(
        f"a file for {name} on {engine} whose sha256 was checked",
        "no verified artifact yet",
        f"the nearest model that has one is `{nearest.model}`",
    )


def _too_large(served: Served, fit: Fit, device: Device, room: tuple[int, str]) -> PlanError:
    what = "memory" if device == "cpu" else "VRAM"
    smaller = [
        row.name
        for row in sorted(catalog.models(), key=lambda row: -row.size)
        if fit.needs(Served(row, row.size), device).total_mib <= room[0]
    ]
    return PlanError(
        f"{served.row.name} with {fit.context} tokens for {fit.slots} at once: {fit.needs(served, device)}",
        f"{room[0]} MiB of {what} for models on machine {room[1]}",
        f"the largest model that fits is `{smaller[0]}`" if smaller else f"give the machine more {what}",
    )
