"""systemd units: loaded, enabled, active, and what the running process was started with."""

from dataclasses import dataclass

from pyinfra.api.facts import FactBase

# Where programs and models are that a running process may still have as they were.
OURS = ("/opt/eigenherd", "/var/lib/eigenherd/models")
PROPERTIES = (
    "Id",
    "LoadState",
    "NeedDaemonReload",
    "UnitFileState",
    "ActiveState",
    "FragmentPath",
    "DropInPaths",
    "ConditionResult",
    "ConditionTimestampMonotonic",
    "MainPID",
)


@dataclass(frozen=True)
class Unit:
    """loaded_anew: systemd knows the files as they are now. run: EIGENHERD_RUN of the running process.

    outdated: the process still uses program or model files that were replaced since it started. held_back: its
    own condition kept it from starting, as with the clock in a container. files: its own and its
    drop-ins, but for those that packages ship.
    """

    exists: bool
    loaded_anew: bool
    enabled: bool
    active: bool
    run: str = ""
    outdated: bool = False
    held_back: bool = False
    files: tuple[str, ...] = ()


class UnitState(FactBase[Unit]):
    """A Unit; one that systemd does not know exists not."""

    def command(self, unit: str) -> str:
        return (
            f'shown=$(systemctl show {unit} -p {",".join(PROPERTIES)}); echo "$shown";'
            ' pid=$(echo "$shown" | sed -n s/^MainPID=//p);'
            ' if [ "${pid:-0}" != 0 ]; then'
            " tr '\\0' '\\n' </proc/$pid/environ | grep ^EIGENHERD_RUN=;"
            " ls -l /proc/$pid/exe | grep -c '(deleted)$' | sed s/^/Deleted=/;"
            f" grep -cE ' ({'|'.join(OURS)})/.*[(]deleted[)]$' /proc/$pid/maps | sed s/^/Deleted=/;"
            " fi; true"
        )

    def process(self, output: list[str]) -> Unit:
        pairs = [line.split("=", 1) for line in output]
        values = dict(pairs)
        return Unit(
            exists=values["LoadState"] == "loaded",
            loaded_anew=values["NeedDaemonReload"] == "no",
            enabled=values["UnitFileState"] in ("enabled", "static"),
            active=values["ActiveState"] == "active",
            run=values.get("EIGENHERD_RUN", ""),
            outdated=any(key == "Deleted" and value != "0" for key, value in pairs),
            files=tuple(
                path
                for path in [values["FragmentPath"], *values["DropInPaths"].split()]
                if path.startswith(("/etc/", "/run/")) and f"/{values['Id']}" in path
            ),
            held_back=values["ConditionResult"] == "no" and values["ConditionTimestampMonotonic"] != "0",
        )


class MaskedUnits(FactBase[frozenset[str]]):
    """Of these units, those that nothing can start."""

    default = frozenset

    def command(self, units: tuple[str, ...]) -> str:
        return f"for unit in {' '.join(units)}; do echo $unit $(systemctl is-enabled $unit 2>/dev/null); done"

    def process(self, output: list[str]) -> frozenset[str]:
        return frozenset(line.split()[0] for line in output if line.split()[1:] == ["masked"])
