"""Looks every minute whether the engine may run, and whether it computes on the card: exit 0 or 1, with a reason.

`gpu_watch.py [SETTINGS [ROOT]]`; ROOT stands for / in tests. The gate's unit judges the cards. An engine that sits on
the CPU is stopped, and this unit is failed: it gets another chance after 5, 10 and 20 minutes, then none until somebody
starts it, or the machine. One that the gate kept down starts again when the gate is open. A look that goes wrong itself
is a failed unit as well, and leaves the engine alone.
"""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SETTINGS, STATES = "/etc/eigenherd/gpu.json", "run/eigenherd-gpu"
GATE, ENGINE, RESPONDER = "eigenherd-gpu-gate.service", "eigenherd-engine.service", "eigenherd-gpu-responder.service"
CHANCES_S, NEVER = (300, 600, 1200), 2**40
CGROUPS = "/sys/fs/cgroup"
SMI_S, COMMAND_S = 20, 200

# A program that keeps ending is started again every other second: this often in a row it is no accident.
ENDED = 5

# Ollama may keep a model's table of words in the machine's memory: that is not computed with.
LEAST_SHARE = 0.9

State = dict[str, Any]


def main() -> int:
    wanted = json.loads(Path((sys.argv[1:] or [SETTINGS])[0]).read_text())
    states = Path((sys.argv[2:] or ["/"])[0]) / STATES
    before = read(states / "watch.json")
    line, after = look(wanted, states, before)
    if after != before:
        keep(states / "watch.json", after)
    if not after["ok"]:
        run("systemctl", "start", "--no-block", RESPONDER)  # systemd stops the engine for it
    print(line)
    return 0 if after["ok"] else 1


def look(wanted: State, states: Path, before: State) -> tuple[str, State]:
    """A line, and what is to be remembered.

    ok: not held back. chances: how many were used up. until: when the hold ends. restarts: systemd's count.
    """
    if run("systemctl", "start", GATE) != 0:
        reason = read(states / "gate.json")["reason"] or "it did not end"
        return f"the GPU gate is closed: {reason}", before | {"ok": True}
    engine = unit(ENGINE)
    restarts = int(engine["NRestarts"] or 0)
    ended = restarts - before["restarts"] if restarts >= before["restarts"] else restarts
    before = before | {"ok": True, "restarts": restarts}
    if engine["ActiveState"] == "active":
        reason = not_on_the_card(wanted, engine["ControlGroup"]) or elsewhere(wanted)
        if not reason:
            return "the engine computes on the card", before | {"reason": "", "chances": 0, "until": 0}
        if unit(ENGINE) != engine:
            return "the engine was stopped or started meanwhile: it is looked at again", before
        return held(reason, before)
    if ended >= ENDED:
        return held(f"the engine ended {ended} times in a row: journalctl -u {ENGINE}", before)
    if unit(RESPONDER)["ActiveState"] not in ("active", "activating"):
        return f"the engine is {engine['ActiveState']}", before
    if time.time() < before["until"]:
        return before["reason"], before | {"ok": False}
    run("systemctl", "start", "--no-block", ENGINE)
    return "the GPU is as planned: the engine starts", before | {"reason": "", "until": 0}


def held(reason: str, before: State) -> tuple[str, State]:
    """The responder goes in the engine's place."""
    used = before["chances"]
    again = time.time() + CHANCES_S[used] if used < len(CHANCES_S) else NEVER
    hint = f"next attempt in {CHANCES_S[used] // 60} minutes" if used < len(CHANCES_S) else "no further attempt"
    line = f"{reason}; {hint}"
    return line, before | {"ok": False, "reason": line, "chances": used + 1, "until": again}


def not_on_the_card(wanted: State, group: str) -> str:
    """Why it is taken for an engine on the CPU. One that loads its model late is asked a word first."""
    seen = on_the_card(group)
    if seen == "":
        return ""
    said = ask(wanted)
    seen = on_the_card(group)
    return seen and f"the engine does not compute on the card: {seen}, {said}"


def on_the_card(group: str) -> str:
    """Empty where one of the engine's processes computes on a card."""
    ask = ["nvidia-smi", "--query-compute-apps=pid", "--format=csv"]
    try:
        process = subprocess.Popen(ask, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace")
        said, _ = process.communicate(timeout=SMI_S)
    except OSError:
        return "nvidia-smi is not installed"
    except subprocess.TimeoutExpired:
        process.kill()  # and not waited for: what hangs in the kernel may not even die
        return "nvidia-smi did not answer"
    heading, *pids = said.split() or [""]
    if heading != "pid":
        return f"nvidia-smi said {said.strip()[:100] or 'nothing'}"
    return "" if processes(group) & set(pids) else "none of its processes is among those of nvidia-smi"


def processes(group: str) -> set[str]:
    """Those of a cgroup; what ends meanwhile is none."""
    own: set[str] = set()
    for file in Path(f"{CGROUPS}{group}").rglob("cgroup.procs"):
        with contextlib.suppress(OSError):
            own.update(file.read_text().split())
    return own


def elsewhere(wanted: State) -> str:
    """What Ollama itself says it put into the machine's memory: with too little room it shares a model out."""
    if wanted["engine"] != "ollama" or wanted["simulated"]:
        return ""
    connection = http.client.HTTPConnection(wanted["address"], wanted["port"], timeout=SMI_S)
    with contextlib.closing(connection):
        try:
            connection.request("GET", "/api/ps")
            loaded = json.loads(connection.getresponse().read())["models"]
            parts = [(str(model["name"]), int(model["size_vram"]), int(model["size"])) for model in loaded]
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
            return ""  # one that does not answer is no reason to stop it: its clients see that
    shared = [f"{name} with {vram} of {size} bytes" for name, vram, size in parts if vram < LEAST_SHARE * size]
    return f"the engine does not compute on the card alone: there is {', '.join(shared)}" if shared else ""


def ask(wanted: State) -> str:
    """One token, so that the model is loaded. Nothing of question or answer is kept."""
    body = {"model": wanted["model"], "max_tokens": 1, "messages": [{"role": "user", "content": "Hi"}]}
    connection = http.client.HTTPConnection(wanted["address"], wanted["port"], timeout=wanted["load_s"])
    with contextlib.closing(connection):
        try:
            connection.request("POST", "/v1/chat/completions", json.dumps(body), {"Content-Type": "application/json"})
            return f"and answered a question with status {connection.getresponse().status}"
        except (OSError, http.client.HTTPException) as error:
            return f"and did not answer a question: {error or type(error).__name__}"


def unit(name: str) -> dict[str, str]:
    properties = ("ActiveState", "ControlGroup", "InvocationID", "NRestarts")
    done = subprocess.run(
        ["systemctl", "show", name, "-p", ",".join(properties)],
        capture_output=True,
        text=True,
        timeout=COMMAND_S,
        check=True,
    )
    return {key: "" for key in properties} | dict(line.split("=", 1) for line in done.stdout.splitlines())


def run(*command: str) -> int:
    return subprocess.run(command, stdin=subprocess.DEVNULL, timeout=COMMAND_S, check=False).returncode


def read(path: Path) -> State:
    blank = {"ok": True, "reason": "", "chances": 0, "until": 0, "restarts": 0}
    try:
        return blank | json.loads(path.read_text())
    except (OSError, ValueError):
        return blank


def keep(path: Path, value: State) -> None:
    """Whole or not at all: others read it meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(value, indent=1) + "\n")
    fresh.chmod(0o644)
    fresh.rename(path)


if __name__ == "__main__":
    sys.exit(main())
