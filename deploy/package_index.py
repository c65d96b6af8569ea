"""Says where the package index has a file: `package_index NAME FILE`, for archives of sources.

pip runs what is in such an archive before it hands it out, so the index is asked for the address alone, as PEP 503 has
it; what comes from there is checked by `fetch`. The index is the one that pip uses. Needs nothing but Python 3.9: the
same file works on a bare host and here.
"""

import html
import os
import re
import subprocess
import sys
import urllib.request
from urllib.parse import urljoin

TIMEOUT_S = 30


def address(package: str, file: str, pip: str) -> str:
    """The file's URL. pip: the command that knows the index; OSError where the index lacks the file."""
    page = f"{index(pip).rstrip('/')}/{package}/"
    asked = urllib.request.Request(page, headers={"Accept": "text/html"})  # noqa: S310 (the index that pip uses)
    with urllib.request.urlopen(asked, timeout=TIMEOUT_S) as answer:  # noqa: S310
        text, came_from = answer.read().decode(), answer.geturl()
    for link in map(html.unescape, re.findall(r'<a [^>]*href="([^"]+)"', text)):
        url: str = urljoin(came_from, link).partition("#")[0]
        if url.rpartition("/")[2].partition("?")[0] == file:
            return url
    raise FileNotFoundError(f"{page} lists no {file}")


def index(pip: str) -> str:
    """As the environment, pip's own configuration or, at last, its help says."""
    if url := os.environ.get("PIP_INDEX_URL"):
        return url
    if url := _said(pip, "config", "get", "global.index-url").strip():
        return url
    found = re.search(r"--index-url <url>[^(]*\(default\s+(https://[^\s)]+)\)", _said(pip, "download", "--help"))
    if not found:
        raise FileNotFoundError(f"`{pip} download --help` names no index: set PIP_INDEX_URL")
    return found[1]


def _said(pip: str, *words: str) -> str:
    done = subprocess.run([*pip.split(), *words], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


if __name__ == "__main__":
    try:
        print(address(*sys.argv[1:]))
    except OSError as error:
        sys.exit(f"{sys.argv[2]}: {error}")
