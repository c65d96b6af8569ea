"""What a call answers: a status with a body, or a documented error."""

from typing import Any

Answer = tuple[int, Any]


class Refusal(Exception):
    """The documented error body."""

    def __init__(self, status: int, code: str, message: str, **more: Any) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"error": {"status": status, "code": code, "message": message, **more}}


def invalid(*, missing: list[str] | None = None, wrong: list[str] | None = None) -> Refusal:
    return Refusal(400, "INVALID_INPUT", "invalid input", missing=missing, invalid=wrong)


def shown(thing: dict[str, Any]) -> dict[str, Any]:
    """What is written in the books about it, without what only the fake knows."""
    return {key: value for key, value in thing.items() if not key.startswith("_")}
