"""The last net: nothing that leaves this room carries a secret, whatever a server answered."""

from plan.machine import Secrets

SHORTEST = 12
MASK = "[redacted]"


class Redaction:
    """Masks every secret of a handover in any text, list or mapping."""

    def __init__(self, secrets: Secrets) -> None:
        pems = (secrets.ca_key, secrets.certificate_key, secrets.ssh_key)
        lines = [line for pem in pems for line in pem.splitlines() if not line.startswith("-----")]
        words = [*secrets.clients.values(), *lines]
        self._words = sorted((word for word in words if len(word) >= SHORTEST), key=len, reverse=True)

    def text(self, text: str) -> str:
        for word in self._words:
            text = text.replace(word, MASK)
        return text

    def value(self, value: object) -> object:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(str(key)): self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return value
