"""Questions whose answer nobody can have stored: four random digits that have to come back.

One example turn first: a model of 135 million parameters then repeats the digits reliably.
"""

import secrets


def nonce() -> str:
    return str(1000 + secrets.randbelow(9000))


def distinct(count: int) -> list[str]:
    """Nonces of which none equals another, nor the example."""
    found: set[str] = set()
    while len(found) < count:
        found |= {nonce()} - {"4821"}
    return sorted(found, key=lambda _: secrets.randbits(32))


def repeat(digits: str) -> list[dict[str, str]]:
    return [
        {"role": "user", "content": "Repeat: 4821"},
        {"role": "assistant", "content": "4821"},
        {"role": "user", "content": f"Repeat: {digits}"},
    ]
