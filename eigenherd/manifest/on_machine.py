"""Sent to a machine: what a deployment made there, as one JSON object.

Reads files and writes none; standard library only.
"""

import hashlib
import json
import subprocess
from pathlib import Path

MANIFEST = Path("/etc/eigenherd/manifest.json")
# Keys, certificates, names and addresses: each machine's own.
INDIVIDUAL = ("/etc/eigenherd", "/etc/caddy")
# How packages came here, from a lock or from the archive, is not what is here; certificates are named by their sum.
LEFT_OUT = ("/var/lib/eigenherd/debs", "/etc/eigenherd/apt-locked.conf", "/etc/caddy/tls/")
MODELS = "/var/lib/eigenherd/models/"
FORM = "${db:Status-Status} ${Package} ${Version} ${Architecture}\n"


def main() -> None:
    manifest = json.loads(MANIFEST.read_text())
    text = subprocess.run(["dpkg-query", "-W", "-f", FORM], capture_output=True, text=True, check=True).stdout
    rows = [line.split(" ") for line in text.splitlines() if line.startswith("installed ")]
    release = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    found = {
        "system": f"{release.get('ID')}-{release.get('VERSION_ID')}".replace('"', ""),
        "packages": {name: [version, architecture] for _, name, version, architecture in rows},
        "made": manifest["made"],
        "paths": {path: content(Path(path)) for path in sorted(manifest["paths"]) if not path.startswith(LEFT_OUT)},
        "holds": manifest["holds"],
    }
    print(json.dumps(found))


def content(path: Path) -> str:
    """Of a file its sum, of an environment that of its lock and packages; what is each machine's own is only there."""
    if str(path).startswith(INDIVIDUAL):
        return "there"
    if not path.exists():
        return "gone"
    if path.is_dir():
        marker = path / "eigenherd.lock"
        return sha256(marker) if marker.exists() else "a folder"
    stamp = path.with_name(f".{path.name}.sha256")  # as it was fetched: a model has gigabytes
    if str(path).startswith(MODELS) and stamp.exists():
        return stamp.read_text().split()[0]
    return sha256(path)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
