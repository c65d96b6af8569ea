"""A file that `size --write` wrote, put before Pulumi: no machine is needed for what would be done."""

import os

from tests.checkouts import Checkout

SIZED = ("size", "llama3.1:8b", "--users", "8", "--gpu", "RTX 4090")


def test_pulumi_previews_what_was_sized(checkout: Checkout) -> None:
    name = f"sized-{os.getpid()}"
    file = checkout.path / "stacks" / f"Pulumi.{name}.yaml"
    checkout.eigenherd(*SIZED, "--write", f"stacks/{file.name}")
    checkout.pulumi("stack", "init", name, "--no-select")
    try:
        said = checkout.pulumi("preview", "--stack", name)
        assert "Deployment" in said and "create" in said and "error" not in said.lower()
    finally:
        checkout.pulumi("stack", "rm", "--yes", "--stack", name)
        file.unlink(missing_ok=True)
