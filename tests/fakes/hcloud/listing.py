"""Lists as the API gives them: filtered, sorted, in pages of 25 (at most 50), with `meta.pagination` and a Link."""

from typing import Any
from urllib.parse import urlencode

from tests.fakes.hcloud import labels
from tests.fakes.hcloud.errors import invalid

Query = dict[str, list[str]]

PER_PAGE, MOST_PER_PAGE = 25, 50
OURS = ("page", "per_page", "sort", "label_selector")


def filtered(records: list[dict[str, Any]], query: Query, by: tuple[str, ...]) -> list[dict[str, Any]]:
    for selector in query.get("label_selector", []):
        records = [record for record in records if labels.selects(selector, record.get("labels", {}))]
    for key in by:
        if key in query:
            records = [record for record in records if _text(record.get(key)) in query[key]]
    for order in reversed(query.get("sort", ["id"])):
        key, _, direction = order.partition(":")
        if any(key not in record for record in records):
            raise invalid("sort", f"cannot sort by '{key}'")
        records = sorted(records, key=lambda record: record[key], reverse=direction == "desc")
    return records


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def page(records: list[Any], query: Query, path: str) -> tuple[list[Any], dict[str, Any], str]:
    """One page, its `meta`, and the Link header."""
    number = _number(query, "page", 1)
    size = min(_number(query, "per_page", PER_PAGE), MOST_PER_PAGE)
    last = max(1, -(-len(records) // size))
    pages = {"prev": number - 1 if number > 1 else None, "next": number + 1 if number < last else None, "last": last}
    pagination = {
        "page": number,
        "per_page": size,
        "previous_page": pages["prev"],
        "next_page": pages["next"],
        "last_page": last,
        "total_entries": len(records),
    }
    links = [
        f'<{path}?{urlencode({**query, "page": [target]}, doseq=True)}>; rel="{name}"'
        for name, target in pages.items()
        if target
    ]
    return records[(number - 1) * size : number * size], {"pagination": pagination}, ", ".join(links)


def _number(query: Query, key: str, default: int) -> int:
    text = query.get(key, [str(default)])[-1]
    if not text.isdigit() or int(text) < 1:
        raise invalid(key, "must be a number from 1")
    return int(text)
