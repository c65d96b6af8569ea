"""What a program made from a wish: from which one, if it still is what was made."""

import shlex

from pyinfra.api.facts import FactBase

# `ready` has the wish's sha256, then the sums of the small files; the models are links to checked files.
WHOLE = """\
cd {store} 2>/dev/null && sed 1d ready | sha256sum --check --status --strict 2>/dev/null || exit 0
[ -z "$(find . -xtype l; find . ! -user root)" ] && sed q ready
exit 0
"""


class StoreIdentity(FactBase[str]):
    """sha256 of the file the store was made from; empty if there is no whole store."""

    default = str

    def command(self, store: str) -> str:
        return f"sh -c {shlex.quote(WHOLE.format(store=shlex.quote(store)))}"

    def process(self, output: list[str]) -> str:
        return output[0]
