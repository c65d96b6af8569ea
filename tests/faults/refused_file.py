"""A file whose content is not the locked one: fetched from a server of ours, refused, and nowhere afterwards."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from plan.errors import ProviderError
from plan.plan import Artifact
from tools import mirror

PLANNED, SERVED = b"the model that was planned", b"the model that was swapped"


@dataclass(frozen=True)
class File:
    """Content of the planned size with another sha256, fetched as the sandbox's mirror fetches."""

    wanted: str = "model.gguf as locked"
    found: str = sha256(SERVED).hexdigest()
    todo: str = "check what the source gives"

    def ask(self) -> str:
        with TemporaryDirectory() as there, TemporaryDirectory() as here, served(Path(there)) as port:
            (Path(there) / "model.gguf").write_bytes(SERVED)
            planned = Artifact(
                file="model.gguf",
                size=len(PLANNED),
                sha256=sha256(PLANNED).hexdigest(),
                licence="MIT",
                url=f"http://127.0.0.1:{port}/model.gguf",
            )
            with pytest.raises(ProviderError) as caught:
                mirror.bring(planned, Path(here))
            assert not [path for path in Path(here).iterdir() if path.stat().st_size], "some of it was kept"
            return str(caught.value).replace(here, "FOLDER")


@contextmanager
def served(folder: Path) -> Iterator[int]:
    """A web server over the folder; its port."""
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
