"""Whether it works: one `python -m verify` over all machines; a failing check is a failed update."""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from stacks.dynamic.provider import Provider

INPUTS = ("handover", "deployed", "mended", "deployed_code", "code")


class VerificationProvider(Provider):
    """The state holds the last verification that passed: after a failed one, `up` verifies again.

    verdict: `passed`, or `simulated` where the card is only pretended.
    failing: the checks of stage `watch` that a refresh saw not to pass, or `unreachable`; the next update
    verifies again.
    """

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult("verification", self._verify(props, []))

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(self._verify(news, self._changed_parts(olds, news)))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """A failing check is no error here: a refresh tells how things are. A dead machine is not asked."""
        from plan.machine import Handover
        from stacks import folder, reach, stage

        handover = Handover.parse(props["handover"])
        folder.write(handover)
        at = handover.ssh_config
        if dead := [each.name for each in handover.machines if not reach.answers(each, handover.planned(each), at)]:
            print(f"stack: not asked, for there is no answer from {', '.join(dead)}", flush=True)
            return ReadResult(id_, {**props, "failing": [f"unreachable ({name})" for name in dead]})
        summary = stage.hand_over(["verify", "--stage", "watch"], props["handover"], answer="failing")
        return ReadResult(id_, {**props, "failing": summary["failing"]})

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=bool(olds.get("failing")) or any(olds.get(key) != news.get(key) for key in INPUTS))

    def _changed_parts(self, olds: dict[str, Any], news: dict[str, Any]) -> list[str]:
        """The parts of the plan to judge again; empty means all of them.

        A new machine, changed code, mended drift, a check that failed, or a deployment that ran without
        a changed plan put everything in doubt. A new client does not: forty people's server is not load
        tested because of the forty-first.
        """
        from plan.machine import Handover

        old, new = Handover.parse(olds["handover"]), Handover.parse(news["handover"])
        same = all(olds.get(key) == news[key] for key in ("mended", "deployed_code", "code"))
        if not same or olds.get("failing") or old.machines != new.machines:
            return []
        before, after = old.plan.part_digests(), new.plan.part_digests()
        return [part for part in after if before[part] != after[part]]

    def _verify(self, props: dict[str, Any], parts: list[str]) -> dict[str, Any]:
        from stacks import stage

        summary = stage.hand_over(["verify", *(["--parts", ",".join(parts)] if parts else [])], props["handover"])
        found = {"report": summary["report"], "verdict": summary["verdict"], "failing": []}
        return {**{key: props[key] for key in INPUTS}, **found}


class Verification(Resource, name="Verification"):
    """deployed, mended: runs of the Deployment. deployed_code, code: digests of deploy/ and of verify/."""

    report: pulumi.Output[str]
    verdict: pulumi.Output[str]
    failing: pulumi.Output[list[str]]

    def __init__(
        self,
        handover: pulumi.Input[str],
        deployed: pulumi.Input[str],
        mended: pulumi.Input[str],
        deployed_code: str,
        code: str,
    ) -> None:
        properties = {
            "handover": handover,
            "deployed": deployed,
            "mended": mended,
            "deployed_code": deployed_code,
            "code": code,
            "report": None,
            "verdict": None,
            "failing": None,
        }
        options = pulumi.ResourceOptions(additional_secret_outputs=["handover"])
        super().__init__(VerificationProvider(), "verification", properties, options)
