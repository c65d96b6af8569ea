"""Which SSH keys let somebody in: one, and no others."""

import shlex

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy.facts.accounts import Accounts, KeyFiles
from deploy.operations.files import stands
from deploy.record import Commands, upload


@operation()
def only_key(user: str, key: str) -> Commands:
    """The user's file holds this key alone, and nobody has another file. What was there is not kept."""
    account = host.get_fact(Accounts)[user]
    own, text = f"{account.home}/.ssh/authorized_keys", f"{key}\n"
    if not stands(text, own, user, account.group, "600"):
        yield StringCommand(f"install -d -o {user} -g {account.group} -m 700 {shlex.quote(f'{account.home}/.ssh')}")
        yield from upload(text, own, user, account.group, "600")
    for path in host.get_fact(KeyFiles):
        if path != own:
            yield StringCommand(f"rm -rf {shlex.quote(path)}")
