"""What apt needs to know of before packages can be had: components of the archive, and keys by their fingerprint."""

import shlex

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from deploy.facts.apt import KeyFingerprints, Suite, Suites
from deploy.operations.files import write
from deploy.record import Commands, record_path
from deploy.template import render

SOURCES = "/etc/apt/sources.list.d/eigenherd-components.sources"
KEYRING = "/usr/share/keyrings/eigenherd-nvidia.asc"

FETCH_KEY = """\
new=$(mktemp)
trap 'rm -f "$new"' EXIT
{fetch} || {{ echo "no key from {url}" >&2; exit 1; }}
found=$(gpg --batch --show-keys --with-colons "$new" |
  awk -F: '/^pub/ {{p=1}} /^sub/ {{p=0}} p && /^fpr/ {{print $10}}')
[ "$found" = {fingerprint} ] || {{
  echo "the key from {url} is not {fingerprint}, but ${{found:-none}}: was it renewed, or is that another's?" >&2
  exit 1
}}
install -D -m 644 "$new" {path}
"""


@operation()
def components(names: tuple[str, ...], codename: str, destination: str) -> Commands:
    """The distribution's own archive gives these components, from wherever this machine has it."""
    archive = [suite for suite in host.get_fact(Suites) if is_archive(suite, codename)]
    given = {component for suite in archive for component in suite.components}
    if set(names) <= given:
        return
    own = [suite for suite in archive if "main" in suite.components]
    if not own:
        complaint = f"apt knows no archive of {codename} with the component main, to take {' '.join(names)} from"
        yield StringCommand(f"echo {shlex.quote(complaint)} >&2; exit 1")
    text = render(SOURCES, {"suites": own, "components": names})
    yield from write._inner(text, destination)


def is_archive(suite: Suite, codename: str) -> bool:
    return suite.name.partition("-")[0] == codename


@operation()
def repository_key(url: str, fingerprint: str, path: str, proxy: str | None) -> Commands:
    """The keyring holds this one key."""
    if host.get_fact(KeyFingerprints, path=path) == {fingerprint}:
        return
    yield from record_path(path)
    through = f"--proxy {shlex.quote(proxy)} " if proxy else ""
    fetch = f'curl -sSfL --retry 2 --max-time 60 {through}--output "$new" {shlex.quote(url)}'
    if url.startswith("/"):
        fetch = f'cp {shlex.quote(url)} "$new"'
    yield StringCommand(FETCH_KEY.format(fetch=fetch, url=url, fingerprint=fingerprint, path=path))
