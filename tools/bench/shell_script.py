"""The same end state as a plain shell script, as somebody who knows the machine writes it down: no state is asked for.

Packages in one transaction, then everything in the deployment's order, the units last.
"""

import shlex
from collections.abc import Callable
from typing import Any

from deploy.facts.python import MARKER, ROOT
from deploy.operations.sleep import SLEEP
from deploy.operations.sshd import SSHD
from deploy.python import FOLDERS, pip_options
from plan import lock
from plan.plan import PackageSources
from tools.bench import BenchError
from tools.bench.files import File, file_of
from tools.bench.steps import Step

END = "END_OF_FILE_a3f9"
APT = (
    "DEBIAN_FRONTEND=noninteractive apt-get --yes --quiet"
    " -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold"
)


def script(steps: list[Step]) -> str:
    """For a machine from base, as root, on a shell's standard input. It holds secrets."""
    packages = sorted({name for step in steps if step.operation == "packages.packages" for name in step.given["names"]})
    ahead = [step for step in steps if step.operation != "units.runs"]
    units = [step for step in steps if step.operation == "units.runs"]
    parts = ["set -eu", "umask 022", f"{APT} update", f"{APT} install --no-install-recommends {' '.join(packages)}"]
    parts += [lines for step in ahead if (lines := lines_of(step))]
    parts += ["systemctl daemon-reload", *(unit(step.given) for step in units)]
    return "\n".join(parts) + "\n"


def lines_of(step: Step) -> str:
    if file := file_of(step):
        reload = f"\n{SSHD} -t && systemctl reload ssh.service" if step.operation == "sshd.sshd_settings" else ""
        return here(file) + reload
    if step.operation in NOTHING:
        return ""
    if step.operation not in OTHERS:
        raise BenchError(f"no shell lines are known for the operation {step.operation} ({step.name})")
    return OTHERS[step.operation](step.given)


def here(file: File) -> str:
    if not file.text.endswith("\n") or END in file.text:
        raise BenchError(f"{file.path} is no text that a here document can hold")
    rights = f"-o {file.user} -g {file.group} -m {file.mode}"
    return f"install -D {rights} /dev/stdin {shlex.quote(file.path)} <<'{END}'\n{file.text}{END}"


def folder(given: dict[str, Any]) -> str:
    return f"install -d -o {given['user']} -g {given['group']} -m {given['mode']} {shlex.quote(given['path'])}"


def absent(given: dict[str, Any]) -> str:
    return f"rm -rf {shlex.quote(given['path'])}"


def user(given: dict[str, Any]) -> str:
    return (
        f"useradd --system --user-group --no-create-home --home-dir {given['home']} --shell /usr/sbin/nologin"
        f" --comment {shlex.quote(given['comment'])} {given['user']}"
    )


def only_key(given: dict[str, Any]) -> str:
    home = f"$(getent passwd {given['user']} | cut -d: -f6)"
    folder = f'install -d -o {given["user"]} -m 700 "{home}/.ssh"'
    return f'{folder}\necho {shlex.quote(given["key"])} >"{home}/.ssh/authorized_keys"'


def environment(given: dict[str, Any]) -> str:
    """With the marker, by which an environment is known to be whole."""
    wanted, sources = given["wanted"], PackageSources.model_validate(given["sources"])
    home = f"{FOLDERS}/{wanted['name']}.plain"
    requirements = File(f"/var/tmp/{wanted['lock']}", (lock.FOLDER / wanted["lock"]).read_text())  # noqa: S108
    pip = shlex.join(["install", *pip_options(sources), "--requirement", requirements.path])
    return f"""\
{here(requirements)}
mkdir -p {FOLDERS}
python3 -m venv {home}
TMPDIR=/var/tmp {home}/bin/pip {pip}
(cd {home} && {{ echo {wanted["lock_sha256"]}; ls -d lib/python3*/site-packages/*.dist-info; }} >{MARKER})
ln -s {home} {ROOT}/{wanted["name"]}
rm {requirements.path}"""


def held(given: dict[str, Any]) -> str:
    artifact, path = given["artifact"], f"{given['folder']}/{given['artifact']['file']}"
    source = f"{given['sources']['mirror']}/{given['kind']}/{artifact['file']}"
    line = f"{artifact['sha256']}  {path}"
    check = f"echo {shlex.quote(line)} | sha256sum --check --quiet"
    return f"install -m 644 {shlex.quote(source)} {shlex.quote(path)}\n{check}"


def unit(given: dict[str, Any]) -> str:
    """One that its own condition may hold back is enabled only."""
    enable = f"systemctl enable --quiet {given['unit']}"
    return enable if given["conditional"] else f"{enable}\nsystemctl restart {given['unit']}"


OTHERS: dict[str, Callable[[dict[str, Any]], str]] = {
    "files.folder": folder,
    "files.absent": absent,
    "users.system_user": user,
    "keys.only_key": only_key,
    "python.environment": environment,
    "artifacts.held": held,
    "sleep.awake": lambda _: f"systemctl mask --quiet {' '.join(SLEEP)}",
}

# On a machine from base these have nothing to do, or the units' start does it.
NOTHING = {
    "packages.finished",
    "packages.packages",
    "users.no_passwords",
    "sshd.nothing_else",
    "firewall.live_rules",
    "gateway.loaded",
    "files.only",
    "python.only_environments",
    "artifacts.only",
    "archives.only",
}
