"""`python -m stacks.sandbox`: look at the machines on this computer, make scratch ones, sweep stacks away."""

import argparse
import sys
from collections.abc import Sequence

from plan.errors import EigenherdError
from stacks.sandbox import machine, places, recipe, record, scratch, sweep, tree


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m stacks.sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    prepare = commands.add_parser("prepare", help="build the base tree of a Debian release, once")
    prepare.add_argument("os", choices=sorted(recipe.RELEASES))
    commands.add_parser("list", help="every stack's machines")
    scratched = commands.add_parser("scratch", help="make a throw-away machine and say how to reach it")
    scratched.add_argument("stack")
    scratched.add_argument("machine", nargs="?", default="one")
    scratched.add_argument("--os", choices=sorted(recipe.RELEASES), default="debian-12")
    scratched.add_argument("--memory-gib", type=float, default=6)
    scratched.add_argument("--disk-gib", type=float, default=20)
    scratched.add_argument("--layer", help="start from this deployed layer")
    for name, help_text in (("start", "start a stopped machine"), ("stop", "shut a machine down")):
        command = commands.add_parser(name, help=help_text)
        command.add_argument("stack")
        command.add_argument("machine")
    keep = commands.add_parser("keep", help="stop a machine and keep its content as a deployed layer")
    keep.add_argument("stack")
    keep.add_argument("machine")
    keep.add_argument("layer")
    swept = commands.add_parser("sweep", help="remove all that carries a stack's name")
    swept.add_argument("stack")
    return parser.parse_args(argv)


def say(line: str) -> None:
    print(line, flush=True)


def run(asked: argparse.Namespace) -> None:
    match asked.command:
        case "prepare":
            say(f"{asked.os}: {tree.ensure(asked.os, lambda line: say(f'sandbox: {line}'))}")
        case "list":
            for folder in sorted(places.STACKS.glob("*/")):
                say(f"{folder.name}: bridge {places.bridge(folder.name)}")
                for made in record.of_stack(folder.name):
                    state = machine.state(made.stack, made.name)
                    say(f"{folder.name}: {made.name} {made.os} {state} {made.ipv4} {made.ipv6}")
        case "scratch":
            sizes = (asked.memory_gib, asked.disk_gib)
            scratch.add(asked.stack, asked.machine, asked.os, *sizes, asked.layer, say=say)
            say(f"ssh -F {scratch.ssh_config(asked.stack)} {asked.machine}")
        case "start":
            machine.start(machine.found(asked.stack, asked.machine))
        case "stop":
            machine.stop(machine.found(asked.stack, asked.machine))
        case "keep":
            say(f"{scratch.keep(asked.stack, asked.machine, asked.layer)}")
        case "sweep":
            sweep.sweep(asked.stack)


def main(argv: Sequence[str] | None = None) -> int:
    try:
        run(arguments(argv))
    except EigenherdError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
