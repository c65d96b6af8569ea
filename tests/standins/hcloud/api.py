"""The API as the stand-in asks it: one request, and then its actions until they have finished."""

from typing import Any

import httpx

TIMEOUT_S = 30


class ApiRefusal(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{message} ({code})")
        self.code = code


class Api:
    def __init__(self, endpoint: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx.Client(base_url=endpoint, headers=headers, timeout=TIMEOUT_S)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self._client.request(method, path, json=body)
        found: dict[str, Any] = answer.json() if answer.content else {}
        if answer.status_code >= 400:
            raise ApiRefusal(found["error"]["code"], found["error"]["message"])
        begun = [found.get("action"), *found.get("actions", []), *found.get("next_actions", [])]
        for action in begun if method != "GET" else []:
            if action:
                self._wait(action["id"])
        return found

    def _wait(self, action: int) -> None:
        while True:
            found = self.ask("GET", f"/actions/{action}")["action"]
            if found["status"] == "error":
                raise ApiRefusal(found["error"]["code"], found["error"]["message"])
            if found["status"] == "success":
                return
