"""A simulated machine without a machine: its programs, in this process, on folders of the test's own."""

import io
import json
import re
import subprocess
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from plan import catalog
from plan.plan import Gpu
from stacks.sandbox import simulation
from stacks.sandbox.simulation.programs import answers, card, kernel, simulate, simulated
from tests.unit.verify.fake_stack import handover, machine_plan, plan
from verify.gateway import Gateway
from verify.target import Target
from verify.transport import Output

KERNEL, VERSION = "6.1.0-50-amd64", "580.95.05"
ENGINE_PID = "4711"
SEEN = ("/proc/driver/nvidia", "/sys/module", "/sys/bus/pci/devices", "/sys/firmware")


def gpu_of(name: str) -> Gpu:
    row = catalog.gpu(name)
    facts = {key: getattr(row, key) for key in ("name", "vram_gib", "bandwidth_gbs", "compute_capability")}
    return Gpu.model_validate({**facts, "simulated": True})


@dataclass
class Simulated:
    """installed: the modules' version for this kernel, as DKMS has them; library: the driver's in userland.

    called: how the modules' files begin.
    """

    root: Path
    installed: str = VERSION
    library: str = VERSION
    licence: str = "Dual MIT/GPL"
    called: str = "nvidia"
    commands: list[str] = field(default_factory=list)

    def asked(self, *argv: str) -> str:
        """What the real programs would say."""
        if argv[0].endswith("modinfo"):
            if argv[-1] not in (self.called, f"{self.called}-uvm", f"{self.called}_uvm"):
                return ""
            return self.licence if "license" in argv else self.installed
        if argv[0] == "dpkg-query":
            return f"{self.library}-1"
        if argv[0] == "systemctl":
            return "active"
        return subprocess.run(argv, capture_output=True, text=True, check=False).stdout.strip()

    def program(self, call: Callable[[], int]) -> Output:
        for figure in (answers.busy_percent, answers.persistent, answers.engine):
            figure.cache_clear()
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = call()
        return Output(code, out.getvalue(), err.getvalue())

    def simulate(self, *arguments: str) -> int:
        return simulate.main(list(arguments))

    def fault(self, **fault: object) -> None:
        assert self.simulate("fault", json.dumps(fault)) == 0

    def load(self) -> list[int]:
        return [self.program(lambda: kernel.modprobe(["nvidia"])).code, kernel.modprobe(["nvidia-uvm"])]

    def run(self, command: str, *, root: bool = False, timeout_s: float = 30, stdin: bytes = b"") -> Output:
        """As a Shell: what the stand-ins answer by them, the rest by this computer's, with the simulation's folders."""
        self.commands.append(command)
        if command.startswith("nvidia-smi"):
            outputs = [self.program(partial(card.nvidia_smi, line.split()[1:])) for line in command.split(" && ")]
            return Output(max(o.code for o in outputs), "".join(o.stdout for o in outputs), "")
        if command.startswith("lspci"):
            return self.program(lambda: card.lspci(command.split()[1:]))
        if command.startswith("journalctl"):
            _, _, rest = command.partition(" | ")
            since = re.search(r"@\d+", command)
            said = self.program(lambda: kernel.journalctl(["-k", *([since.group()] if since else [])])).stdout
            command = f"cat {self.file(said)} && echo end" if since else f"cat {self.file(said)} | {rest}"
        if "mokutil" in command:
            said = self.program(lambda: card.mokutil(["--sb-state"])).stdout
            command = command.replace("mokutil --sb-state", f"cat {self.file(said)}")
        for path in SEEN:
            command = command.replace(path, f"{self.root}{path}")
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
        return Output(done.returncode, done.stdout, done.stderr)

    def file(self, text: str) -> Path:
        path = self.root / "said"
        path.write_text(text)
        return path

    def probe(
        self,
        name: str,
        params: Mapping[str, object],
        *,
        python: str = "python3",
        root: bool = False,
        timeout_s: float = 60,
    ) -> dict[str, object]:
        assert name == "unit_processes"
        return {"processes": [{"pid": ENGINE_PID, "uid": 999, "user": "eigenherd-engine"}]}

    def drop(self) -> None:
        raise NotImplementedError


def simulated_machine(name: str, root: Path, monkeypatch: pytest.MonkeyPatch, count: int = 1) -> Simulated:
    """A machine whose kernel runs and whose module is loaded."""
    made = Simulated(root)
    places = {
        "STATE": root / "etc/eigenherd-simulation.json",
        "RUN": root / "run",
        "KERNEL": root / "run/kernel",
        "LOG": root / "run/kernel.log",
        "GRUB": root / "boot/grub/grubenv",
        "LOADED": root / "sys/module",
        "BUS": root / "sys/bus/pci/devices",
        "FIRMWARE": root / "sys/firmware",
        "DRIVER": root / "proc/driver",
    }
    for module in (simulated, card, kernel, simulate, answers):
        for place, path in places.items():
            if hasattr(module, place):
                monkeypatch.setattr(module, place, path)
        if hasattr(module, "run"):
            monkeypatch.setattr(module, "run", made.asked)
    monkeypatch.setattr(kernel, "bind", lambda what, at: None)
    monkeypatch.setattr(answers, "LOOK_S", 0.001)
    for place in ("RUN", "LOADED", "BUS", "FIRMWARE", "DRIVER"):
        places[place].mkdir(parents=True)
    (root / "run/driver").symlink_to(places["DRIVER"])
    (root / "run/devices.real").write_text("Character devices:\n  1 mem\n\nBlock devices:\n  7 loop\n")
    places["KERNEL"].write_text(f"{KERNEL}\n")
    places["LOG"].write_text(f"2026-11-25T03:00:00+0000 main kernel: Linux version {KERNEL}\n")
    places["STATE"].parent.mkdir(parents=True)
    cards = json.loads(simulation.cards_of(gpu_of(name))) * count
    places["STATE"].write_text(json.dumps({"cards": cards, "faults": []}))
    kernel.show_bus()
    return made


def target_of(name: str, host: Simulated, count: int = 1) -> Target:
    card = gpu_of(name).model_copy(update={"count": count})
    given = handover(plan({"machines": (machine_plan({"gpu": card}),)}))
    return Target(given, given.machines[0], host, Gateway(given), 0.0, given.plan.models[0])
