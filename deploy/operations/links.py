"""Folders of links to files that lie elsewhere."""

import shlex

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy.facts.files import Entries, Links
from deploy.record import Commands


@operation()
def just_these(path: str, targets: dict[str, str]) -> Commands:
    """A folder that is ours alone holds these links and nothing else; targets: what each name leads to."""
    found, entries = host.get_fact(Links, path=path), host.get_fact(Entries, path=path)
    if found != targets or sorted(entries) != sorted(targets):
        made = [f"ln -sfn -- {shlex.quote(target)} {shlex.quote(name)}" for name, target in sorted(targets.items())]
        yield StringCommand(f"cd {shlex.quote(path)} && find . -mindepth 1 -delete && {' && '.join(made)}")
