"""Runs the llama-server that was built on this machine, behind the relay: the program of engine `llama_cpp` on cards.

`llama_cuda.py --name MODEL --host ADDRESS --port PORT -- PROGRAM WORD...`: the program listens on a socket file in a
private folder; the relay before it (model_relay.py, in this folder) turns requests for other models away. Ends when the
program ends, with its code.
"""

import argparse
import asyncio
import signal
import sys
import tempfile
from pathlib import Path

import model_relay

STOP_S = 20


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", required=True, help="what clients call the model")
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("command", nargs="+", help="the program and its words, after --")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="llama-") as folder:
        return asyncio.run(serve(options, str(Path(folder) / "llama.sock")))


async def serve(options: argparse.Namespace, door: str) -> int:
    """The program is started first: one that refuses leaves nobody waiting at an open port."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    program = await asyncio.create_subprocess_exec(*options.command, "--host", door)
    ended, stopped = asyncio.ensure_future(program.wait()), asyncio.ensure_future(stop.wait())
    ready = asyncio.ensure_future(opened(door))
    await asyncio.wait([ended, stopped, ready], return_when=asyncio.FIRST_COMPLETED)
    relay = None
    if ready.done() and not ended.done():
        relay = await model_relay.start(options.name, door, options.host, options.port)
        await asyncio.wait([ended, stopped], return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
    stopped.cancel()
    if relay:
        relay.close()
    return await end(program, ended)


async def opened(door: str) -> None:
    """Until the program listens; what it says while it loads the model is its own 503."""
    while True:
        try:
            _, writer = await asyncio.open_unix_connection(door)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return


async def end(program: "asyncio.subprocess.Process", ended: "asyncio.Future[int]") -> int:
    """Its code, if it ended by itself; else 0, once it has."""
    if ended.done():
        return abs(ended.result())
    program.terminate()
    try:
        await asyncio.wait_for(asyncio.shield(ended), STOP_S)
    except TimeoutError:
        program.kill()
        await ended
    return 0


if __name__ == "__main__":
    sys.exit(main())
