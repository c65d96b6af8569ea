"""What stands before every call: the password, the limit of that kind of call, and errors that a test asked for."""

import base64
import hmac
import re
import time
from typing import Any

from tests.fakes.robot.answers import Refusal
from tests.fakes.robot.books import Books
from tests.fakes.robot.calls import Call

LOGINS, BLOCKED_S = 3, 600
MESSAGE = "asked for by a test"


def login(books: Books, header: str) -> None:
    """Three wrong passwords block everybody who comes from there."""
    if books.get("blocked_until", 0) > time.time():
        raise Refusal(401, "UNAUTHORIZED", "Unauthorized: too many failed logins")
    account = books["account"]
    right = "Basic " + base64.b64encode(f"{account['user']}:{account['password']}".encode()).decode()
    if hmac.compare_digest(header.encode(), right.encode()):
        books["failed_logins"] = 0
        return
    books["failed_logins"] += 1
    if books["failed_logins"] >= LOGINS:
        books["blocked_until"] = time.time() + BLOCKED_S
    raise Refusal(401, "UNAUTHORIZED", "Unauthorized")


def limit(books: Books, call: Call) -> None:
    """limits in the settings: the name of a call to [most, in seconds]."""
    most, interval_s = books["settings"]["limits"].get(call.name, (call.limit, call.interval_s))
    now = time.time()
    seen = [at for at in books["limited"].get(call.name, []) if at > now - interval_s]
    if len(seen) >= most:
        wait_s = int(seen[0] + interval_s - now) + 1
        # The reference says max_request; the service has been seen to say max_requests.
        raise Refusal(403, "RATE_LIMIT_EXCEEDED", "rate limit exceeded", max_requests=most, interval=wait_s)
    books["limited"][call.name] = [*seen, now]


def fault(books: Books, method: str, path: str) -> dict[str, Any] | None:
    """The error that a test wants this call to have, once less from now on."""
    for wanted in books["faults"]:
        if wanted["times"] > 0 and wanted["method"] == method and re.fullmatch(wanted["path"], path):
            if wanted.get("skip", 0) > 0:
                wanted["skip"] -= 1
                continue
            wanted["times"] -= 1
            found: dict[str, Any] = wanted
            return found
    return None


def refusal(wanted: dict[str, Any]) -> Refusal:
    return Refusal(wanted["status"], wanted["code"], MESSAGE, **wanted.get("more", {}))
