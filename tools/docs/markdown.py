"""Markdown, as far as the pages need it."""

from collections.abc import Iterable, Sequence

NOTE = "<!-- Written by `make docs`; change what it is made from. -->"


def document(title: str, *blocks: str) -> str:
    return "\n\n".join([NOTE, f"# {title}", *blocks]) + "\n"


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(map(cell, line)) + " |" for line in lines)


def cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")
