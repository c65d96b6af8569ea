"""What a new computer in this network would be told by whoever runs the network: proxies, mirrors, authorities."""

import os
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

NAMES = re.compile(
    r"PIP_\w+|SSL_CERT_(FILE|DIR)|(REQUESTS|CURL)_CA_BUNDLE|GIT_SSL_CAINFO|\w+_(PROXY|proxy)"
    r"|GO(PROXY|SUMDB|NOSUMDB|NOPROXY|PRIVATE|INSECURE|FLAGS|TOOLCHAIN)"
)
FILES = ("/etc/hosts", "/etc/resolv.conf", "/etc/pip.conf")
FILES_AT_HOME = (".config/pip/pip.conf", ".pip/pip.conf", ".config/go/env")
HOME = "/root"


def variables(given: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment of the first login there, with this network's settings."""
    own = {"HOME": HOME, "LANG": "C.UTF-8", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    return own | {name: value for name, value in given.items() if NAMES.fullmatch(name)}


def copy_settings(tree: Path) -> None:
    home = Path.home()
    copies = {Path(name): tree / name.lstrip("/") for name in FILES}
    copies |= {home / name: tree / HOME.lstrip("/") / name for name in FILES_AT_HOME}
    for here, there in copies.items():
        if here.exists():
            there.parent.mkdir(parents=True, exist_ok=True)
            there.unlink(missing_ok=True)  # resolv.conf may be a link into a /run that is not there
            shutil.copyfile(here, there)


def named_paths(tree: Path) -> list[Path]:
    """Files and folders of this computer that the settings name, and that the tree does not have."""
    return [
        path for path in absolute_paths(texts(tree)) if path.exists() and not (tree / str(path).lstrip("/")).exists()
    ]


def texts(tree: Path) -> Iterable[str]:
    yield from variables().values()
    for name in [*FILES[2:], *(f"{HOME}/{name}" for name in FILES_AT_HOME)]:
        file = tree / name.lstrip("/")
        if file.exists():
            yield file.read_text()


def absolute_paths(texts: Iterable[str]) -> list[Path]:
    return sorted({Path(word) for text in texts for word in re.findall(r"(?<![^\s=,'\"])/[^\s,:'\"]+", text)})
