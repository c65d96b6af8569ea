"""The commands `size`, `models`, `gpus` and `tiers`: of `eigenherd`, and alone as `python -m plan`."""

import json
from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from plan.sizing.value import EngineName, KvType


def size(
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL...", help="name in the catalogue, or path of a GGUF file or a folder of safetensors"
        ),
    ],
    context: Annotated[
        int, typer.Option(min=0, help="tokens of a request; 0: 8192, or the model's where that is less")
    ] = 0,
    users: Annotated[int, typer.Option(min=1, help="people who use it")] = 1,
    quant: Annotated[str, typer.Option(help="Q4_K_M, Q8_0, F16...; without it, as published")] = "",
    kv_cache: Annotated[str, typer.Option(help="f16, q8_0 or q4_0")] = "f16",
    engine: Annotated[str, typer.Option(help="ollama, llama_cpp or vllm")] = "ollama",
    gpu: Annotated[str, typer.Option(help="only this card")] = "",
    budget: Annotated[float, typer.Option(min=0, help="euro: a month of rent, or once with --buy; 0: any")] = 0,
    rent: Annotated[bool, typer.Option("--rent", help="machines to rent within the budget")] = False,
    buy: Annotated[bool, typer.Option("--buy", help="cards to buy within the budget")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line, one line a model")] = False,
    write: Annotated[str, typer.Option(metavar="stacks/Pulumi.NAME.yaml", help="an environment file for it")] = "",
    html: Annotated[str, typer.Option(metavar="FILE", help="a page with plots of memory and of cost, as `worth`")] = "",
    lang: Annotated[str, typer.Option(help="of the page: en or de")] = "en",
) -> None:
    """How much memory a model takes, what carries it, how fast it answers, what that costs."""
    from plan.sizing.question import Asked, answer, one_of

    kv = cast(KvType, one_of("--kv-cache", kv_cache, get_args(KvType)))
    server = cast(EngineName, one_of("--engine", engine, get_args(EngineName)))
    asked = [Asked(model, context, users, quant, kv, server, gpu) for model in models]
    answers = [answer(one) for one in asked]
    if budget or rent or buy:
        from plan.sizing.afforded import afforded

        answers = [
            afforded(one, budget or None, "buy" if buy and not rent else "rent" if rent else None, gpu)
            for one in answers
        ]
    if html:
        from plan.worth.answer import Wanted, write_page
        from plan.worth.machines import ANYWHERE

        wanted = Wanted(gpu, budget or None, "buy" if buy and not rent else "rent" if rent else None, ANYWHERE)
        write_page(Path(html), [one.size for one in answers], wanted, lang)
    if write:
        from plan.sizing.environment_file import write_file

        write_file(Path(write), asked, answers)
    if as_json:
        from plan.sizing.told import as_dict

        for one in answers:
            typer.echo(json.dumps(as_dict(one)))
        return
    from rich.console import Console

    from plan.sizing.table import show

    console = Console(highlight=False, soft_wrap=True)
    for one in answers:
        show(one, console)
    for file in filter(None, (html, write)):
        console.print(f"written: {file}")


def models() -> None:
    """Models of the catalogue, with size and licence."""
    from rich.console import Console

    from plan.sizing.table import models_table

    Console(highlight=False, soft_wrap=True).print(models_table())


def gpus() -> None:
    """NVIDIA cards of the catalogue."""
    from rich.console import Console

    from plan.sizing.table import gpus_table

    Console(highlight=False, soft_wrap=True).print(gpus_table())


def tiers() -> None:
    """What the classes of assistants need: coding, like ChatGPT, like GPT-4."""
    from rich.console import Console

    from plan.sizing.tiers import table

    Console(highlight=False, soft_wrap=True).print(table())


def register(app: typer.Typer) -> None:
    for command in (size, models, gpus, tiers):
        app.command()(command)
