"""/boot: the rescue system and the automatic installation; each is activated for one boot."""

import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.fakes.robot.answers import Answer, Refusal, invalid, shown
from tests.fakes.robot.calls import Books, Form, call
from tests.fakes.robot.calls.keys import fingerprint
from tests.fakes.robot.calls.servers import server

SYSTEMS = ["linux", "vkvm"]
DISTRIBUTIONS = ["Debian 12 base", "Debian 13 base", "Rescue system", "Ubuntu 24.04 LTS base"]
PASSWORD = "a root password of the rescue system"


def state(books: Books, number: str) -> tuple[dict[str, Any], dict[str, Any]]:
    found = server(books, number)
    if not found["rescue"]:
        raise Refusal(404, "BOOT_NOT_AVAILABLE", "No boot configuration available for this server")
    boot = books["boot"].setdefault(str(found["server_number"]), {"rescue": None, "linux": None, "last": None})
    return found, boot


def head(found: dict[str, Any]) -> dict[str, Any]:
    return {key: found[key] for key in ("server_ip", "server_ipv6_net", "server_number")}


def rescue(found: dict[str, Any], active: dict[str, Any] | None) -> dict[str, Any]:
    if active:
        return {**head(found), **shown(active)}
    idle = {"os": SYSTEMS, "arch": [64], "active": False, "password": None, "authorized_key": [], "host_key": []}
    return {**head(found), **idle, "boot_time": None}


def linux(found: dict[str, Any], active: dict[str, Any] | None) -> dict[str, Any]:
    if active:
        return {**head(found), **shown(active)}
    idle = {"dist": DISTRIBUTIONS, "arch": [64], "lang": ["en"], "active": False, "password": None}
    return {**head(found), **idle, "authorized_key": [], "host_key": []}


def authorized(books: Books, form: Form) -> list[dict[str, Any]]:
    """The account's keys of these fingerprints, as an answer names them."""
    wanted = form.all("authorized_key")
    if any(one not in books["keys"] for one in wanted):
        raise invalid(wrong=["authorized_key"])
    kept = ("name", "fingerprint", "type", "size")
    return [{"key": {key: books["keys"][one][key] for key in kept}} for one in wanted]


def host_key() -> tuple[str, str]:
    """A new system's private and public SSH host key."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "rescue", "-f", file], check=True)
        return file.read_text(), file.with_suffix(".pub").read_text()


def told(books: Books, active: dict[str, Any]) -> dict[str, Any]:
    """As the answer to an activation: a system's host key is told at once, or when it has booted."""
    return active if books["settings"]["host_keys"] == "at activation" else {**active, "host_key": []}


@call("GET", "/boot/{n}")
def boot(books: Books, _form: Form, number: str) -> Answer:
    found, now = state(books, number)
    others = dict.fromkeys(("vnc", "windows", "plesk", "cpanel"))
    shown_rescue = told(books, rescue(found, now["rescue"]))
    return 200, {"boot": {"rescue": shown_rescue, "linux": linux(found, now["linux"]), **others}}


@call("GET", "/boot/{n}/rescue")
def show_rescue(books: Books, _form: Form, number: str) -> Answer:
    found, now = state(books, number)
    return 200, {"rescue": told(books, rescue(found, now["rescue"]))}


@call("GET", "/boot/{n}/rescue/last")
def last_rescue(books: Books, _form: Form, number: str) -> Answer:
    found, now = state(books, number)
    if not now["last"]:
        raise Refusal(404, "NOT_FOUND", "No previous activation")
    booted = now["last"].get("_booted")
    last = rescue(found, {**now["last"], "active": False})
    return 200, {"rescue": last if booted else told(books, last)}


@call("POST", "/boot/{n}/rescue")
def activate_rescue(books: Books, form: Form, number: str) -> Answer:
    found, now = state(books, number)
    system = form.one_of("os", tuple(SYSTEMS))
    if now["rescue"] or now["linux"]:
        raise Refusal(409, "BOOT_ALREADY_ENABLED", "There is already an active boot configuration")
    keys = authorized(books, form)
    private, public = host_key()
    kept = {"name": "rescue", "fingerprint": fingerprint(public), "type": "ED25519", "size": 256}
    now["rescue"] = {
        "os": system,
        "arch": 64,
        "active": True,
        "password": None if keys else PASSWORD,
        "authorized_key": keys,
        "host_key": [{"key": kept}],
        "boot_time": None,
        "_host_private": private,
        "_host_public": public,
    }
    now["last"] = now["rescue"]
    return 200, {"rescue": told(books, rescue(found, now["rescue"]))}


@call("DELETE", "/boot/{n}/rescue")
def deactivate_rescue(books: Books, _form: Form, number: str) -> Answer:
    found, now = state(books, number)
    now["rescue"] = None
    return 200, {"rescue": rescue(found, None)}


@call("GET", "/boot/{n}/linux")
def show_linux(books: Books, _form: Form, number: str) -> Answer:
    found, now = state(books, number)
    return 200, {"linux": linux(found, now["linux"])}


@call("POST", "/boot/{n}/linux")
def activate_linux(books: Books, form: Form, number: str) -> Answer:
    found, now = state(books, number)
    dist, lang = form.one_of("dist", tuple(DISTRIBUTIONS)), form.one_of("lang", ("en", "de"))
    if now["rescue"] or now["linux"]:
        raise Refusal(409, "BOOT_ALREADY_ENABLED", "There is already an active boot configuration")
    keys = authorized(books, form)
    password = None if keys else PASSWORD
    now["linux"] = {"dist": dist, "arch": 64, "lang": lang, "active": True, "password": password}
    now["linux"] |= {"authorized_key": keys, "host_key": []}
    return 200, {"linux": linux(found, now["linux"])}


@call("DELETE", "/boot/{n}/linux")
def deactivate_linux(books: Books, _form: Form, number: str) -> Answer:
    found, now = state(books, number)
    now["linux"] = None
    return 200, {"linux": linux(found, None)}
