"""`python -m tools.pulumi_release FOLDER`: the official Pulumi CLI of the SDK's version, into FOLDER/bin."""

import sys
import urllib.request
from urllib.error import URLError

from pulumi.automation import PulumiCommand

# Pulumi's installer has no time limit of its own, so its reach is tried first, with a short one.
INSTALLER = "https://get.pulumi.com/install.sh"
REACH_TIMEOUT_S = 5.0


def main(folder: str) -> None:
    try:
        with urllib.request.urlopen(INSTALLER, timeout=REACH_TIMEOUT_S):
            pass
    except (URLError, TimeoutError) as error:
        sys.exit(f"{INSTALLER}: {error}")
    PulumiCommand.install(root=folder)


if __name__ == "__main__":
    main(sys.argv[1])
