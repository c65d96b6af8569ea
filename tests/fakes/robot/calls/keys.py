"""/key."""

import base64
import datetime
import hashlib

from tests.fakes.robot.answers import Answer, Refusal, invalid
from tests.fakes.robot.calls import Books, Form, call


def fingerprint(data: str) -> str:
    """MD5 in the colon form, as Robot names a key."""
    digest = hashlib.md5(base64.b64decode(data.split()[1]), usedforsecurity=False).hexdigest()
    return ":".join(digest[at : at + 2] for at in range(0, 32, 2))


@call("GET", "/key")
def keys(books: Books, _form: Form) -> Answer:
    if not books["keys"]:
        raise Refusal(404, "NOT_FOUND", "No keys found")
    return 200, [{"key": key} for key in books["keys"].values()]


@call("POST", "/key", 200)
def add(books: Books, form: Form) -> Answer:
    name, data = form.need("name", "data")
    try:
        found = fingerprint(data)
    except (ValueError, IndexError):
        raise invalid(wrong=["data"]) from None
    if found in books["keys"]:
        raise Refusal(409, "KEY_ALREADY_EXISTS", "The supplied key already exists")
    kind = data.split()[0].removeprefix("ssh-").upper()
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S")
    size = 256 if kind == "ED25519" else 2048
    made = {"name": name, "fingerprint": found, "type": kind, "size": size, "data": data, "created_at": now}
    books["keys"][found] = made
    return 201, {"key": made}


@call("GET", "/key/{fingerprint}")
def key(books: Books, _form: Form, found: str) -> Answer:
    if found not in books["keys"]:
        raise Refusal(404, "NOT_FOUND", "Key not found")
    return 200, {"key": books["keys"][found]}


@call("POST", "/key/{fingerprint}", 200)
def rename(books: Books, form: Form, found: str) -> Answer:
    [name] = form.need("name")
    key(books, form, found)
    books["keys"][found]["name"] = name
    return 200, {"key": books["keys"][found]}


@call("DELETE", "/key/{fingerprint}", 200)
def remove(books: Books, form: Form, found: str) -> Answer:
    key(books, form, found)
    del books["keys"][found]
    return 200, None
