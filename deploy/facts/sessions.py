"""Who sits at the machine, or is logged in to it with a terminal; a run of ours has none."""

from pyinfra.api.facts import FactBase

GRAPHICAL = ("x11", "wayland", "mir")


class LoggedIn(FactBase[list[str]]):
    """`user on terminal`, of each."""

    default = list

    def command(self) -> str:
        return (
            "who | awk '{print $1, $2}';"
            " for id in $(loginctl list-sessions --no-legend 2>/dev/null | awk '{print $1}'); do"
            " loginctl show-session $id -p Name -p TTY -p Type -p Class 2>/dev/null | paste -s -d ' ' -; done; true"
        )

    def process(self, output: list[str]) -> list[str]:
        """A graphical session has no terminal; one of systemd's own, or of ours, has neither."""
        found = set()
        for line in output:
            values = dict(word.split("=", 1) for word in line.split(" ") if "=" in word)
            if not values:
                found.add(" on ".join(line.split(" ")[:2]))
            elif values["Class"] == "user" and (values["TTY"] or values["Type"] in GRAPHICAL):
                found.add(f"{values['Name']} on {values['TTY'] or values['Type']}")
        return sorted(found)
