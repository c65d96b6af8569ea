"""When a machine may change its own kernel and driver."""

from typing import Annotated

from plan.environment.asked import Asked, Worded

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"


class AskedMaintenance(Asked):
    """The machine moves kernel and driver together, by itself, and returns to the last good set if that fails."""

    window: Annotated[
        str, Worded(rf"(?:{'|'.join(DAYS)}|daily) {_TIME}", "a day and a time, such as `Sun 03:00`, or `daily 03:00`")
    ]
    """Day of the week (Mon to Sun, or daily) and time at which it begins. The machine may reboot then."""
    timezone: Annotated[
        str, Worded(r"UTC|[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_+-]+)+", "a time zone such as Europe/Berlin, or UTC")
    ] = "Europe/Berlin"
    """Time zone of the window, whatever the machine's clock shows."""
