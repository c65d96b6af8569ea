"""Ansible as its users run it when they care for speed: pipelining, a fork a host, no facts, one connection a host."""

import re
import shutil
import sys
from itertools import count
from pathlib import Path

import yaml

from plan.machine import Handover
from tools.bench import BenchError
from tools.bench.ansible_tasks import Task, tasks
from tools.bench.files import file_of
from tools.bench.steps import Step, of
from tools.bench.timing import run
from tools.checkout import BUILD, ROOT, digest

LOCK = ROOT / "tools" / "bench" / "ansible.txt"
VENV = BUILD / "ansible"
MARK = VENV / "lock.sha256"

CONFIG = """\
[defaults]
forks = {forks}
gathering = explicit
interpreter_python = /usr/bin/python3
retry_files_enabled = False
local_tmp = {home}/local
[ssh_connection]
pipelining = True
ssh_args = -F {ssh_config} -o ControlMaster=auto -o ControlPersist=20s
"""


def install() -> None:
    """Into a virtual environment of its own, from its lock with hashes."""
    if MARK.exists() and MARK.read_text() == digest(LOCK):
        return
    BUILD.mkdir(exist_ok=True)
    run([sys.executable, "-m", "venv", "--clear", VENV])
    options = ["--quiet", "--disable-pip-version-check", "--require-hashes", "-r"]
    run([VENV / "bin" / "python", "-m", "pip", "install", *options, LOCK])
    MARK.write_text(digest(LOCK))


class Playbook:
    """The same end state for the same machines, in a folder of mode 0700 that its owner removes."""

    def __init__(self, handover: Handover, home: Path) -> None:
        install()
        self.home, self.hosts = home, [machine.name for machine in handover.machines]
        self.connections = count()
        steps = of(handover.model_dump_json())
        self.play = [{"hosts": "all", "gather_facts": False, "tasks": self.tasks(steps)}]
        (home / "play.yml").write_text(yaml.safe_dump(self.play, sort_keys=False))
        (home / "hosts").write_text("\n".join(self.hosts) + "\n")
        settings = CONFIG.format(forks=len(self.hosts), ssh_config=handover.ssh_config, home=home)
        (home / "ansible.cfg").write_text(settings)

    def tasks(self, steps: dict[str, list[Step]]) -> list[Task]:
        """One list for all hosts, each task for those whose deployment has the step."""
        found: dict[tuple[str, str, int], dict[str, Step]] = {}
        for host, own in steps.items():
            seen: list[tuple[str, str]] = []
            for step in own:
                kind = (step.name, step.operation)
                found.setdefault((*kind, seen.count(kind)), {})[host] = step
                seen.append(kind)
        made = []
        for number, by_host in enumerate(found.values()):
            for host, step in by_host.items():
                self.write(f"{number}", host, step)
            versions = [tasks(step, f"{self.home}/{{{{ inventory_hostname }}}}/{number}") for step in by_host.values()]
            if any(version != versions[0] for version in versions):
                raise BenchError(f"machines differ in more than a file's text: {next(iter(by_host.values())).name}")
            only = {} if len(by_host) == len(self.hosts) else {"when": f"inventory_hostname in {list(by_host)}"}
            made += [{**task, **only} for task in versions[0]]
        return made

    def write(self, name: str, host: str, step: Step) -> None:
        if file := file_of(step):
            path = self.home / host / name
            path.parent.mkdir(mode=0o700, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(file.text)

    def check(self) -> None:
        """Run it over a connection of its own. Raises where it found anything to change."""
        sockets = self.home / f"c{next(self.connections)}"
        variables = {
            "ANSIBLE_CONFIG": str(self.home / "ansible.cfg"),
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(sockets),
            "ANSIBLE_HOME": str(self.home / "own"),
            "ANSIBLE_NOCOLOR": "1",
        }
        command = [str(VENV / "bin" / "ansible-playbook"), "-i", "hosts", "play.yml"]
        printed = run(command, folder=self.home, variables=variables)
        recap = re.findall(r"^(\S+) +: ok=(\d+) +changed=(\d+) +unreachable=(\d+) +failed=(\d+)", printed, re.M)
        if sorted(line[0] for line in recap) != sorted(self.hosts):
            raise BenchError(f"Ansible's summary names other hosts than {self.hosts}:\n{printed[-1500:]}")
        if any(changed != "0" for _, _, changed, _, _ in recap):
            names = re.findall(r"^TASK \[(.*)\] \**\n(?:.*\n)*?changed: ", printed, re.M)
            raise BenchError(f"Ansible found something to change, so the end states differ: {recap}, {names[:5]}")
        shutil.rmtree(sockets, ignore_errors=True)
