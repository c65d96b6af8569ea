"""What is on the machines: one `python -m deploy` over all of them."""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from stacks.dynamic.provider import Provider

INPUTS = ("handover", "code")

# A machine that boots is waited for when it is deployed to; whoever only looks calls it out of reach.
LOOK = ["deploy", "--dry", "--json", "--patience", "5"]


class DeploymentProvider(Provider):
    """`run` is new on every create and update: what was deployed again is verified again.

    drift: what a refresh found to differ, machine and operation; the next update mends it. mended: the
    last run that did so, after which every part of the plan is in doubt.
    """

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult("deployment", {**self._deploy(props), "mended": ""})

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        outs = self._deploy(news)
        return UpdateResult({**outs, "mended": outs["run"] if olds.get("drift") else olds.get("mended", "")})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        from stacks import stage

        return ReadResult(id_, {**props, "drift": stage.hand_over(LOOK, props["handover"])["differences"]})

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=bool(olds.get("drift")) or any(olds.get(key) != news.get(key) for key in INPUTS))

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """Machines that stay (provider `existing`) lose what we made; the others go as a whole."""
        from plan.errors import ProviderError
        from plan.machine import Handover
        from stacks import stage

        plan = Handover.parse(props["handover"]).plan
        if any(machine.provider == "existing" for machine in plan.machines):
            try:
                stage.hand_over(["deploy", "--remove"], props["handover"])
            except ProviderError as error:
                urn = f"urn:pulumi:{plan.stack}::eigenherd::pulumi-python:dynamic:Deployment::deployment"
                raise ProviderError(
                    error.wanted,
                    error.found,
                    "mend that and destroy again; if the machine is gone for good, forget what is on it with "
                    f"`pulumi state delete '{urn}' --stack {plan.stack} --yes`, then destroy again",
                ) from None

    def _deploy(self, props: dict[str, Any]) -> dict[str, Any]:
        from uuid import uuid4

        from stacks import stage

        summary = stage.hand_over(["deploy"], props["handover"])
        own: dict[str, Any] = {"run": uuid4().hex, "changed": summary.get("changed"), "drift": []}
        return {**{key: props[key] for key in INPUTS}, **own}


class Deployment(Resource, name="Deployment"):
    """handover: the JSON of plan.machine.Handover. code: digest of deploy/, templates/ and the locks."""

    run: pulumi.Output[str]
    mended: pulumi.Output[str]
    drift: pulumi.Output[list[dict[str, str]]]

    def __init__(self, handover: pulumi.Input[str], code: str, options: pulumi.ResourceOptions | None = None) -> None:
        secret = pulumi.ResourceOptions(additional_secret_outputs=["handover"])
        found = {"run": None, "changed": None, "mended": None, "drift": None}
        properties = {"handover": handover, "code": code, **found}
        super().__init__(DeploymentProvider(), "deployment", properties, pulumi.ResourceOptions.merge(options, secret))
