"""Makes the store that Ollama serves models from, out of files that are on this machine already.

`ollama_store.py WANTED.json` with {"program", "store", "user", "models": [{"name", "path", "sha256", "system",
"template", "parameters"}]}; template is a file's path, or empty where Ollama finds a template itself. A second
Ollama, on loopback and as that user, writes the store; then it belongs to root, so that nobody can add, change or
delete a model by asking the engine. The model files are linked, not copied.
"""

import contextlib
import hashlib
import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

START_S = 60
CREATE_S = 600
READY = "ready"


def main() -> int:
    wanted_file = Path(sys.argv[1])
    wanted = json.loads(wanted_file.read_text())
    store = Path(wanted["store"])
    fresh = store.with_name(f"{store.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    blobs = fresh / "blobs"
    blobs.mkdir(parents=True)
    for folder in (fresh, blobs):
        shutil.chown(folder, wanted["user"])
    for sha256, path in {model["sha256"]: model["path"] for model in wanted["models"]}.items():
        (blobs / f"sha256-{sha256}").symlink_to(path)
    with ollama(wanted["program"], wanted["user"], fresh) as url:
        for model in wanted["models"]:
            create(url, model)
    give_to_root(fresh)
    vouch(fresh, hashlib.sha256(wanted_file.read_bytes()).hexdigest())
    shutil.rmtree(store, ignore_errors=True)
    fresh.rename(store)
    return 0


@contextlib.contextmanager
def ollama(program: str, user: str, store: Path) -> Iterator[str]:
    """An Ollama of our own for as long as it is needed; its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    with tempfile.TemporaryDirectory(prefix="ollama-") as home:
        shutil.chown(home, user)
        settings = {"OLLAMA_HOST": address, "OLLAMA_MODELS": str(store), "OLLAMA_NO_CLOUD": "1", "HOME": home}
        # no card is touched: one that is busy must not stop us
        settings |= {"CUDA_VISIBLE_DEVICES": "-1", "OLLAMA_NOPRUNE": "1"}
        with (Path(home) / "log").open("w+") as log:
            identity = pwd.getpwnam(user)
            who: dict[str, Any] = {"user": identity.pw_uid, "group": identity.pw_gid, "extra_groups": []}
            process = subprocess.Popen([program, "serve"], env=settings, cwd=home, stdout=log, stderr=log, **who)
            try:
                wait_for(f"http://{address}/api/version", process)
                yield f"http://{address}"
            except Exception:
                log.seek(0)
                sys.stderr.write(log.read()[-4000:])
                raise
            finally:
                process.terminate()
                process.wait()


def wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 (loopback)
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("ollama does not start")


def create(url: str, model: dict[str, Any]) -> None:
    """Name a file; refused where Ollama finds no way to talk to the model in it."""
    asked = {"model": model["name"], "files": {Path(model["path"]).name: f"sha256:{model['sha256']}"}}
    asked |= {"system": model["system"], "parameters": model["parameters"], "stream": False}
    if model["template"]:
        asked["template"] = Path(model["template"]).read_text(encoding="utf-8")
    answer = post(f"{url}/api/create", asked)
    if answer.get("status") != "success":
        raise RuntimeError(f"{model['name']}: {answer}")
    shown = post(f"{url}/api/show", {"model": model["name"]})
    if shown.get("template") in ("", "{{ .Prompt }}") and not shown.get("renderer"):
        raise RuntimeError(f"{model['name']}: Ollama knows no chat template that fits the one in the file")
    print(f"{model['name']}: known to Ollama", flush=True)


def post(url: str, body: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(url, json.dumps(body).encode())  # noqa: S310 (loopback)
    try:
        with urllib.request.urlopen(request, timeout=CREATE_S) as answer:  # noqa: S310
            told: dict[str, Any] = json.load(answer)
            return told
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"{url}: {error}: {error.read().decode(errors='replace')}") from None


def give_to_root(store: Path) -> None:
    for path in [store, *store.rglob("*")]:
        if not path.is_symlink():
            shutil.chown(path, "root", "root")
            path.chmod(0o755 if path.is_dir() else 0o644)


def vouch(store: Path, identity: str) -> None:
    """Write down from which wish the store was made, and its files' sums, in the way of `sha256sum --check`."""
    files = sorted(path for path in store.rglob("*") if path.is_file() and not path.is_symlink())
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(store)}\n" for path in files]
    (store / READY).write_text(f"{identity}\n" + "".join(sums))
    os.sync()


if __name__ == "__main__":
    sys.exit(main())
