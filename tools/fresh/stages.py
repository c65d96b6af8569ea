"""Stage times, read out of what `make up` prints."""

import re
from collections.abc import Iterable

STEP = re.compile(r"set-up: (?P<name>.+) ready after (?P<seconds>\d+) s$")
RESOURCE = re.compile(r"pulumi-python:dynamic:(?P<name>\w+ \S+) created \((?P<seconds>\d+)s\)")


def stages(lines: Iterable[str]) -> list[tuple[str, int]]:
    """What took a second or more, in the order of its end: steps of set-up, then resources."""
    found = [match for line in lines if (match := STEP.search(line.rstrip()) or RESOURCE.search(line))]
    return [(match["name"], seconds) for match in found if (seconds := int(match["seconds"]))]
