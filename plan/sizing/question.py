"""A question about one model, and its answer: the size, what carries it, the nearest that fits where nothing does."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from plan.errors import SpecError
from plan.nearest import listed, nearest
from plan.shown import shown
from plan.sizing.cards import fits
from plan.sizing.known import model_of, row_of, rows
from plan.sizing.shape import Model
from plan.sizing.size import CONTEXT, size
from plan.sizing.value import EngineName, Fit, KvType, Size

LEAST_CONTEXT = 2048
OTHER_MAKERS = re.compile(r"\b(amd|radeon|rx ?\d|instinct|mi\d|intel|arc|gaudi|apple|m[1-5]\b|tpu)")
WORDS = {"nvidia", "geforce", "tesla", "generation", "edition"}


@dataclass(frozen=True)
class KnownCard:
    """A row of the catalogue, as far as fits() needs it."""

    name: str
    vram_gib: int
    bandwidth_gbs: int


@dataclass(frozen=True)
class Asked:
    """context: the model's own or 8192 where it is 0, whatever is shorter. quant, gpu: "" for any."""

    model: str
    context: int = 0
    users: int = 1
    quant: str = ""
    kv_cache: KvType = "f16"
    engine: EngineName = "ollama"
    gpu: str = ""


@dataclass(frozen=True)
class Answer:
    """nearest: what does fit, where nothing carries it. most_eur: for a month of rent, where there is a budget."""

    size: Size
    fits: tuple[Fit, ...]
    nearest: str = ""
    most_eur: float | None = None


def answer(asked: Asked) -> Answer:
    """Raises SpecError for a model, a file, a context or a card that is not one."""
    model = loaded(asked)
    found = _size(model, asked)
    cards = cards_named(asked.gpu)
    carried = tuple(fits(found, cards))
    return Answer(found, carried, "" if carried else _nearest(model, asked, cards))


def loaded(asked: Asked) -> Model:
    """A path is read; anything else is a catalogue's name."""
    path = Path(asked.model)
    if _is_path(asked.model) and path.is_dir():
        from plan.sizing.safetensors_folder import read as read_folder

        return read_folder(path, asked.quant)
    if _is_path(asked.model):
        if not path.is_file():
            raise SpecError("a model, by name or by path", f"no file at {shown(asked.model)}", "correct the path")
        from plan.sizing.gguf_file import read

        model = read(path)
        if asked.quant and asked.quant.upper() != model.quant:
            raise SpecError(
                "--quant: left out for a file, which is quantised already",
                f"{shown(asked.quant)} for a file of {model.quant}",
                "leave it out, or ask for the model by its name",
            )
        return model
    row = row_of(asked.model)
    return model_of(row, asked.quant or ("BF16" if asked.engine == "vllm" else None))


def _is_path(name: str) -> bool:
    """A catalogue's name has no slash, and nothing on the disk takes its place."""
    known = any(row["name"] == name.casefold() for row in rows("models"))
    return not known and ("/" in name or name.endswith(".gguf") or Path(name).exists())


def _size(model: Model, asked: Asked) -> Size:
    most = model.shape.context
    if asked.context > most > 0:
        raise SpecError(
            f"--context: at most {most}, what {model.shape.name} was trained for",
            shown(asked.context),
            f"nearest is `{most}`",
        )
    context = asked.context or min(CONTEXT, most or CONTEXT)
    return size(model, context, asked.users, kv_cache=asked.kv_cache, engine=asked.engine)


def cards_named(name: str) -> list[KnownCard]:
    """All cards without a name. Raises SpecError for one that is not NVIDIA's or not known."""
    known = [_card(row) for row in rows("gpus")]
    if not name:
        return known
    for row in rows("gpus"):
        if _plain(name) in map(_plain, (row["name"], *row.get("also", ()))):
            return [_card(row)]
    if OTHER_MAKERS.search(name.casefold()):
        raise SpecError(
            "--gpu: an NVIDIA card: driver, CUDA, the engines' builds and every check here are NVIDIA's",
            f"{shown(name)}, a card of another maker",
            "choose an NVIDIA card: `eigenherd gpus`",
        )
    names = [card.name for card in known]
    raise SpecError(
        "--gpu: a card that the catalogue knows",
        shown(name),
        f"nearest is `{nearest(name, names)}`; all of them: `eigenherd gpus`",
    )


def _card(row: Mapping[str, Any]) -> KnownCard:
    return KnownCard(row["name"], row["vram_gib"], row["bandwidth_gbs"])


def _plain(name: str) -> str:
    return " ".join(word for word in name.casefold().split() if word not in WORDS)


def _nearest(model: Model, asked: Asked, cards: Sequence[KnownCard]) -> str:
    """The first that fits: a shorter context, fewer at once, a smaller cache; else the largest model that does."""
    context = asked.context or min(CONTEXT, model.shape.context or CONTEXT)
    while context // 2 >= LEAST_CONTEXT:
        context //= 2
        if fits(_size(model, replace(asked, context=context)), cards):
            return f"--context {context}"
    shortest = replace(asked, context=min(LEAST_CONTEXT, model.shape.context or LEAST_CONTEXT), users=1)
    if fits(_size(model, shortest), cards):
        return f"--context {shortest.context} --users 1"
    if fits(_size(model, replace(shortest, kv_cache="q8_0")), cards):
        return f"--context {shortest.context} --users 1 --kv-cache q8_0"
    published = "" if _is_path(asked.model) else str(row_of(asked.model)["quant"])
    if published not in ("", model.quant) and fits(_size(model_of(row_of(asked.model)), asked), cards):
        return f"--quant {published}"
    for one in sorted((model_of(row) for row in rows("models")), key=lambda one: -one.weights):
        if one.weights < model.weights and fits(_size(one, replace(asked, quant="", context=0)), cards, counts=(1,)):
            return one.shape.name
    return ""


def one_of(option: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise SpecError(f"{option}: {listed(known)}", shown(value), f"nearest is `{nearest(value, known)}`")
    return value
