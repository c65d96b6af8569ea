"""Links between cards."""

import re

from verify.boards import NAMED, Judgement, called, profile
from verify.check import CouldNotTell, Finding, check
from verify.nvidia import Card, cards, refused, said
from verify.target import Target

NO_ACTIVE = "all links are inActive"
MOST_ERRORS = 4


@check(
    stage="watch",
    part=("driver", "engine"),
    severity="critical",
    subject="engine",
    gpu=True,
    needs=("gpu_answers",),
    source="imbue cluster-health and Azure: 0 inactive links, fewer than 5 errors; the board's profile",
)
def gpu_nvlink(target: Target) -> Finding:
    """Where the board has NVLink, all of its links are up and have counted next to no errors."""
    output = target.host.run("nvidia-smi nvlink -s && nvidia-smi nvlink -e")
    refused(output)
    if output.code != 0 and NO_ACTIVE not in output.stdout + output.stderr:
        raise CouldNotTell("the state of NVLink", said(output) or "nothing", "nvidia-smi nvlink -s")
    blocks = re.split(r"^GPU (\d+):", output.stdout, flags=re.MULTILINE)[1:]
    texts: dict[str, str] = {}
    for index, text in zip(blocks[::2], blocks[1::2], strict=True):
        texts[index] = texts.get(index, "") + text
    judged = Judgement()
    for card in cards(target.host, *NAMED):
        judge(card, texts.get(card["index"], ""), judged)
    return judged.finding(f"no inactive link, at most {MOST_ERRORS} errors", "nvidia-smi nvlink -e; seat or bridge")


def judge(card: Card, text: str, judged: Judgement) -> None:
    up = re.findall(r"^\s*Link \d+: [\d.]+ GB/s", text, re.MULTILINE)
    down = re.findall(r"^\s*Link \d+: <inactive>", text, re.MULTILINE)
    counted = [int(count) for count in re.findall(r"^\s*Link \d+: [\w ]+ Errors: (\d+)", text, re.MULTILINE)]
    board = profile(card)
    kind = board.nvlink if board else None
    if sum(counted) > MOST_ERRORS:
        judged.wrong.append(f"{called(card)}: {sum(counted)} errors")
    elif (up and down) or (down and kind == "board"):
        judged.wrong.append(f"{called(card)}: {len(down)} of {len(up) + len(down)} links inactive")
    elif up and not counted:
        judged.untold.append(f"{called(card)}: {len(up)} links, no error counters")
    elif up:
        judged.good.append(f"{len(up)} links up, {sum(counted)} errors")
    elif kind == "none":
        judged.without.append(f"{card['name']} has no NVLink")
    elif kind == "bridge":
        judged.without.append(f"{card['name']} has no NVLink bridge")
    else:
        judged.untold.append(f"{called(card)}: no link listed")
