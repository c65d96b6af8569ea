"""SSH keys, told apart by their fingerprint (MD5 with colons)."""

import base64
import binascii
import hashlib
import struct

from tests.fakes.hcloud import resource
from tests.fakes.hcloud.errors import invalid, taken
from tests.fakes.hcloud.routes import Answer, Call, route

resource.routes_of("ssh_keys", filters=("fingerprint",), protects=False, acts=False)


def fingerprint(public_key: str) -> str:
    words = public_key.split()
    try:
        blob = base64.b64decode(words[1], validate=True)
        [length] = struct.unpack(">I", blob[:4])
        if blob[4 : 4 + length].decode() != words[0]:
            raise ValueError("another type")
    except (IndexError, ValueError, binascii.Error, struct.error):
        raise invalid("public_key", "is not a valid SSH key") from None
    digest = hashlib.md5(blob, usedforsecurity=False).hexdigest()
    return ":".join(digest[at : at + 2] for at in range(0, 32, 2))


@route("POST", "/ssh_keys")
def create(call: Call) -> Answer:
    public_key = call.need("public_key")
    print_ = fingerprint(public_key)
    if any(key["fingerprint"] == print_ for key in call.books.all("ssh_keys")):
        raise taken("public_key", "SSH key with the same fingerprint already exists")
    made = {**resource.born(call, "ssh_keys"), "fingerprint": print_, "public_key": public_key}
    return 201, {"ssh_key": call.books.add("ssh_keys", made)}


@route("DELETE", "/ssh_keys/{id}")
def delete(call: Call) -> Answer:
    call.books.drop("ssh_keys", call.books.find("ssh_keys", call.ids["id"])["id"])
    return 204, {}
