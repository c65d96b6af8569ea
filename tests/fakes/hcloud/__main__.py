"""python -m tests.fakes.hcloud --books FOLDER --port N"""

import argparse
from pathlib import Path

from tests.fakes.hcloud.server import Fake


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.hcloud", description="The Hetzner Cloud API, faked.")
    parser.add_argument("--books", type=Path, required=True, help="folder of the books")
    parser.add_argument("--port", type=int, default=0, help="port on loopback; 0 takes a free one")
    asked = parser.parse_args()
    fake = Fake(asked.books, asked.port)
    print(fake.endpoint, flush=True)
    fake.serve_forever()


main()
