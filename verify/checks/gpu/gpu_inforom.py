"""The card's own notebook."""

import re

from verify.boards import NAMED, Judgement, called
from verify.check import CouldNotTell, Finding, check, failed, passed
from verify.nvidia import CORRUPTED_INFOROM, UnknownField, cards, refused, said
from verify.target import Target

CHECKSUM = "inforom.checksum_validation"


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="warning",
    subject="engine",
    gpu=True,
    needs=("gpu_answers",),
    source="NVIDIA DCGM, software level: infoROM; nvidia-smi's warning and exit code 14",
)
def gpu_inforom(target: Target) -> Finding:
    """No card's infoROM, where it keeps its settings and error counts, is corrupted."""
    output = target.host.run("nvidia-smi")
    refused(output)
    warnings = re.findall(r"^WARNING: infoROM is corrupted.*$", output.stdout + output.stderr, re.MULTILINE)
    todo = "have the card replaced: its counters can't be trusted"
    if warnings or output.code == CORRUPTED_INFOROM:
        return failed("no warning of the infoROM", "; ".join(warnings) or "exit code 14", todo)
    if output.code != 0 or "Driver Version" not in output.stdout or "+---" not in output.stdout.splitlines()[-1]:
        raise CouldNotTell("nvidia-smi's whole table", said(output) or "nothing", "run nvidia-smi on the machine")
    try:
        rows = cards(target.host, *NAMED, CHECKSUM)
    except UnknownField:
        return passed("no warning; this driver does not tell checksums", "no warning")
    judged = Judgement()
    for card in rows:
        value = card[CHECKSUM]
        places = {"valid": judged.good, "invalid": judged.wrong}
        places.get(value, judged.untold).append(f"{'checksum' if value == 'valid' else called(card) + ':'} {value}")
    return judged.finding("valid checksums, no warning", todo)
