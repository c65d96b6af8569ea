"""The answer in a terminal."""

from datetime import date
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from plan.worth import Verdict, Worth
from plan.worth.told import assumptions, even, machine, paid, parts, price_of, verdict
from plan.worth.told import licence as told_licence
from plan.worth.words import Language, number, word

if TYPE_CHECKING:
    from plan.worth.answer import Answer

STYLES = {Verdict.WORTH: "green", Verdict.PARTLY: "yellow", Verdict.PRIVACY: "yellow", Verdict.TOO_SMALL: "red"}
OTHERS = 5


def show(answer: "Answer", on: date, language: Language, console: Console) -> None:
    worth = answer.worth
    size = worth.size
    asked = f"{size.users} {word('users', language)}, {number(size.context, language)} {word('context', language)}"
    console.print(f"\n[bold]{size.model}[/bold] {size.quant}, {asked}")
    console.print(machine(worth.means, language), markup=False)
    console.print(verdict(worth, language), style=f"bold {STYLES[worth.verdict]}")
    console.print(_ways(worth, on, language))
    if any(one.even_tokens_day is None for one in worth.comparisons):
        most = number(worth.means.most_tokens_day, language)
        console.print(word("never_means", language, most=most), style="dim")
    console.print(word("quality", language, model=size.model), style="dim")
    if licence := told_licence(size.model, language):
        console.print(f"{word('licence', language)}: {licence}", style="dim", markup=False)
    console.print(_assumptions(worth, on, language))
    console.print(word("not_counted", language), style="dim")
    if answer.others:
        console.print(_others(answer, on, language))
    console.print(f"{word('no_vat', language)} {word('as_of', language, on=on)}", style="dim")


def _ways(worth: Worth, on: date, language: Language) -> Table:
    months = worth.assumptions.months
    table = Table(word("way", language), title=None)
    for key in ("total", "even_tokens", "even_users", "even_month"):
        heading = f"EUR, {word('over', language, months=months)}" if key == "total" else word(key, language)
        table.add_column(heading, justify="right")
    table.add_column(word("price", language))
    spent = "\n".join(f"  {name} {number(euro, language)}" for name, euro in parts(worth, language))
    own = f"{word('own', language)}\n{spent}"
    price = price_of(worth.means.price, worth.means.kind, on, language)
    table.add_row(own, number(worth.cost.total_eur, language), "", "", "", price, style="bold", end_section=True)
    for one in worth.comparisons:
        tokens, users = even(one, language)
        where = f", {one.where}" if one.where else ""
        name = f"{word(one.against, language)}\n  {one.name}{where}"
        total, price = number(one.total_eur, language), price_of(one.price, one.kind, on, language)
        table.add_row(name, total, tokens, users, paid(one, months, language), price)
    return table


def _assumptions(worth: Worth, on: date, language: Language) -> Table:
    table = Table(word("assumption", language), title=word("assumptions", language), title_justify="left", box=None)
    table.add_column(word("value", language), justify="right")
    table.add_column(word("from_where", language))
    table.add_column(word("change", language), no_wrap=True)
    for line in assumptions(worth, on, language):
        table.add_row(line.name, line.value, line.source, line.option)
    return table


def _others(answer: "Answer", on: date, language: Language) -> Table:
    table = Table(word("machine", language), title=word("others", language), title_justify="left", box=None)
    table.add_column(word("once", language), justify="right")
    table.add_column(word("a_month", language), justify="right")
    table.add_column(word("price", language))
    for means in answer.others[:OTHERS]:
        once, month = number(means.once_eur, language, 2), number(means.month_eur, language, 2)
        table.add_row(machine(means, language), once, month, price_of(means.price, means.kind, on, language))
    return table
