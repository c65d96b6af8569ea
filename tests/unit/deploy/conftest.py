"""A host on paper: facts are given, and what an operation would do is read off."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pyinfra.api.command import FileUploadCommand, FunctionCommand, StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.context import ctx_host

from deploy.facts.files import FileText
from deploy.manifest import PATH, Manifest


class PaperConnector:
    def temp_path(self, destination: str) -> str:
        return f"/tmp/waiting{destination.replace('/', '-')}"  # noqa: S108


class PaperHost:
    """facts: by class; a value, or a function of the fact's arguments. The manifest is remembered."""

    name = "paper"
    connector = PaperConnector()

    def __init__(self) -> None:
        self.facts: dict[type[FactBase[Any]], Any] = {FileText: self.text}
        self.manifest = Manifest()

    def text(self, path: str) -> str | None:
        return self.manifest.model_dump_json() if path == PATH else None

    def get_fact(self, fact: type[FactBase[Any]], **arguments: Any) -> Any:
        given = self.facts[fact]
        return given(**arguments) if callable(given) else given

    def does(self, operation: Callable[..., Any], **arguments: Any) -> list[str]:
        """The operation's commands; the manifest's own uploads are taken note of instead."""
        done = []
        for command in operation._inner(**arguments):  # type: ignore[attr-defined]
            if isinstance(command, FileUploadCommand):
                text = command.src.read() if hasattr(command.src, "read") else ""
                if "manifest.json" in command.dest:
                    self.manifest = Manifest.model_validate_json(text)
            elif isinstance(command, FunctionCommand):
                done.append(command.function.__name__)
            elif isinstance(command, StringCommand) and "manifest.json" not in str(command):
                done.append(str(command))
        return done


@pytest.fixture
def host() -> Iterator[PaperHost]:
    made = PaperHost()
    with ctx_host.use(made):  # type: ignore[no-untyped-call]
        yield made
