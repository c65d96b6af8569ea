"""What somebody wrote, in a form that a message can repeat: short, on one line, without a secret."""

import json
import re

MOST_CHARACTERS = 90
_PASSWORD = re.compile(r"://[^/@\s]*@")


def shown(value: object) -> str:
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    if "PRIVATE KEY" in text:
        return "a private key"
    return f"`{short(re.sub(_PASSWORD, '://...@', text))}`"


def short(text: str) -> str:
    return plain(text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 3] + "...")


def plain(text: str) -> str:
    """Without line breaks, and without characters that a terminal would obey."""
    return text if text.isprintable() else text.encode("unicode_escape").decode()
