"""A small client of the Robot webservice: one call, its answer, and bounded waits for what passes by itself."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from plan.errors import ProviderError
from stacks.robot.account import Account
from stacks.robot.errors import RobotError, Unanswered

Form = Mapping[str, str | int | bool | Iterable[str | int]]
Say = Callable[[str], None]
TIMEOUT_S = 60
GROWTH, LONGEST_STEP_S = 1.2, 30.0


@dataclass(frozen=True)
class Patience:
    """How long we wait in all for what passes by itself, and how often we ask again."""

    whole_s: float = 300
    step_s: float = 5
    sleep: Callable[[float], None] = time.sleep


class Robot:
    """Raises RobotError with Robot's code, or Unanswered. The password is in the Authorization header alone.

    A wrong password is never tried twice: three failures block the address. A call that changes something is
    not repeated when nothing answered, because it may have been done.
    """

    def __init__(self, account: Account, patience: Patience | None = None, say: Say = print) -> None:
        self.account, self.patience, self.say = account, patience or Patience(), say
        self._http = httpx.Client(
            base_url=account.url,
            auth=httpx.BasicAuth(account.user, account.password),
            timeout=TIMEOUT_S,
            headers={"Accept": "application/json"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def get(self, path: str) -> Any:
        """The JSON answer."""
        return self._patiently("GET", path, {})

    def found(self, path: str) -> Any | None:
        """The JSON answer, or None: empty lists too are answered with 404 by several calls."""
        try:
            return self.get(path)
        except RobotError as error:
            if error.status == 404:
                return None
            raise

    def post(self, path: str, form: Form) -> Any:
        return self._patiently("POST", path, form)

    def delete(self, path: str, form: Form | None = None) -> Any:
        return self._patiently("DELETE", path, form or {})

    def until(self, what: str, look: Callable[[], Any | None], whole_s: float | None = None) -> Any:
        """Ask again and again until `look` gives something; a ProviderError names what did not come."""
        whole_s, waited_s, step_s = whole_s or self.patience.whole_s, 0.0, self.patience.step_s
        while (seen := look()) is None:
            if waited_s >= whole_s:
                raise ProviderError(what, f"not yet after {whole_s:g} s", "look at it in Robot, then `pulumi up` again")
            self.patience.sleep(step_s)
            waited_s += step_s
            step_s = min(step_s * GROWTH, LONGEST_STEP_S)  # some calls are limited to 200 an hour
        return seen

    def _patiently(self, method: str, path: str, form: Form) -> Any:
        waited_s = 0.0
        while True:
            try:
                return self._once(method, path, form)
            except RobotError as error:
                wait_s = max(1.0, error.interval_s or self.patience.step_s)
                if not error.passes or waited_s + wait_s > self.patience.whole_s:
                    raise
                self.say(f"Robot: {error.code} at {method} {path}; waiting {wait_s:g} s")
            except Unanswered:
                if method != "GET" or waited_s >= 2 * self.patience.step_s:
                    raise
                wait_s = self.patience.step_s
            self.patience.sleep(wait_s)
            waited_s += wait_s

    def _once(self, method: str, path: str, form: Form) -> Any:
        call = f"{method} {path}"
        body = {"data": dict(encoded(form))} if form else {}
        try:
            answer = self._http.request(method, path, **body)  # type: ignore[arg-type]
        except httpx.HTTPError as error:
            todo = "check the network, then run `pulumi up` again, which looks first at what was done"
            raise Unanswered(f"Robot to answer {call}", type(error).__name__, todo) from None
        if answer.is_success:
            return _json(answer) if answer.content.strip() else None
        value = _json(answer)
        raise RobotError(call, answer.status_code, value if isinstance(value, dict) else {}, self.account.password)


def encoded(form: Form) -> list[tuple[str, str | list[str]]]:
    """A form as Robot reads it: `key[]` for each entry of a list, true and false as words."""
    pairs: list[tuple[str, str | list[str]]] = []
    for key, value in form.items():
        if isinstance(value, str | int):
            pairs.append((key, str(value).lower() if isinstance(value, bool) else str(value)))
        else:
            pairs.append((f"{key}[]", [str(entry) for entry in value]))
    return pairs


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return {}
