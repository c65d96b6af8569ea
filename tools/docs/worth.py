"""Whether a machine of one's own is worth it, for the three kinds of use that the document behind us names."""

from plan import catalog
from plan.errors import PlanError
from plan.sizing import size_of
from plan.sizing.known import rows
from plan.worth import Assumptions, Worth, judge, machines
from plan.worth.told import even, machine, verdict
from plan.worth.value import How
from plan.worth.words import word
from tools.docs.markdown import document, table

HEADINGS = (
    "model", "users", "machine", "EUR in all", "US hosting", "break-even", "EU hosting", "break-even", "seats",
    "break-even", "verdict",
)  # fmt: skip


HOWS: tuple[How, ...] = ("buy", "rent")
USERS = {"coding assistant": 4, "like ChatGPT": 10, "like GPT-4": 40}


def tiers() -> list[tuple[str, int, tuple[str, str]]]:
    """Of each kind: its name and memory in the document, the document's model and one of today."""
    return [(row["tier"], row["vram_gb"], (row["models"][-1], row["models"][0])) for row in rows("seed/tiers")]


def page() -> str:
    usual = Assumptions()
    parts = []
    for name, vram_gb, models in tiers():
        lines = (row(model, USERS[name], how) for model in models for how in HOWS)
        parts += [f"## {name[0].upper()}{name[1:]}", f"The document: {vram_gb} GB of VRAM.", table(HEADINGS, lines)]
    return document(
        "Is it worth it?",
        f"The cheapest machine over {usual.months} months that carries a model, bought and rented in Germany, against"
        " the same tokens from a hosted American model, one hosted in the EU, and a seat for everybody. The first model"
        " of each kind is the document's own, the second one of today.",
        f"Assumed: {usual.tokens_user_day:,.0f} generated tokens a user and day and {usual.read:g} read for each;"
        f" {usual.maintenance_h:g} hour of maintenance a month at {usual.eur_hour:g} EUR; {usual.eur_kwh:.4f} EUR"
        f" a kWh; cards that wait take {usual.idle_share:.0%} of their power, the computer around them"
        f" {usual.host_w:g} W and no money (one that is there already); rent has electricity in it. Euro without VAT,"
        " at the prices of [offers.md](offers.md), of which many are old or unconfirmed. Speeds follow from memory"
        " bandwidth and were not yet run on hardware. Every assumption is an option of `eigenherd worth`, which prints"
        " all of them.",
        "A break-even is in generated tokens a day and in users; *never* is where it costs less than the machine's"
        " electricity, or would take more tokens than the machine can generate. Prices are compared, not answers.",
        word("not_counted", "en"),
        *parts,
    )


def row(model: str, users: int, how: How) -> tuple[object, ...]:
    assumed = Assumptions(users=users)
    size = size_of(catalog.model(model), users=users)
    try:
        worth = judge(size, machines(size, assumed, how)[0], assumed)
    except PlanError as refused:
        return (f"`{model}`", users, f"{refused.wanted}: {refused.found}", *[""] * 8)
    return (
        f"`{model}`",
        users,
        machine(worth.means, "en"),
        f"{worth.cost.total_eur:,.0f}",
        *ways(worth),
        verdict(worth, "en"),
    )


def ways(worth: Worth) -> list[str]:
    cells = []
    for one in worth.comparisons:
        tokens, users = even(one, "en")
        cells += [f"{one.total_eur:,.0f} ({one.name})", tokens if tokens == users else f"{tokens}, {users} users"]
    return cells
