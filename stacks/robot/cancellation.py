"""The end of a rented server, at the earliest date: only ever for the number that was asked for by name."""

from stacks.robot.client import Robot
from stacks.robot.errors import RobotError


def cancel(robot: Robot, number: int) -> str:
    """The date it ends; one that was cancelled already keeps its date."""
    now = robot.get(f"/server/{number}/cancellation")["cancellation"]
    if now["cancelled"]:
        return str(now["cancellation_date"])
    form: dict[str, str | bool] = {"cancellation_date": str(now["earliest_cancellation_date"])}
    if now.get("reservation_possible"):
        form["reserve_location"] = False
    try:
        done = robot.post(f"/server/{number}/cancellation", form)["cancellation"]
    except RobotError as error:
        if error.code != "CONFLICT":
            raise
        done = robot.get(f"/server/{number}/cancellation")["cancellation"]
    return str(done["cancellation_date"])
