"""The computer's cache as the sandbox's mirror: filled beside the machine's creation, not after it."""

from typing import TYPE_CHECKING, Any

from pulumi.dynamic import CreateResult, DiffResult, Resource, UpdateResult

from stacks.dynamic.provider import Provider

if TYPE_CHECKING:  # pydantic would cost every command that asks this provider a moment
    from plan.plan import Plan


class MirrorProvider(Provider):
    """The cache belongs to the computer and outlives every stack: delete leaves it."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult("mirror", self._fill(props))

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(self._fill(news))

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=olds.get("files") != news.get("files"))

    def _fill(self, props: dict[str, Any]) -> dict[str, Any]:
        from stacks import stage

        stage.run(["tools.mirror"], props["plan"])
        return {"plan": props["plan"], "files": props["files"]}


class Mirror(Resource, name="Mirror"):
    def __init__(self, plan: "Plan") -> None:
        digests = plan.part_digests()
        files = " ".join(digests[part] for part in ("driver", "torch", "engine", "models"))
        super().__init__(MirrorProvider(), "mirror", {"plan": plan.model_dump_json(), "files": files})
