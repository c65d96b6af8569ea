"""package_index: the address of a source archive, from the index that pip uses, and nothing of it is run."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deploy import package_index

PAGE = """<!DOCTYPE html><html><body>
<a href="../../files/tiny-1.0-py3-none-any.whl#sha256=aa">tiny-1.0-py3-none-any.whl</a><br/>
<a data-requires-python="&gt;=3.10" href="../../files/tiny-1.0.tar.gz?a=1&amp;b=2#sha256=bb">tiny-1.0.tar.gz</a>
<a href="https://files.example.org/x/tiny-2.0.tar.gz">tiny-2.0.tar.gz</a>
</body></html>"""


class Index(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = self.path == "/simple/tiny/"
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE.encode() if found else b"")

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Index)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("PIP_INDEX_URL", f"{url}/simple/")
    yield url
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_address_beside_the_page_or_elsewhere(index: str) -> None:
    assert package_index.address("tiny", "tiny-1.0-py3-none-any.whl", "") == f"{index}/files/tiny-1.0-py3-none-any.whl"
    assert package_index.address("tiny", "tiny-1.0.tar.gz", "") == f"{index}/files/tiny-1.0.tar.gz?a=1&b=2"
    assert package_index.address("tiny", "tiny-2.0.tar.gz", "") == "https://files.example.org/x/tiny-2.0.tar.gz"


def test_what_the_index_lacks_is_named(index: str) -> None:
    with pytest.raises(FileNotFoundError, match=r"/simple/tiny/ lists no tiny-3\.0\.tar\.gz"):
        package_index.address("tiny", "tiny-3.0.tar.gz", "")
    with pytest.raises(OSError, match="404"):
        package_index.address("none", "none-1.0.tar.gz", "")


SAYS = """#!/bin/sh
[ "$1" = config ] && {{ {config}; }}
echo "  -i, --index-url <url>       Base URL of the Python Package Index (default
                              https://index.example.org/simple). This should"
"""


@pytest.mark.parametrize(
    ("config", "url"),
    [
        ("echo https://own.example.org/simple; exit 0", "https://own.example.org/simple"),
        ("echo no such key >&2; exit 1", "https://index.example.org/simple"),
    ],
)
def test_the_index_is_the_one_that_pip_uses(
    config: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    (tmp_path / "pip").write_text(SAYS.format(config=config))
    (tmp_path / "pip").chmod(0o755)
    assert package_index.index(str(tmp_path / "pip")) == url


def test_this_computers_pip_names_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    assert package_index.index("python3 -m pip").startswith("http")
