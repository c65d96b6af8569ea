"""Whether it works: one `python -m verify` over all machines; a failing check is a failed update."""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, UpdateResult

from stacks.dynamic.provider import Provider

INPUTS = ("handover", "deployed", "deployed_code", "code")


class VerificationProvider(Provider):
    """The state holds the last verification that passed: after a failed one, `up` verifies again."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult("verification", self._verify(props, []))

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(self._verify(news, self._changed_parts(olds, news)))

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=any(olds.get(key) != news.get(key) for key in INPUTS))

    def _changed_parts(self, olds: dict[str, Any], news: dict[str, Any]) -> list[str]:
        """The parts of the plan to judge again; empty means all of them.

        A new machine, changed code, or a deployment that ran without a changed plan (it mended
        something) put everything in doubt. A new client does not: forty people's server is not load
        tested because of the forty-first.
        """
        from plan.machine import Handover

        old, new = Handover.parse(olds["handover"]), Handover.parse(news["handover"])
        same_code = all(olds[key] == news[key] for key in ("deployed_code", "code"))
        if not same_code or old.machines != new.machines:
            return []
        before, after = old.plan.part_digests(), new.plan.part_digests()
        return [part for part in after if before[part] != after[part]]

    def _verify(self, props: dict[str, Any], parts: list[str]) -> dict[str, Any]:
        from stacks import stage

        summary = stage.hand_over(["verify", *(["--parts", ",".join(parts)] if parts else [])], props["handover"])
        return {**{key: props[key] for key in INPUTS}, "report": summary["report"]}


class Verification(Resource, name="Verification"):
    """deployed: the run of the Deployment. deployed_code, code: digests of deploy/ and of verify/."""

    report: pulumi.Output[str]

    def __init__(self, handover: pulumi.Input[str], deployed: pulumi.Input[str], deployed_code: str, code: str) -> None:
        properties = {
            "handover": handover,
            "deployed": deployed,
            "deployed_code": deployed_code,
            "code": code,
            "report": None,
        }
        options = pulumi.ResourceOptions(additional_secret_outputs=["handover"])
        super().__init__(VerificationProvider(), "verification", properties, options)
