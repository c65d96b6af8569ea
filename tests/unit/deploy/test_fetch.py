"""fetch: the file appears only with the locked content, whatever its sources and their interruptions do."""

import hashlib
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from deploy import fetch

CONTENT = bytes(range(256)) * 9000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Source(ThreadingHTTPServer):
    """A web server with one file. stops_after: bytes after which it hangs up, once. sends_to: where the file lies."""

    content = CONTENT
    ranges = True
    stops_after = 0
    status = 0
    sends_to = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/file"


class Handler(BaseHTTPRequestHandler):
    server: Source

    def do_GET(self) -> None:
        asked = self.headers.get("Range", "")
        self.server.asked.append(asked)
        if self.server.status:
            self.send_error(self.server.status)
            return
        if self.server.sends_to and self.path == "/file":
            self.send_response(307)
            self.send_header("Location", self.server.sends_to)
            self.end_headers()
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if self.server.ranges else 0
        rest = self.server.content[start:]
        self.send_response(206 if self.server.ranges else 200)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if stop := self.server.stops_after:
            self.server.stops_after = 0
            self.wfile.write(rest[:stop])
            self.close_connection = True
        else:
            self.wfile.write(rest)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[Source]:
    monkeypatch.setattr("time.sleep", lambda _: None)
    with Source() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def wish(folder: Path, **sources: str) -> fetch.Wanted:
    return fetch.Wanted(to=folder / "model.gguf", size=len(CONTENT), sha256=SHA256, **sources)


def hidden(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.name.startswith(".")}


def test_download_appears_whole_and_readable(source: Source, tmp_path: Path) -> None:
    assert fetch.fetch(wish(tmp_path, url=source.url)) == "downloaded"
    assert (tmp_path / "model.gguf").read_bytes() == CONTENT
    assert (tmp_path / "model.gguf").stat().st_mode & 0o777 == 0o644
    assert hidden(tmp_path) == {".model.gguf.sha256"}


def test_second_time_asks_nobody(source: Source, tmp_path: Path) -> None:
    fetch.fetch(wish(tmp_path, url=source.url))
    assert fetch.fetch(wish(tmp_path, url=source.url)) == "kept"
    assert len(source.asked) == 1


def test_hang_up_is_resumed_where_it_stopped(source: Source, tmp_path: Path) -> None:
    source.stops_after = 100_000
    fetch.fetch(wish(tmp_path, url=source.url))
    assert source.asked == ["bytes=0-", "bytes=100000-"]
    assert (tmp_path / "model.gguf").read_bytes() == CONTENT


def test_where_a_registry_sends_one_on_to_is_asked_for_the_same_part(source: Source, tmp_path: Path) -> None:
    source.sends_to, source.stops_after = source.url.replace("/file", "/elsewhere"), 100_000
    assert fetch.fetch(wish(tmp_path, url=source.url)) == "downloaded"
    assert source.asked == ["bytes=0-", "bytes=0-", "bytes=100000-", "bytes=100000-"]
    assert (tmp_path / "model.gguf").read_bytes() == CONTENT


def test_being_sent_round_in_circles_ends(source: Source, tmp_path: Path) -> None:
    source.sends_to = source.url
    with pytest.raises(fetch.Refused, match="loop"):
        fetch.fetch(wish(tmp_path, url=source.url))


@pytest.mark.parametrize(
    ("asked", "sent_to", "goes"),
    [
        ("https://registry.example/file", "https://files.example/file?signed", True),
        ("http://mirror.lan/file", "http://files.lan/file", True),
        ("http://mirror.lan/file", "https://files.lan/file", True),
        ("https://registry.example/file", "http://files.example/file", False),
        ("https://registry.example/file", "ftp://files.example/file", False),
    ],
)
def test_from_https_nobody_is_sent_to_less(asked: str, sent_to: str, goes: bool) -> None:
    request = urllib.request.Request(asked, headers={"Range": "bytes=5-"})  # noqa: S310 (never opened)
    told: tuple[Any, ...] = (request, None, 307, "Temporary Redirect", {}, sent_to)
    if goes:
        followed = fetch.Redirects().redirect_request(*told)
        assert followed and followed.full_url == sent_to and followed.get_header("Range") == "bytes=5-"
    else:
        with pytest.raises(fetch.Refused, match="no https") as refused:
            fetch.Redirects().redirect_request(*told)
        assert "files.example" not in str(refused.value)


def test_the_proxy_of_the_environment_is_asked(source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", source.url.removesuffix("/file"))
    monkeypatch.delenv("no_proxy", raising=False)
    assert fetch.fetch(wish(tmp_path, url="http://files.invalid/file")) == "downloaded"


def test_part_of_a_killed_run_is_used(source: Source, tmp_path: Path) -> None:
    (tmp_path / f".model.gguf.{SHA256[:12]}.part").write_bytes(CONTENT[:5000])
    fetch.fetch(wish(tmp_path, url=source.url))
    assert source.asked == ["bytes=5000-"]
    assert (tmp_path / "model.gguf").read_bytes() == CONTENT


def test_server_without_ranges_starts_over(source: Source, tmp_path: Path) -> None:
    source.ranges, source.stops_after = False, 100_000
    fetch.fetch(wish(tmp_path, url=source.url))
    assert (tmp_path / "model.gguf").read_bytes() == CONTENT


@pytest.mark.parametrize(
    "content", [CONTENT[:-1] + b"x", CONTENT[:-1], CONTENT + b"x", b""], ids=["changed", "short", "long", "empty"]
)
def test_wrong_content_never_appears(source: Source, tmp_path: Path, content: bytes) -> None:
    source.content = content
    with pytest.raises(fetch.Refused, match=r"sha256|ended after"):
        fetch.fetch(wish(tmp_path, url=source.url))
    assert not (tmp_path / "model.gguf").exists()


def test_wrong_content_is_not_resumed(source: Source, tmp_path: Path) -> None:
    source.content = b"x" * len(CONTENT)
    with pytest.raises(fetch.Refused):
        fetch.fetch(wish(tmp_path, url=source.url))
    source.content = CONTENT
    fetch.fetch(wish(tmp_path, url=source.url))
    assert source.asked[-1] == "bytes=0-"


def test_missing_file_is_refused_at_once(source: Source, tmp_path: Path) -> None:
    source.status = 404
    with pytest.raises(fetch.Refused, match="404"):
        fetch.fetch(wish(tmp_path, url=source.url))
    assert len(source.asked) == 1


def test_busy_server_is_asked_again(source: Source, tmp_path: Path) -> None:
    source.status = 503
    with pytest.raises(fetch.Refused, match="503"):
        fetch.fetch(wish(tmp_path, url=source.url))
    assert len(source.asked) == fetch.TRIES


def test_damaged_mirror_falls_back_to_the_url(source: Source, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    mirror.write_bytes(b"x" * len(CONTENT))
    assert fetch.fetch(wish(tmp_path, mirror=str(mirror), url=source.url)) == "downloaded"
    assert (tmp_path / "model.gguf").read_bytes() == CONTENT


def test_mirror_is_asked_first(source: Source, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    mirror.write_bytes(CONTENT)
    assert fetch.fetch(wish(tmp_path, mirror=str(mirror), url=source.url)) == "copied from the mirror"
    assert source.asked == []


def test_tampering_of_equal_size_is_seen_and_mended(source: Source, tmp_path: Path) -> None:
    fetch.fetch(wish(tmp_path, url=source.url))
    model = tmp_path / "model.gguf"
    with model.open("r+b") as file:
        file.write(b"x")
    assert not fetch.is_stamped(model, SHA256)
    assert fetch.fetch(wish(tmp_path, url=source.url)) == "downloaded"
    assert model.read_bytes() == CONTENT


def test_touched_file_is_hashed_anew_and_kept(source: Source, tmp_path: Path) -> None:
    fetch.fetch(wish(tmp_path, url=source.url))
    model = tmp_path / "model.gguf"
    model.touch()
    assert not fetch.is_stamped(model, SHA256)
    assert fetch.fetch(wish(tmp_path, url=source.url)) == "kept"
    assert fetch.is_stamped(model, SHA256)


def test_full_disk_is_refused_before_the_download(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "SPARE_DISK", 1 << 60)
    with pytest.raises(fetch.Refused, match="MiB free"):
        fetch.fetch(wish(tmp_path, url=source.url))
    assert source.asked == []


def test_no_source_and_no_web_are_refused(tmp_path: Path) -> None:
    with pytest.raises(fetch.Refused, match="no source"):
        fetch.fetch(wish(tmp_path))
    with pytest.raises(fetch.Refused, match="not an URL"):
        fetch.fetch(wish(tmp_path, url="file:///etc/passwd"))


def test_two_runs_at_once_give_one_file(source: Source, tmp_path: Path) -> None:
    told: list[str] = []
    runs = [threading.Thread(target=lambda: told.append(fetch.fetch(wish(tmp_path, url=source.url)))) for _ in range(4)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert sorted(told) == ["downloaded", "kept", "kept", "kept"]
    assert hidden(tmp_path) == {".model.gguf.sha256"}
