"""What every dynamic resource's provider shares."""

import gc
import resource
import sys
from collections.abc import Iterable
from typing import Any

from pulumi.dynamic import ConfigureRequest, ResourceProvider
from pulumi.output import Unknown


class Provider(ResourceProvider):
    """Stored in the state as a reference to its module, which holds no secret."""

    serialize_as_secret_always = False

    def configure(self, req: ConfigureRequest) -> None:
        """Runs in the provider's process alone, where Pulumi prints exceptions with their traceback.

        The reader wants their message. In the program itself a limit of 0 breaks Pulumi's own use of the stack.
        A core dump would hold the secrets that pass through here.
        """
        sys.tracebacklimit = 0
        gc.freeze()  # the modules: to search them for garbage at exit takes 50 ms, which `up` would wait for
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def changed(keys: Iterable[str], olds: dict[str, Any], news: dict[str, Any]) -> list[str]:
    """The keys whose value is another one. What a preview cannot know yet is taken to stay as it is."""
    return [key for key in keys if not isinstance(news.get(key), Unknown) and olds.get(key) != news.get(key)]
