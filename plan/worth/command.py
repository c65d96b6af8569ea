"""`eigenherd worth`: its options. What they mean is plan.worth.Assumptions; the work is in plan.worth.answer."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

from plan.sizing.value import EngineName, KvType

if TYPE_CHECKING:
    from plan.worth.words import Language


def worth(
    models: Annotated[
        list[str], typer.Argument(metavar="MODEL...", help="as `size` takes them: names in the catalogue, or paths")
    ],
    context: Annotated[int, typer.Option(min=0, help="tokens of a request; 0: as `size` takes it")] = 0,
    users: Annotated[int, typer.Option(min=1, help="people and programs that use it")] = 4,
    quant: Annotated[str, typer.Option(help="Q4_K_M, Q8_0, F16...; without it, as published")] = "",
    kv_cache: Annotated[str, typer.Option(help="f16, q8_0 or q4_0")] = "f16",
    engine: Annotated[str, typer.Option(help="ollama, llama_cpp or vllm")] = "ollama",
    gpu: Annotated[str, typer.Option(help="only this card")] = "",
    budget: Annotated[float | None, typer.Option(min=0, help="EUR a month of rent, or once for cards")] = None,
    rent: Annotated[bool, typer.Option("--rent", help="only machines to rent")] = False,
    buy: Annotated[bool, typer.Option("--buy", help="only cards to buy")] = False,
    country: Annotated[str, typer.Option(help="where a rented machine may stand: DE, FI, FR, any")] = "DE",
    months: Annotated[int, typer.Option(min=1, max=120, help="months counted")] = 36,
    tokens_user_day: Annotated[float, typer.Option(min=1, help="generated tokens a user and day")] = 20_000,
    read: Annotated[float, typer.Option(min=0, help="tokens read for each generated one")] = 3.0,
    eur_kwh: Annotated[float | None, typer.Option(min=0, help="EUR a kWh without VAT")] = None,
    idle_share: Annotated[float, typer.Option(min=0, max=1, help="of the cards' power, when they wait")] = 0.1,
    host_w: Annotated[float, typer.Option(min=0, help="watts of the computer around bought cards")] = 60,
    host_eur: Annotated[float, typer.Option(min=0, help="EUR for that computer; 0 is one you have")] = 0,
    maintenance_h: Annotated[float, typer.Option(min=0, help="hours of maintenance a month")] = 1.0,
    eur_hour: Annotated[float, typer.Option(min=0, help="EUR an hour of maintenance")] = 80,
    seats: Annotated[int | None, typer.Option(min=1, help="seats to compare with; the users without it")] = None,
    seat_eur: Annotated[float | None, typer.Option(min=0, help="EUR a seat and month without VAT")] = None,
    hosted_us: Annotated[str, typer.Option(help="hosted American model to compare with")] = "",
    hosted_eu: Annotated[str, typer.Option(help="model hosted in the EU to compare with")] = "",
    html: Annotated[Path | None, typer.Option(help="write a page, complete in itself, to this file")] = None,
    lang: Annotated[str, typer.Option(help="en or de")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="print JSON, one object a model")] = False,
    on: Annotated[str, typer.Option(help="as of a day, YYYY-MM-DD; today without it")] = "",
) -> None:
    """What a machine of your own costs over months, against hosted models and seats, and where it breaks even."""
    from rich.console import Console

    from plan.catalog.age import day
    from plan.sizing.question import Asked, one_of
    from plan.worth import Assumptions
    from plan.worth.answer import Wanted, answered, show_all, sized
    from plan.worth.machines import COUNTRIES
    from plan.worth.words import LANGUAGES

    prices = {"eur_kwh": eur_kwh, "seat_eur": seat_eur}
    assumed = Assumptions(
        months=months,
        users=users,
        tokens_user_day=tokens_user_day,
        read=read,
        idle_share=idle_share,
        host_w=host_w,
        host_eur=host_eur,
        maintenance_h=maintenance_h,
        eur_hour=eur_hour,
        seats=seats,
        hosted_us=hosted_us,
        hosted_eu=hosted_eu,
        **{key: value for key, value in prices.items() if value is not None},
    )
    kv = cast(KvType, one_of("--kv-cache", kv_cache, get_args(KvType)))
    server = cast(EngineName, one_of("--engine", engine, get_args(EngineName)))
    wanted = Wanted(
        gpu=gpu,
        budget_eur=budget,
        how="rent" if rent and not buy else "buy" if buy and not rent else None,
        country=one_of("--country", country, COUNTRIES),
    )
    language = cast("Language", one_of("--lang", lang, LANGUAGES))
    sizes = [sized(Asked(model, context, users, quant, kv, server, gpu)) for model in models]
    answers = [answered(size, wanted, assumed) for size in sizes]
    show_all(answers, day(on), language, html, as_json, Console(highlight=False))
