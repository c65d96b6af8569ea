"""Chooses the models' files, and context and slots that fit the machine."""

from plan import catalog
from plan.catalog.rows import EngineRow, ModelRow
from plan.derive.capacity import Fit, Room, Served, candidates, rooms
from plan.derive.files import bytes_of, files_of, no_files, refuse_files
from plan.derive.owner import judge_licence
from plan.derive.split import refuse_split
from plan.environment import Environment
from plan.errors import PlanError, SpecError
from plan.ledger import Ledger
from plan.plan import Engine, MachinePlan, Model
from plan.sizing import Device


def choose_models(
    environment: Environment, machines: tuple[MachinePlan, ...], engine: Engine, ledger: Ledger
) -> tuple[Model, ...]:
    served, server = [], catalog.engine(engine.name)
    refuse_files(environment, server, ledger)
    for row in map(catalog.model, environment.models):
        judge_licence(row, environment.owner, ledger)
        found = files_of(environment, row.name, server)
        if found and found.context:
            row = row.model_copy(update={"context": found.context})
        served.append(Served(row, bytes_of(environment, row.name, server), server.name))
        if (environment.pin.context or 0) > row.context:
            ledger.refuse(_too_long(environment, row))
    fit = _fit(environment, machines, engine, served, ledger)
    for one in served:
        if not files_of(environment, one.row.name, server):
            ledger.refuse(no_files(one.row.name, server))
        if server.tensors:
            refuse_split(one.row, machines, ledger)
    return tuple(filter(None, (_model(environment, one, fit, server, ledger) for one in served)))


def _fit(
    environment: Environment,
    machines: tuple[MachinePlan, ...],
    engine: Engine,
    served: list[Served],
    ledger: Ledger,
) -> Fit:
    row, device = catalog.engine(engine.name), engine.device
    fits = candidates(environment, device, row.most_slots)
    found = rooms(machines, device, engine.vram_share)
    if not found:
        _explain(environment, fits[0], "memory is not written: Preflight measures and judges it", row, ledger)
        return fits[0]
    for together in (True, False):
        for fit in fits:
            if all(fit.fits(served, device, room, together) for room in found):
                how = "" if len(served) == 1 else ", all loaded" if together else ", one loaded at a time"
                _explain(environment, fit, f"fits the {found[0]} for models on {found[0].machine}{how}", row, ledger)
                _explain_memory(served, fit, device, found[0].cards, ledger)
                return fit
    largest = max(served, key=lambda one: fits[-1].needs(one, device).total_mib)
    room = next(room for room in found if not fits[-1].fits([largest], device, room, together=False))
    ledger.refuse(_too_large(environment, largest, fits[-1], engine, room))
    return fits[-1]


def _explain(environment: Environment, fit: Fit, fits: str, row: EngineRow, ledger: Ledger) -> None:
    pin = environment.pin
    ledger.decide("models.context", fit.context, "pinned" if pin.context else f"tokens per request; {fits}")
    users = f"for {environment.users} users, at most {row.most_slots}; {fits}"
    ledger.decide("models.slots", fit.slots, "pinned" if pin.slots else users)


def _explain_memory(served: list[Served], fit: Fit, device: Device, cards: int, ledger: Ledger) -> None:
    for one in served:
        needs = fit.needs(one, device, cards)
        ledger.decide(f"memory.{one.row.name}", f"{needs.total_mib} MiB", str(needs))


def _model(environment: Environment, served: Served, fit: Fit, engine: EngineRow, ledger: Ledger) -> Model | None:
    row = served.row
    ledger.decide(
        f"model.{row.name}", row.title, f"{row.parameters / 1e9:.3g} billion parameters, {row.licence}", row.source
    )
    found = files_of(environment, row.name, engine)
    if not found:
        return None
    files = {"file": found.artifact, **({"template": found.template} if found.template else {})}
    for key, file in [*files.items(), *(("file", beside) for beside in found.beside)]:
        ledger.decide(f"model.{row.name}.{key}", file.file, f"sha256 {file.sha256}; {found.checked}", found.source)
    asked = catalog.prompts_for(row.name)
    return Model(
        name=row.name,
        artifact=found.artifact,
        beside=found.beside,
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


def _too_long(environment: Environment, row: ModelRow) -> SpecError:
    return SpecError(
        f"eigenherd:environment, pin.context: at most {row.context}, what {row.name} was trained for",
        f"`{environment.pin.context}`",
        f"nearest is `{row.context}`; or leave the pin out",
    )


def _too_large(environment: Environment, served: Served, fit: Fit, engine: Engine, room: Room) -> PlanError:
    what = "memory" if engine.device == "cpu" else "VRAM"
    needs, server = fit.needs(served, engine.device, room.cards), catalog.engine(engine.name)
    fitting = [
        row
        for row in sorted(catalog.models(), key=lambda row: -row.size)
        if fit.fits(
            [Served(row, bytes_of(environment, row.name, server), server.name)], engine.device, room, together=False
        )
    ]
    ready = [row for row in fitting if files_of(environment, row.name, server)]
    todo = f"give the machine more {what}"
    if fitting:
        todo += f", or a smaller model: by size `{fitting[0].name}` fits"
    if ready:
        todo += f", with a known file `{ready[0].name}`"
    return PlanError(
        f"{served.row.name} with {fit.context} tokens for {fit.slots} at once: {needs}",
        f"{room} of {what} for models on machine {room.machine}",
        todo,
    )
