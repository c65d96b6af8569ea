"""`python -m tests.fakes.robot --books FOLDER --port N`: serve until ended."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.fakes.robot.server import Fake


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.robot", description=__doc__)
    parser.add_argument("--books", type=Path, required=True, help="folder of the books, made when it is not there")
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; 0 takes a free one")
    asked = parser.parse_args(argv)
    fake = Fake(asked.books, asked.port)
    print(f"a fake of Robot at {fake.url}", flush=True)
    fake.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
