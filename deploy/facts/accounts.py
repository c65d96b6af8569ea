"""Who can log in: accounts, and the files that name keys for them. Hashes and keys stay on the machine."""

from dataclasses import dataclass

from pyinfra.api.facts import FactBase

BETWEEN = "---"

# A field that starts with neither ! nor * is a hash that some password fits, or empty: then none is needed.
OPEN = "awk -F: '$2 !~ /^[!*]/ {print $1}' /etc/shadow; awk -F: '$2 != \"x\" && $2 !~ /^[!*]/ {print $1}' /etc/passwd"

# sshd's default names are looked for in every home, whatever sshd is told today and whatever the shell.
KEYS = """\
cut -d: -f1,6 /etc/passwd | while IFS=: read -r user home; do
  for file in "$home/.ssh/authorized_keys" "$home/.ssh/authorized_keys2"; do
    if [ -e "$file" ] || [ -L "$file" ]; then echo "$file"; fi
  done
done
"""


@dataclass(frozen=True)
class Account:
    """group: its own; groups: the others it is in. password: some password, or none at all, lets it in."""

    home: str
    shell: str
    group: str
    groups: tuple[str, ...]
    password: bool


class Accounts(FactBase[dict[str, Account]]):
    """Every local account by its name."""

    default = dict

    def command(self) -> str:
        return f"cut -d: -f1,4,6,7 /etc/passwd; echo {BETWEEN}; cut -d: -f1,3,4 /etc/group; echo {BETWEEN}; {OPEN}"

    def process(self, output: list[str]) -> dict[str, Account]:
        first = output.index(BETWEEN)
        second = output.index(BETWEEN, first + 1)
        groups = [line.split(":") for line in output[first + 1 : second]]
        names = {number: name for name, number, _ in groups}
        opened = set(output[second + 1 :])
        found = {}
        for line in output[:first]:
            user, number, home, shell = line.split(":")
            others = tuple(sorted(name for name, _, members in groups if user in members.split(",")))
            found[user] = Account(home, shell, names.get(number, number), others, user in opened)
        return found


class KeyFiles(FactBase[list[str]]):
    """The files in all homes that sshd would read keys from."""

    default = list

    def command(self) -> str:
        return KEYS

    def process(self, output: list[str]) -> list[str]:
        return sorted(set(output))
