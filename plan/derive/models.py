"""Chooses the models' files, and context and slots that fit the machine."""

from plan import catalog
from plan.catalog.rows import EngineRow, ModelRow
from plan.derive.capacity import Fit, Served, candidates, room_mib
from plan.environment import Environment
from plan.errors import PlanError, SpecError
from plan.ledger import Ledger
from plan.plan import Engine, MachinePlan, Model
from plan.sizing import Device


def choose_models(
    environment: Environment, machines: tuple[MachinePlan, ...], engine: Engine, ledger: Ledger
) -> tuple[Model, ...]:
    served = []
    for row in map(catalog.model, environment.models):
        found = catalog.artifact(row.name, engine.name)
        served.append(Served(row, found.artifact.size if found else row.size))
        if (environment.pin.context or 0) > row.context:
            ledger.refuse(_too_long(environment, row))
    fit = _fit(environment, machines, engine, served, ledger)
    for one in served:
        if not catalog.artifact(one.row.name, engine.name):
            ledger.refuse(_no_artifact(one.row.name, engine.name))
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
    ledger.refuse(_too_large(largest, fits[-1], engine, room))
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
    files = {"file": found.artifact, **({"template": found.template} if found.template else {})}
    for key, file in files.items():
        ledger.decide(f"model.{row.name}.{key}", file.file, f"sha256 {file.sha256}; {found.checked}", found.source)
    asked = catalog.prompts_for(row.name)
    return Model(
        name=row.name,
        artifact=found.artifact,
        context=min(fit.context, row.context),
        slots=fit.slots,
        parameters=row.parameters,
        system=found.system,
        template=found.template,
        defaults=found.defaults,
        effort=row.effort,
        prompts=asked.prompts if asked else (),
        least_score=asked.least_score if asked else 0,
    )


def _no_artifact(name: str, engine: str) -> PlanError:
    size = catalog.model(name).size
    able = [row for row in catalog.artifacts() if engine in row.engines]
    nearest = min(able, key=lambda row: abs(catalog.model(row.model).size - size))
    return PlanError(
        f"a file for {name} on {engine} whose sha256 is known",
        "none in the catalogue",
        f"the nearest model that has one is `{nearest.model}`",
    )


def _too_long(environment: Environment, row: ModelRow) -> SpecError:
    return SpecError(
        f"eigenherd:environment, pin.context: at most {row.context}, what {row.name} was trained for",
        f"`{environment.pin.context}`",
        f"nearest is `{row.context}`; or leave the pin out",
    )


def _too_large(served: Served, fit: Fit, engine: Engine, room: tuple[int, str]) -> PlanError:
    what = "memory" if engine.device == "cpu" else "VRAM"
    fitting = [
        row
        for row in sorted(catalog.models(), key=lambda row: -row.size)
        if fit.needs(Served(row, row.size), engine.device).total_mib <= room[0]
    ]
    ready = [row for row in fitting if catalog.artifact(row.name, engine.name)]
    todo = f"give the machine more {what}"
    if fitting:
        todo += f", or a smaller model: by size `{fitting[0].name}` fits"
    if ready:
        todo += f", with a known file `{ready[0].name}`"
    return PlanError(
        f"{served.row.name} with {fit.context} tokens for {fit.slots} at once: {fit.needs(served, engine.device)}",
        f"{room[0]} MiB of {what} for models on machine {room[1]}",
        todo,
    )
