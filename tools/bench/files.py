"""The files among a deployment's steps: their whole text, wherever the operation takes it from."""

from dataclasses import dataclass

from deploy.operations import sshd
from deploy.template import render
from tools.bench.steps import Step


@dataclass(frozen=True)
class File:
    path: str
    text: str
    user: str = "root"
    group: str = "root"
    mode: str = "644"


def file_of(step: Step) -> File | None:
    """The file that a step puts on the machine, if it is one that does."""
    given = step.given
    if step.operation == "sshd.sshd_settings":
        return File(sshd.FILE, render(sshd.FILE, given), mode="600")
    if step.operation == "files.place":
        text = render(given["destination"], given["values"])
    elif step.operation == "files.write":
        text = given["text"]
    else:
        return None
    return File(given["destination"], text, given["user"], given["group"], given["mode"])
