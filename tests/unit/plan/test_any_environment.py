"""Whatever an environment says, there is a plan or a refusal: ten thousand of them, from valid ones to nonsense.

The same examples in every run; `--fresh` takes others.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from plan import stackfile
from plan.derive import derive
from plan.environment import load
from plan.errors import EigenherdError
from tests.unit.plan.any_environment import environments

EXAMPLES = sorted((Path(__file__).resolve().parents[3] / "stacks" / "examples").glob("*.yaml"))
ENVIRONMENTS, WRITTEN, BROKEN = 10_000, 500, 3_000


def outcome(make: Callable[[], object]) -> str:
    """`plan` or `refusal`; any other exception is the failure that is looked for."""
    try:
        make()
    except EigenherdError as error:
        for said in (error, *error.others):
            assert said.wanted.strip() and said.found.strip() and said.todo.strip(), repr(said)
        str(error).encode()  # can be printed
        assert len(str(error)) < 20_000, "a message, not a copy of the file"
        return "refusal"
    return "plan"


def quick(examples: int, fresh: bool) -> settings:
    """Shrinking names the smallest environment that fails; nothing is kept between runs."""
    return settings(
        max_examples=examples,
        derandomize=not fresh,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )


def counted(
    examples: int, fresh: bool, strategy: st.SearchStrategy[Any], read: Callable[[Any], object]
) -> Counter[str]:
    seen: Counter[str] = Counter()

    @quick(examples, fresh)
    @given(strategy)
    def run(made: Any) -> None:
        seen[outcome(lambda: read(made))] += 1

    run()
    return seen


@pytest.fixture
def fresh(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--fresh"))


def test_ten_thousand_environments_give_a_plan_or_a_refusal(fresh: bool) -> None:
    seen = counted(ENVIRONMENTS, fresh, environments(), lambda asked: derive(load(asked), "any"))
    assert sum(seen.values()) >= ENVIRONMENTS
    assert seen["plan"] >= ENVIRONMENTS / 10, f"too few are valid to tell: {seen}"
    assert seen["refusal"] >= ENVIRONMENTS / 10, f"too few are wrong to tell: {seen}"


def test_any_environment_as_a_file_reads_as_the_same(fresh: bool) -> None:
    def read(asked: Any) -> None:
        text = yaml.safe_dump({"config": {stackfile.KEY: asked}}, allow_unicode=True)
        derive(stackfile.read(text), "any")

    seen = counted(WRITTEN, fresh, environments(), read)
    assert seen["plan"] >= WRITTEN / 10, seen


@st.composite
def broken_files(draw: st.DrawFn) -> bytes:
    """An example with a few bytes cut out, put in, doubled or exchanged; or bytes of any kind."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=200))
    content = bytearray(draw(st.sampled_from(EXAMPLES)).read_bytes().partition(b"\n")[2])
    for _ in range(draw(st.integers(1, 4))):
        at, length = draw(st.integers(0, len(content))), draw(st.integers(0, 20))
        cut = bytes(content[at : at + length])
        put = draw(st.sampled_from(TOKENS) | st.binary(max_size=6) | st.just(cut + cut) | st.just(cut[::-1]))
        content[at : at + length] = put
    return bytes(content)


TOKENS = [
    *(
        b"\t",
        b"\n",
        b"\r",
        b"\0",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"- ",
        b": ",
        b"? ",
        b"# ",
        b"{",
        b"}",
        b"[",
        b"]",
        b"'",
    ),
    *(b'"\\ud800"', b"&a ", b"*a", b"<<: *a", b"!!int x", b"!!binary x", b"!!python/name:os.system", b"%YAML 9.9\n"),
    *(
        b"---\n",
        b"...\n",
        b"| ",
        b"> ",
        b"=",
        b".nan",
        b"-.inf",
        b"0x",
        b"08",
        b"1:30",
        b"2020-13-41",
        b"~",
        b"9" * 5000,
    ),
    *(b"[" * 400, b"{a: " * 400, b"{secure: v1:a}", b"config:", b"eigenherd:environment:"),
]


def test_any_file_is_read_or_refused(fresh: bool) -> None:
    seen = counted(BROKEN, fresh, broken_files(), lambda content: derive(stackfile.read(content), "any"))
    assert seen["refusal"] >= BROKEN / 10, seen
    assert seen["plan"] >= 50, f"none of them is still an environment: {seen}"
