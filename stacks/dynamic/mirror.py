"""The computer's cache as the sandbox's mirror: filled beside the machine's creation, not after it."""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult


class MirrorProvider(ResourceProvider):
    """The cache belongs to the computer and outlives every stack: delete leaves it."""

    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult("mirror", self._fill(props))

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(self._fill(news))

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=olds.get("plan") != news.get("plan"))

    def _fill(self, props: dict[str, Any]) -> dict[str, Any]:
        from plan.plan import Plan
        from tools import mirror

        mirror.fill(Plan.model_validate_json(props["plan"]))
        return {"plan": props["plan"]}


class Mirror(Resource, name="Mirror"):
    """plan: the JSON of plan.plan.Plan."""

    def __init__(self, plan: str) -> None:
        super().__init__(MirrorProvider(), "mirror", {"plan": plan})
