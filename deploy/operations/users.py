"""System users that no one can log in as."""

import shlex

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy.facts.packages import Present
from deploy.record import Commands, begin_installation, settle_installation


@operation()
def system_user(user: str, home: str, comment: str) -> Commands:
    """The user exists, with a group of the same name, no shell and no password."""
    if user in host.get_fact(Present).users:
        return
    yield from begin_installation()
    yield StringCommand(
        f"useradd --system --user-group --no-create-home --home-dir {home} --shell /usr/sbin/nologin"
        f" --comment {shlex.quote(comment)} {user}"
    )
    yield from settle_installation()
