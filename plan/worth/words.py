"""What is said about worth, in English and German."""

from typing import Literal

Language = Literal["en", "de"]
LANGUAGES: tuple[Language, ...] = ("en", "de")

_WORDS: dict[str, tuple[str, str]] = {
    "title": ("Is it worth it?", "Lohnt es sich?"),
    "worth": (
        "Worth it: cheaper than each of the three.",
        "Es lohnt sich: billiger als jede der drei Möglichkeiten.",
    ),
    "partly": (
        "Worth it against {cheaper}; not against {dearer}.",
        "Es lohnt sich gegenüber {cheaper}; nicht gegenüber {dearer}.",
    ),
    "privacy": (
        "Not worth it on cost alone; the reason is privacy.",
        "Allein der Kosten wegen lohnt es sich nicht; der Grund ist der Datenschutz.",
    ),
    "too_small": (
        "This machine cannot generate what is asked: {load} of its day. Take a larger one.",
        "Diese Maschine kann nicht erzeugen, was verlangt wird: {load} ihres Tages. Nehmen Sie eine größere.",
    ),
    "machine": ("Machine", "Maschine"),
    "rent": ("rented", "gemietet"),
    "buy": ("bought", "gekauft"),
    "over": ("over {months} months", "in {months} Monaten"),
    "once_rent": ("set-up", "Einrichtung"),
    "once_buy": ("purchase", "Kauf"),
    "rent_sum": ("rent", "Miete"),
    "electricity": ("electricity", "Strom"),
    "maintenance": ("maintenance", "Wartung"),
    "total": ("total", "gesamt"),
    "hosted_us": ("US hosting", "US-Hosting"),
    "hosted_eu": ("EU hosting", "EU-Hosting"),
    "seats": ("seats", "Sitzlizenzen"),
    "own": ("this machine", "diese Maschine"),
    "way": ("way", "Weg"),
    "even_tokens": ("break-even, tokens a day", "Gleichstand, Token am Tag"),
    "even_users": ("break-even, users", "Gleichstand, Nutzer"),
    "even_month": ("paid for itself after", "bezahlt nach"),
    "months_unit": ("months", "Monaten"),
    "month": ("month", "Monat"),
    "never": ("never", "nie"),
    "not_within": ("not within {months} months", "nicht in {months} Monaten"),
    "never_means": (
        "Never: it costs less than the machine's electricity, or it would take more tokens than the machine can"
        " generate ({most} a day).",
        "Nie: es kostet weniger als der Strom der Maschine, oder es wären mehr Token, als die Maschine erzeugen kann"
        " ({most} am Tag).",
    ),
    "assumptions": ("What is assumed", "Was angenommen ist"),
    "assumption": ("assumption", "Annahme"),
    "value": ("value", "Wert"),
    "from_where": ("from where", "woher"),
    "change": ("change it", "zu ändern mit"),
    "price": ("price of", "Preis vom"),
    "ours": ("our assumption, not measured", "unsere Annahme, nicht gemessen"),
    "asked": ("as asked", "wie gefragt"),
    "days": ("{days} days old", "{days} Tage alt"),
    "stale": ("STALE", "VERALTET"),
    "unconfirmed": ("unconfirmed", "unbestätigt"),
    "memory": ("Memory", "Speicher"),
    "memory_title": (
        "Memory of {model} and the cards that carry it",
        "Speicher von {model} und die Karten, die es tragen",
    ),
    "weights": ("weights", "Gewichte"),
    "kv_cache": ("KV cache", "KV-Cache"),
    "compute": ("compute buffers", "Rechenpuffer"),
    "runtime": ("runtime", "Laufzeit"),
    "usable": ("usable", "nutzbar"),
    "card": ("card", "Karte"),
    "full": ("full", "voll"),
    "tokens_user": ("tokens/s, one user", "Token/s, ein Nutzer"),
    "tokens_all": ("tokens/s, all", "Token/s, alle"),
    "cost": ("Cost", "Kosten"),
    "cost_title": (
        "Cost over {months} months, {tokens} generated tokens a day",
        "Kosten in {months} Monaten, {tokens} erzeugte Token am Tag",
    ),
    "crosses": ("level with {name} after {month} months", "gleichauf mit {name} nach {month} Monaten"),
    "context": ("context", "Kontext"),
    "users": ("users", "Nutzer"),
    "slots": ("at once", "gleichzeitig"),
    "no_vat": (
        "Euro without VAT. Speeds are computed from the cards' memory bandwidth and not yet run on hardware.",
        "Euro ohne Mehrwertsteuer. Geschwindigkeiten sind aus der Speicherbandbreite der Karten berechnet und noch"
        " nicht auf Hardware gelaufen.",
    ),
    "quality": (
        "Prices are compared, not answers: a hosted model may be better or worse than {model}.",
        "Verglichen sind Preise, nicht Antworten: Ein gehostetes Modell kann besser oder schlechter sein als {model}.",
    ),
    "licence": ("Licence", "Lizenz"),
    "may": ("a company may use it", "eine Firma darf es nutzen"),
    "may_not": ("a company may not use it", "eine Firma darf es nicht nutzen"),
    "in_eu": ("granted in the EU", "in der EU erteilt"),
    "not_in_eu": ("not granted in the EU", "in der EU nicht erteilt"),
    "not_counted": (
        "Not counted: what bought cards are worth at the end, how prices change until then, machines that fail, and the"
        " time in which the machine reads prompts.",
        "Nicht gezählt: was gekaufte Karten am Ende wert sind, wie sich Preise bis dahin ändern, Maschinen, die"
        " ausfallen, und die Zeit, in der die Maschine Eingaben liest.",
    ),
    "others": ("Other machines that carry it", "Andere Maschinen, die es tragen"),
    "as_of": ("As of {on}.", "Stand {on}."),
    "sources": ("Sources of the prices", "Quellen der Preise"),
    "a_month": ("EUR a month", "EUR im Monat"),
    "once": ("EUR once", "EUR einmal"),
    "per_mtok": ("{price} EUR a million generated tokens", "{price} EUR je Million erzeugter Token"),
    # assumptions
    "a_months": ("months counted", "gezählte Monate"),
    "a_users": ("users", "Nutzer"),
    "a_tokens_user_day": ("generated tokens a user and day", "erzeugte Token je Nutzer und Tag"),
    "a_read": ("tokens read for each generated one", "gelesene Token je erzeugtem"),
    "a_load": ("of the day under load, by these tokens", "des Tages unter Last, nach diesen Token"),
    "a_eur_kwh": ("EUR a kWh, without VAT", "EUR je kWh, ohne MwSt."),
    "a_load_w": ("watts under load, cards and computer", "Watt unter Last, Karten und Rechner"),
    "a_idle_w": ("watts when it waits", "Watt, wenn sie wartet"),
    "a_idle_share": ("share of the cards' power, when they wait", "Anteil der Leistung der Karten, wenn sie warten"),
    "a_host_w": ("watts of the computer around them", "Watt des Rechners um sie herum"),
    "a_host_eur": ("EUR for that computer; 0 is one you have", "EUR für diesen Rechner; 0 ist einer, den Sie haben"),
    "a_maintenance_h": ("hours of maintenance a month", "Stunden Wartung im Monat"),
    "a_eur_hour": ("EUR an hour of maintenance", "EUR je Stunde Wartung"),
    "a_seats": ("seats", "Sitzlizenzen"),
    "a_seat_eur": ("EUR a seat and month", "EUR je Sitzlizenz und Monat"),
    "a_hosted_us": ("hosted American model", "gehostetes amerikanisches Modell"),
    "a_hosted_eu": ("model hosted in the EU", "in der EU gehostetes Modell"),
    "a_tokens_s": ("tokens a second of all requests", "Token je Sekunde aller Anfragen"),
    "a_exchange": ("US dollars a euro", "US-Dollar je Euro"),
    "as_users": ("one for each user", "eine je Nutzer"),
    "computed": ("computed", "berechnet"),
}


def word(key: str, language: Language, **values: object) -> str:
    return _WORDS[key][LANGUAGES.index(language)].format(**values)


def number(value: float, language: Language, digits: int = 0) -> str:
    """1,234.5 in English is 1.234,5 in German."""
    text = f"{value:,.{digits}f}"
    return text if language == "en" else text.translate(str.maketrans(",.", ".,"))


def listed(names: list[str], language: Language) -> str:
    """a; a and b; a, b and c."""
    both = " and " if language == "en" else " und "
    return both.join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
