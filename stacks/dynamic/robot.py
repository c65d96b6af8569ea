"""What every resource of Robot's shares: the account, which comes from Pulumi's configuration and is never kept."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pulumi.dynamic import ConfigureRequest

from stacks.dynamic.provider import Provider

if TYPE_CHECKING:
    from stacks.robot.client import Robot


class RobotProvider(Provider):
    """The password is an input of no resource, so it is in no state; it lives in this process alone."""

    def configure(self, req: ConfigureRequest) -> None:
        super().configure(req)
        self._setting: Callable[[str], Any] = req.config.get

    def robot(self, name: str) -> "Robot":
        """name: begins the lines that say what is waited for."""
        from stacks.robot import account
        from stacks.robot.client import Robot

        return Robot(account.of(self._setting), say=lambda line: print(f"{name}: {line}", flush=True))
