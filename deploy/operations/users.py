"""Accounts: system users that no one can log in as, and no passwords."""

import shlex

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy.facts.accounts import Account, Accounts
from deploy.record import Commands, begin_installation, settle_installation

NO_SHELL = "/usr/sbin/nologin"


@operation()
def system_user(user: str, home: str, comment: str) -> Commands:
    """The user exists, with a group of the same name and no other, no shell and no password."""
    found = host.get_fact(Accounts).get(user)
    if found == Account(home, NO_SHELL, user, (), password=False):
        return
    if found:
        yield StringCommand(f"usermod --home {home} --shell {NO_SHELL} --groups '' --password '*' {user}")
        return
    yield from begin_installation()
    yield StringCommand(
        f"useradd --system --user-group --no-create-home --home-dir {home} --shell {NO_SHELL}"
        f" --comment {shlex.quote(comment)} {user}"
    )
    yield from settle_installation()


@operation()
def no_passwords() -> Commands:
    """No account has a password, or needs none: `*` fits no password and leaves a key its login."""
    opened = sorted(user for user, account in host.get_fact(Accounts).items() if account.password)
    if opened:
        yield StringCommand("pwconv")
    for user in opened:
        yield StringCommand(f"usermod --password '*' {shlex.quote(user)}")
