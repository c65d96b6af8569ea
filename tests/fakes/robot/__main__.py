"""`python -m tests.fakes.robot --books FOLDER --port N`: serve until ended."""

import argparse
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from tests.fakes.robot.books import Books
from tests.fakes.robot.server import Fake


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.robot", description=__doc__)
    parser.add_argument("--books", type=Path, required=True, help="folder of the books, made when it is not there")
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--machines", help="sandbox stack of the machines behind it; without it, resets do nothing")
    parser.add_argument("--layer", default="", help="deployed layer that installed systems stand on")
    asked = parser.parse_args(argv)
    fake = Fake(asked.books, asked.port)
    if asked.machines:
        from tests.fakes.robot.land import Land

        land = Land(asked.machines, str(asked.books), asked.layer)
        fake.books["settings"]["spare_ips"] = fake.books["settings"]["spare_ips"] or land.addresses()
        fake.books.save()
        begun: list[int] = []

        def resets(books: Books) -> None:
            """Those of the books that nobody has begun."""
            for index, entry in enumerate(books["resets"]):
                if not entry["done"] and index not in begun:
                    begun.append(index)
                    threading.Thread(target=land.reset, args=(books, entry, fake.lock), daemon=True).start()

        fake.after = resets
        resets(fake.books)
    print(f"a fake of Robot at {fake.url}", flush=True)
    fake.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
