"""Serves one GGUF model with llama.cpp's own OpenAI-style server: the program of engine `llama_cpp`.

llama.cpp listens on a socket file in a private folder; the relay before it (model_relay.py, in this folder)
turns requests for other models away. Nothing of a request or an answer is logged.
"""

import argparse
import asyncio
import os
import signal
import socket
import sys
import tempfile
from pathlib import Path

import model_relay
import xllamacpp  # type: ignore[import-not-found]

ERRORS = 1  # llama.cpp's level; its warnings quote from requests that it can't read


def main() -> int:
    options = arguments()
    if options.device == "cuda" and not has_gpu():
        print("the plan wants CUDA, but this llama.cpp sees no GPU", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="llama-") as folder:
        door = str(Path(folder) / "llama.sock")
        try:
            native = xllamacpp.Server(parameters(options, door))
        except RuntimeError as error:
            print(f"{options.model}: not loaded: {error}", file=sys.stderr)
            return 1
        asyncio.run(serve(options, door))
        del native  # stops its threads; the socket file goes with the folder
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True, help="path of the GGUF file")
    parser.add_argument("--name", required=True, help="what clients call the model")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--context", type=int, required=True, help="tokens per request")
    parser.add_argument("--slots", type=int, required=True, help="requests served at once")
    parser.add_argument("--device", choices=["cpu", "cuda"], required=True)
    return parser.parse_args()


def has_gpu() -> bool:
    return any("GPU" in str(device["type"]) for device in xllamacpp.get_device_info())


def parameters(options: argparse.Namespace, door: str) -> "xllamacpp.CommonParams":
    """What the plan chose; whatever would let llama.cpp choose otherwise, or show more, is off."""
    chosen = xllamacpp.CommonParams()
    chosen.model.path = options.model
    chosen.model_alias = {options.name}
    chosen.hostnames = [door]
    chosen.n_ctx = options.context * options.slots
    chosen.n_parallel = options.slots
    chosen.n_gpu_layers = 999 if options.device == "cuda" else 0
    chosen.fit_params = False  # would shrink context or layers silently
    chosen.cache_ram_mib = 0  # would keep old prompts in up to 8 GiB beside the planned memory
    chosen.cache_idle_slots = False  # needs that memory
    chosen.ui = False
    chosen.endpoint_slots = False  # shows other people's prompts
    chosen.endpoint_metrics = False
    chosen.endpoint_props = False
    chosen.cors_origins = ""  # no page in a browser on this machine may read answers
    chosen.verbosity = ERRORS
    return chosen


async def serve(options: argparse.Namespace, door: str) -> None:
    """Relay until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    relay = await model_relay.start(options.name, door, options.host, options.port)
    notify("READY=1")
    print(f"serving {options.name}, {options.slots} requests at once, on {options.host}:{options.port}", flush=True)
    await stop.wait()
    notify("STOPPING=1")
    relay.close()


def notify(state: str) -> None:
    """Tell systemd, if it asked to be told (Type=notify)."""
    if address := os.environ.get("NOTIFY_SOCKET"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.sendto(state.encode(), address.replace("@", "\0", 1))


if __name__ == "__main__":
    sys.exit(main())
