"""An environment file for what was sized: the same models, users and card, pinned to the context that was asked for."""

import re
from collections.abc import Sequence
from pathlib import Path

from plan.errors import PlanError, SpecError
from plan.shown import shown
from plan.sizing.question import Answer, Asked
from plan.sizing.value import Fit

NAME = re.compile(r"Pulumi\.([a-z][a-z0-9-]*)\.yaml")
HOST = "192.0.2.1"  # of the range for examples: to be replaced


def write_file(path: Path, asked: Sequence[Asked], answers: Sequence[Answer]) -> None:
    """Raises SpecError for a place or a model that an environment can't have, PlanError if no card carries it."""
    found = NAME.fullmatch(path.name)
    if not found:
        raise SpecError(
            "--write: stacks/Pulumi.NAME.yaml, NAME of small letters, digits and -", shown(str(path)), "correct it"
        )
    if path.exists():
        raise SpecError("--write: a file that is not there yet", f"{shown(str(path))}, which is", "take another name")
    by_path = [one.model for one in asked if "/" in one.model or one.model.endswith(".gguf")]
    if by_path:
        raise SpecError("--write: models of the catalogue", f"the path {shown(by_path[0])}", "name the model instead")
    if not path.parent.is_dir():
        raise SpecError("--write: a folder that is there", shown(str(path.parent)), "make it, or take `stacks`")
    path.write_text(text(found[1], asked, answers), encoding="utf-8")


def text(name: str, asked: Sequence[Asked], answers: Sequence[Answer]) -> str:
    """The card is the smallest that carries the largest of the models."""
    largest = max(answers, key=lambda one: one.size.total_mib)
    if not largest.fits:
        raise PlanError(
            f"a card that carries {largest.size.model}",
            "none of those asked for",
            f"nearest is `{largest.nearest}`" if largest.nearest else "ask for a smaller model",
        )
    fit, first = largest.fits[0], asked[0]
    models = ", ".join(one.size.model for one in answers)
    return "\n".join(
        [
            f"# {name}: written by `eigenherd size {models}`: {largest.size.total_mib:,.0f} MiB of {fit.vram_mib:,.0f}",
            "# Put your machine's address and host key in place of the examples: `eigenherd init` finds them out.",
            "config:",
            "  eigenherd:environment:",
            f"    machine: {{provider: existing, address: {HOST}, user: admin, host_key: {_example_key()}}}",
            *_card(fit),
            f"    models: [{', '.join(repr(one.size.model) for one in answers)}]",
            f"    users: {first.users}",
            f"    gateway: {{host: {name}.lan, tls: internal, allow: [192.168.0.0/16]}}",
            "    clients: [demo]",
            f"    pin: {{{_pins(first, largest)}}}",
            "",
        ]
    )


def _pins(first: Asked, largest: Answer) -> str:
    pins = [f"context: {largest.size.context}"]
    return ", ".join(pins + ([f"engine: {first.engine}"] if first.engine != "ollama" else []))


def _card(fit: Fit) -> list[str]:
    return [f"    gpu: {fit.gpu}", *([f"    gpus: {fit.count}"] if fit.count > 1 else [])]


def _example_key() -> str:
    return "SHA256:" + "A" * 42 + "8"
