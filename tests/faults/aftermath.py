"""What has to hold after the next run, whatever the fault was: done, nothing differs, nothing twice, verified."""

import re

from plan.machine import Handover
from tests.integration.deployed import Answer, Deployed

# What a plan of the small torch, or of no wish to wait, leaves out.
WITHOUT_TORCH = "system,engine,models,gateway,clients"

# Whatever is there once too often: half files, waiting uploads, old environments, a dpkg that is not done.
TWICE = r"""
find /opt/eigenherd /var/lib/eigenherd /etc/eigenherd /etc/caddy /etc/systemd /etc/apt /etc/ssh \
    \( -name '*.part' -o -name '.wheel-*' -o -name '*.wheel' -o -name '*.eigenherd-new' -o -name '*.new' \)
find /tmp /var/tmp -maxdepth 1 \( -name 'eigenherd.*' -o -name 'pip-*' \)
for name in torch llama_cpp; do ls -d /opt/eigenherd/environments/$name.* | tail -n +2; done
find /var/lib/eigenherd/models -type f ! -name '.*' | tail -n +2
grep -rhE '^(deb |URIs:)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | sort | uniq -d
dpkg --audit
"""


def last_reason(answer: Answer, *words: str) -> str:
    """Why a run failed, which has to say these words; without addresses, and no longer than a table's cell."""
    assert answer.code != 0, answer.text
    reason = str(answer.summary["reason"])
    assert all(word in reason for word in words), answer.text
    return short(reason)


def short(text: str) -> str:
    """As the table shows it: without this computer's mirrors and the machine's address, and no longer than is read."""
    text = re.sub(r"https?://[^/\s]+", "http://mirror", text)
    text = re.sub(r"(?<=resolving )'[^']+'", "'mirror'", text)
    text = re.sub(r"\[IP: [^]]*\]", "", re.sub(r"\d+\.\d+\.\d+\.\d+(?: \d+)?", "address", text)).strip()
    return text if len(text) <= 200 else f"{text[:197]}..."


def converged(deployed: Deployed, handover: Handover | None = None, parts: str = "", stage: str = "full") -> str:
    """Run again; assert that it is all right now; return in words what was seen."""
    handover = handover or deployed.handover
    mended = deployed.deploy(handover=handover)
    assert mended.code == 0, mended.text
    return f"the next run changed {mended.summary['changed']}, {whole(deployed, handover, parts, stage)}"


def whole(deployed: Deployed, handover: Handover, parts: str = "", stage: str = "full") -> str:
    """Nothing differs, nothing is there twice, and verification passes."""
    dry = deployed.deploy("--dry", "--json", handover=handover)
    assert dry.code == 0 and dry.differences == [], dry.text
    twice = deployed.ssh(f"exec 2>/dev/null\n{TWICE}")
    assert twice == "", twice
    judged = deployed.verify("--stage", stage, *(["--parts", parts] if parts else []), handover=handover)
    assert judged.code == 0, judged.text
    [passed] = re.findall(r"(\d+ of \d+) checks passed", judged.text)
    return f"0 differences, {passed} checks passed{f' ({parts})' if parts else ''}"
