"""Whether Caddy runs the configuration that lies on the disk; it is compared there, for it holds the keys."""

from pyinfra.api.facts import FactBase

COMPARE = """\
import json, subprocess, sys
def read(*command):
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
live = read("curl", "-sf0", "-H", "Host:", "--unix-socket", "/run/caddy/admin.sock", "http://caddy/config/")
print("current" if live == read("caddy", "adapt", "--config", "/etc/caddy/Caddyfile") else "stale")
"""


class LoadedConfiguration(FactBase[str]):
    """`current`, `stale`, or `unknown` when Caddy does not run or the file is wrong."""

    @staticmethod
    def default() -> str:
        return "unknown"

    def requires_command(self) -> str:
        return "caddy"

    def command(self) -> str:
        return f"runuser -u caddy -- env HOME=/run/caddy python3 -I -c '{COMPARE}' 2>/dev/null || echo unknown"

    def process(self, output: list[str]) -> str:
        return output[-1]
