"""Makes a simulated machine ill, and well again: `simulate fault JSON...`, `simulate heal`."""

import json
import sys
import time

from stacks.sandbox.simulation.programs.kernel import show_bus, show_firmware
from stacks.sandbox.simulation.programs.simulated import KERNEL, STATE, state


def main(arguments: list[str]) -> int:
    """`simulate fault JSON...` adds faults, `simulate heal` takes all away."""
    given = state()
    if arguments[:1] == ["heal"]:
        given["faults"] = []
    elif arguments[:1] == ["fault"] and len(arguments) > 1:
        given["faults"] += [json.loads(text) | {"at": time.time()} for text in arguments[1:]]
    else:
        print("simulate fault JSON... | simulate heal", file=sys.stderr)
        return 2
    fresh = STATE.with_suffix(".new")
    fresh.write_text(json.dumps(given, indent=1) + "\n")
    fresh.rename(STATE)
    if KERNEL.exists():
        show_bus()
        show_firmware()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
