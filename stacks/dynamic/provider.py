"""What every dynamic resource's provider shares."""

import sys

from pulumi.dynamic import ConfigureRequest, ResourceProvider


class Provider(ResourceProvider):
    """Stored in the state as a reference to its module, which holds no secret."""

    serialize_as_secret_always = False

    def configure(self, req: ConfigureRequest) -> None:
        """Runs in the provider's process alone, where Pulumi prints exceptions with their traceback.

        The reader wants their message. In the program itself a limit of 0 breaks Pulumi's own use of the stack.
        """
        sys.tracebacklimit = 0
