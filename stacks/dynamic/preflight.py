"""Looks at the machines and changes nothing; refuses, with every reason at once."""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, UpdateResult

from stacks.dynamic.provider import Provider


class PreflightProvider(Provider):
    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult("preflight", self._look(props))

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(self._look(news))

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=any(olds.get(key) != news.get(key) for key in ("handover", "code")))

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """It is made first and deleted last of the stages: nothing needs the stack's folder any more."""
        from pathlib import Path

        from plan.machine import Handover
        from stacks import folder

        folder.remove(Path(Handover.parse(props["handover"]).folder))

    def _look(self, props: dict[str, Any]) -> dict[str, Any]:
        from stacks import stage

        stage.hand_over(["verify", "--stage", "preflight"], props["handover"])
        return {"handover": props["handover"], "code": props["code"]}


class Preflight(Resource, name="Preflight"):
    """handover: the JSON of plan.machine.Handover. code: digest of verify/."""

    def __init__(self, handover: pulumi.Input[str], code: str, options: pulumi.ResourceOptions | None = None) -> None:
        secret = pulumi.ResourceOptions(additional_secret_outputs=["handover"])
        options = pulumi.ResourceOptions.merge(options, secret)
        super().__init__(PreflightProvider(), "preflight", {"handover": handover, "code": code}, options)
