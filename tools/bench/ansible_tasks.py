"""The same end state as Ansible tasks, one for each operation of ours: a module where there is one, else a comparison.

Where ours looks closer (does the process run with today's files?), Ansible is spared it.
"""

import shlex
from collections.abc import Callable
from typing import Any

from deploy.facts.accounts import KEYS, OPEN
from deploy.facts.artifacts import HASHES
from deploy.facts.caddy import LoadedConfiguration
from deploy.facts.nftables import TABLE
from deploy.facts.python import MARKER, ROOT
from deploy.facts.sshd import SshdFiles
from deploy.firewall import RULES
from deploy.operations.sleep import SLEEP
from deploy.operations.sshd import CONFIG, FILE, SHIPPED, SHOWN, SSHD
from tools.bench import BenchError
from tools.bench.files import file_of
from tools.bench.steps import Step

Task = dict[str, Any]
SAME = "[ {one} = {other} ] && echo same"


def tasks(step: Step, source: str) -> list[Task]:
    """source: where the step's file lies on the controller, for each host its own."""
    made = [copy(step, source)] if file_of(step) else []
    if other := OTHERS.get(step.operation):
        made.append(other(step.given))
    if not made:
        raise BenchError(f"no Ansible task is known for the operation {step.operation} ({step.name})")
    return [{"name": step.name, **task} for task in made]


def copy(step: Step, source: str) -> Task:
    file = file_of(step)
    assert file  # noqa: S101 (asked for files only)
    given = {"dest": file.path, "owner": file.user, "group": file.group, "mode": f"0{file.mode}"}
    return {"ansible.builtin.copy": {"src": source, **given}}


def packages(given: dict[str, Any]) -> Task:
    return {"ansible.builtin.apt": {"name": given["names"], "state": "present", "install_recommends": False}}


def folder(given: dict[str, Any]) -> Task:
    rights = {"owner": given["user"], "group": given["group"], "mode": f"0{given['mode']}"}
    return {"ansible.builtin.file": {"path": given["path"], "state": "directory", **rights}}


def absent(given: dict[str, Any]) -> Task:
    return {"ansible.builtin.file": {"path": given["path"], "state": "absent"}}


def user(given: dict[str, Any]) -> Task:
    wanted = {"name": given["user"], "home": given["home"], "comment": given["comment"], "shell": "/usr/sbin/nologin"}
    return {"ansible.builtin.user": {**wanted, "system": True, "create_home": False}}


def unit(given: dict[str, Any]) -> Task:
    """One that its own condition may hold back is enabled, and not started again and again."""
    state = {} if given["conditional"] else {"state": "started"}
    return {"ansible.builtin.systemd_service": {"name": given["unit"], "enabled": True, **state}}


def awake(_: dict[str, Any]) -> Task:
    return {"ansible.builtin.systemd_service": {"name": "{{ item }}", "masked": True}, "loop": [*SLEEP]}


def compare(script: str) -> Task:
    """A command that says `same` where nothing is to be done."""
    command = f"{{% raw %}}{script}{{% endraw %}}"
    return {"ansible.builtin.shell": command, "register": "seen", "changed_when": "'same' not in seen.stdout"}


def sshd(given: dict[str, Any]) -> Task:
    wanted = [f"{key.lower()} {SHOWN.get(value, value)}" for key, value in given["settings"].items()]
    found = f"{SSHD} -T | grep -cxF {' '.join(f'-e {shlex.quote(line)}' for line in wanted)}"
    return compare(SAME.format(one=f'"$({found})"', other=len(wanted)))


def sshd_reads_ours(given: dict[str, Any]) -> Task:
    """The package's own file, and no other beside ours."""
    found = SshdFiles().command(shipped=SHIPPED, config=CONFIG).removesuffix("; true")
    return compare(SAME.format(one=f'"$({found})"', other=f'"$(echo as shipped; echo {FILE})"'))


def no_passwords(given: dict[str, Any]) -> Task:
    return compare(SAME.format(one=f'"$({OPEN})"', other="''"))


def only_key(given: dict[str, Any]) -> Task:
    """The one file there may be, with its text and rights."""
    home = f"$(getent passwd {given['user']} | cut -d: -f6)"
    own = "$home/.ssh/authorized_keys"
    found = f'"$(cat "{own}"; stat -c \'%U %a\' "{own}"; {KEYS})"'
    wanted = f'"$(echo {shlex.quote(given["key"])}; echo {given["user"]} 600; echo "{own}")"'
    return compare(f"home={home}; {SAME.format(one=found, other=wanted)}")


def live_rules(given: dict[str, Any]) -> Task:
    wanted = f"unshare --net sh -c {shlex.quote(f'nft -f {RULES} && nft list table {TABLE}')}"
    return compare(SAME.format(one=f'"$(nft list table {TABLE})"', other=f'"$({wanted})"'))


def loaded(given: dict[str, Any]) -> Task:
    return compare(SAME.format(one=f'"$({LoadedConfiguration().command()})"', other="current"))


def environment(given: dict[str, Any]) -> Task:
    wanted = given["wanted"]
    installed = f'"$(echo {wanted["lock_sha256"]}; ls -d lib/python3*/site-packages/*.dist-info)"'
    whole = SAME.format(one=f'"$(cat {MARKER})"', other=installed)
    return compare(f"cd {ROOT}/{wanted['name']} && bin/python -I -c '' && {whole}")


def only_environments(given: dict[str, Any]) -> Task:
    found = f"find {ROOT} -maxdepth 1 -lname '{ROOT}/environments/*' -printf '%f\\n' | sort | xargs"
    return compare(SAME.format(one=f'"$({found})"', other=shlex.quote(" ".join(sorted(given["names"])))))


def held(given: dict[str, Any]) -> Task:
    """With the stamp that spares both sides the sum over the whole file."""
    hashes = HASHES.format(folder=shlex.quote(given["folder"])).replace("exit 0", "exit 1")
    line = f"{given['artifact']['sha256']} ours 0:0:644 {given['artifact']['file']}"
    return compare(f"({hashes}) | grep -qxF {shlex.quote(line)} && echo same")


def only(folder: str, names: list[str]) -> Task:
    return compare(
        SAME.format(one=f'"$(ls {shlex.quote(folder)} | xargs)"', other=shlex.quote(" ".join(sorted(names))))
    )


def no_archives(given: dict[str, Any]) -> Task:
    kept = " ".join(given["folders"])
    return compare(SAME.format(one=f'"$(ls -d {ROOT}/{given["pattern"]} 2>/dev/null | xargs)"', other=f'"{kept}"'))


# Operations that are not a file alone.
OTHERS: dict[str, Callable[[dict[str, Any]], Task]] = {
    "packages.finished": lambda given: compare(SAME.format(one='"$(dpkg --audit)"', other='""')),
    "packages.packages": packages,
    "files.folder": folder,
    "files.only": lambda given: only(given["path"], given["names"]),
    "files.absent": absent,
    "users.system_user": user,
    "units.runs": unit,
    "users.no_passwords": no_passwords,
    "keys.only_key": only_key,
    "sshd.sshd_settings": sshd,
    "sshd.nothing_else": sshd_reads_ours,
    "firewall.live_rules": live_rules,
    "gateway.loaded": loaded,
    "python.environment": environment,
    "python.only_environments": only_environments,
    "artifacts.held": held,
    "artifacts.only": lambda given: only(given["folder"], given["files"]),
    "archives.only": no_archives,
    "sleep.awake": awake,
}
