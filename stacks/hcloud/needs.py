"""What has to be on this computer: Pulumi's plugin for Hetzner Cloud, and a token for its API."""

import json
import os
import shutil
from pathlib import Path

import pulumi
import pulumi_hcloud

from plan.errors import SpecError

PLUGIN = "pulumi-resource-hcloud"
TOKEN = "HCLOUD_TOKEN"  # noqa: S105 (the variable's name)


def version() -> str:
    """Of the package, whose plugin has the same."""
    described = Path(pulumi_hcloud.__file__).with_name("pulumi-plugin.json")
    return str(json.loads(described.read_text())["version"])


def plugin_there() -> bool:
    """On PATH, or where `pulumi plugin install` puts it."""
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    return bool(shutil.which(PLUGIN)) or (home / "plugins" / f"resource-hcloud-v{version()}").is_dir()


def token() -> str | None:
    """For reading prices; the plugin finds it by itself."""
    return pulumi.Config("hcloud").get("token") or os.environ.get(TOKEN)


def refuse() -> None:
    """Before the first resource, with what to do."""
    if not plugin_there():
        todo = f"run `pulumi plugin install resource hcloud v{version()}`"
        raise SpecError(f"Pulumi's plugin for Hetzner Cloud ({PLUGIN})", "none on this computer", todo)
    if not token():
        todo = "run `pulumi config set --secret hcloud:token` and paste it, or set HCLOUD_TOKEN"
        raise SpecError("a token for the Hetzner Cloud API, with read and write", "none", todo)
