"""What do the NVIDIA cards do meanwhile? Samples nvidia-smi and the kernel's PCIe counters, computes nothing.

Input on standard input: {"duration_s": ..., "interval_s": ...}. Output: one JSON object.
"""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

FIELDS = (
    "index",
    "name",
    "pci.bus_id",
    "pstate",
    "utilization.gpu",
    "pcie.link.gen.current",
    "pcie.link.gen.max",
    "pcie.link.gen.gpumax",
    "pcie.link.gen.hostmax",
    "pcie.link.width.current",
    "pcie.link.width.max",
    "clocks.sm",
    "clocks.max.sm",
    "temperature.gpu",
    "temperature.gpu.tlimit",
    "temperature.memory",
    "power.draw",
    "power.limit",
    "ecc.mode.current",
    "ecc.errors.uncorrected.volatile.total",
    "clocks_event_reasons.active",
    "clocks_throttle_reasons.active",
)
REFUSED = re.compile(r'Field "([^"]+)" is not a valid field')
AER = ("aer_dev_correctable", "aer_dev_fatal", "aer_dev_nonfatal")


def smi(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(["nvidia-smi", *arguments], capture_output=True, text=True, timeout=20)
    return done.returncode, done.stdout + done.stderr


def known_fields() -> tuple[list[str], list[str]]:
    """nvidia-smi names one unknown field at a time, and answers nothing until it is left out."""
    fields = list(FIELDS)
    unknown: list[str] = []
    while fields:
        refused = REFUSED.search(smi("--query-gpu=" + ",".join(fields), "--format=csv,noheader,nounits")[1])
        if not refused or refused.group(1) not in fields:
            break
        fields.remove(refused.group(1))
        unknown.append(refused.group(1))
    return fields, unknown


def sample(fields: list[str]) -> tuple[list[dict[str, str]], str]:
    """One row a card; an error's text where there is none."""
    code, text = smi("--query-gpu=" + ",".join(fields), "--format=csv,noheader,nounits")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("WARNING")]
    rows = [[value.strip() for value in line.split(",")] for line in lines]
    if code not in (0, 14) or any(len(row) != len(fields) for row in rows):
        return [], text.strip()[:200] or f"exit {code}"
    return [dict(zip(fields, row, strict=True)) for row in rows], ""


def folder(bus_id: str) -> Path:
    """0000:01:00.0 in sysfs is 00000000:01:00.0 in nvidia-smi."""
    domain, _, place = bus_id.lower().partition(":")
    return Path("/sys/bus/pci/devices") / f"{int(domain, 16):04x}:{place}"


def total(path: Path) -> str:
    """The last line of an AER file is its total; N/A where the kernel counts nothing."""
    try:
        found = re.search(r"^TOTAL_ERR_\w+ (\d+)$", path.read_text(), re.MULTILINE)
    except OSError:
        return "N/A"
    return found.group(1) if found else "N/A"


def replays(bus_id: str) -> str:
    found = re.search(r"<replay_counter>([^<]*)</replay_counter>", smi("-q", "-x", "-i", bus_id)[1])
    return found.group(1).strip() if found else "N/A"


def counters(cards: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    found = {}
    for card in cards:
        place = folder(card["pci.bus_id"])
        correctable, fatal, nonfatal = (total(place / name) for name in AER)
        found[card["index"]] = {
            "replays": replays(card["pci.bus_id"]),
            "aer_correctable": correctable,
            "aer_fatal": fatal,
            "aer_nonfatal": nonfatal,
        }
    return found


def main() -> None:
    asked = json.load(sys.stdin)
    fields, unknown = known_fields()
    first, error = sample(fields)
    errors = [error] if error else []
    before, started = counters(first), time.monotonic()
    samples: list[list[dict[str, str]]] = []
    while time.monotonic() - started < asked["duration_s"]:
        rows, error = sample(fields)
        samples.append(rows)
        errors += [error] if error else []
        time.sleep(asked["interval_s"])
    print(
        json.dumps(
            {
                "samples": samples,
                "before": before,
                "after": counters(first),
                "unknown": unknown,
                "errors": errors[:10],
                "duration_s": round(time.monotonic() - started, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
