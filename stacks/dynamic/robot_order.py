"""A server ordered at Hetzner: once, and never a second time for the same machine of the stack."""

from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from stacks.dynamic.provider import changed
from stacks.dynamic.robot import RobotProvider

ORDERED = ("product", "location")
ORDER = (*ORDERED, "max_eur_month", "max_eur_setup")
ASKED = ("stack", "machine", *ORDER)


class RobotOrderProvider(RobotProvider):
    """Nothing here replaces: a second server is a second machine of the stack, with a name of its own.

    delete leaves the server rented and the record of its order on disk, so that the next `up` finds it again.
    """

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """What it will cost is said before it occurs."""
        if not olds:
            from stacks.robot import prices

            with self.robot(news["machine"]) as robot:
                cost = prices.told(robot, news["product"], news["location"])
            unknown = f"costs: {news['product']}: not known; it is refused above the ceiling"
            print(f"{news['machine']}: {cost.line() if cost else unknown}", flush=True)
        return CheckResult(news, [])

    def create(self, props: dict[str, Any]) -> CreateResult:
        from stacks.robot import orders

        values = {key: props[key] for key in ASKED}
        asked = orders.Asked(
            **{
                **values,
                "max_eur_month": float(values["max_eur_month"]),
                "max_eur_setup": float(props["max_eur_setup"]),
            },
            fingerprint=props["fingerprint"],
        )
        with self.robot(props["machine"]) as robot:
            done = orders.ensure(robot, asked)
        return CreateResult(done["id"], {**values, "server": int(done["server_number"])})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        return ReadResult(id_, props)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=bool(changed(ASKED, olds, news)))

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        from plan.errors import PlanError

        if changed(ORDERED, olds, news):
            raise PlanError(
                f"machine {news['machine']} on the server that was ordered for it",
                f"{news['product']} in {news['location']}, and it has {olds['product']} in {olds['location']}",
                "give the other server a machine of another name; cancel the old one with `cancel: <its number>`",
            )
        return UpdateResult({**{key: news[key] for key in ASKED}, "server": olds["server"]})


class RobotOrder(Resource, name="RobotOrder"):
    """asked: the keys of ORDER, prices in euro without VAT. fingerprint: of the stack's key in Robot."""

    server: pulumi.Output[int]

    def __init__(self, machine: str, stack: str, asked: dict[str, str], fingerprint: pulumi.Input[str]) -> None:
        properties = {"stack": stack, "machine": machine, **asked, "fingerprint": fingerprint, "server": None}
        super().__init__(RobotOrderProvider(), f"{machine}-order", properties)
