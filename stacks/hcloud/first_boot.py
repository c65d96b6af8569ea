"""What cloud-init gives a new server: a host key that we know already, so that the first connection is strict.

Hetzner keeps user data, and every process on the server can read it from the metadata service. So this key is
burnt as soon as it has done its work: the first connection makes another one there (see first_contact).
"""

import json

MOST_BYTES = 32 * 1024


def user_data(host_private: str, host_public: str) -> str:
    """A cloud-config document; JSON is YAML, and needs no escaping of ours."""
    config = {
        "ssh_deletekeys": True,
        "ssh_genkeytypes": [],
        "ssh_keys": {"ed25519_private": host_private, "ed25519_public": host_public},
        "ssh_pwauth": False,
        "disable_root": False,
        "package_update": False,
    }
    return "#cloud-config\n" + json.dumps(config, indent=1) + "\n"
