"""Errors as the API words them: {"error": {"code", "message", "details"}}.

Statuses are those of the API reference; that of `protected`, which it does not give, is assumed.
"""

from typing import Any


class ApiError(Exception):
    def __init__(self, status: int, code: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"code": code, "message": message, "details": details or {}}}


def not_found(what: str) -> ApiError:
    return ApiError(404, "not_found", f"{what} not found")


def invalid(field: str, message: str) -> ApiError:
    details = {"fields": [{"name": field, "messages": [message]}]}
    return ApiError(422, "invalid_input", f"invalid input in field '{field}': {message}", details)


def taken(field: str, message: str) -> ApiError:
    return ApiError(409, "uniqueness_error", message, {"fields": [{"name": field}]})


def locked(what: str) -> ApiError:
    return ApiError(423, "locked", f"{what} is locked: there is already an action running")


def protected(what: str) -> ApiError:
    return ApiError(403, "protected", f"{what} is protected")


def refused(code: str, message: str, status: int = 422) -> ApiError:
    """A code of one resource alone, such as `networks_overlap`."""
    return ApiError(status, code, message)


def limit(name: str, message: str) -> ApiError:
    return ApiError(403, "resource_limit_exceeded", message, {"limits": [{"name": name}]})
