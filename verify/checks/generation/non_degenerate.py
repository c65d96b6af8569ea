"""Language, not noise and not a broken record."""

import itertools
import re
import zlib
from typing import NamedTuple

from verify.chat import ask, user
from verify.check import Finding, check, failed, passed
from verify.target import Target

PROMPTS = (
    "Write a story about a shepherd and the stars.",
    "Explain how bread is baked, step by step.",
    "Describe a walk through a town in autumn.",
)
TEMPLATE_TOKENS = re.compile(r"<\|[a-z_]+\|>|<(start|end)_of_turn>|\[/?INST\]|<</?SYS>>|</?s>|<0x[0-9A-F]{2}>")
LEAST_WORDS = 40
LEAST_PRINTABLE = 0.99
LEAST_DISTINCT = 0.5
RATIO = (1.2, 4.0)
LONGEST_RUN = 5


class Language(NamedTuple):
    """Figures of a text. distinct: share of different 4-word groups; ratio: how well zlib compresses it."""

    words: int
    printable: float
    distinct: float
    ratio: float
    run: int


@check(
    stage="full",
    part=("engine", "models"),
    severity="critical",
    subject="model",
    disturbs="stack",
    timeout_s=600,
    needs=("answers",),
    source="measured on SmolLM2-135M, 36 answers of 192 tokens: distinct 0.83 to 1, zlib 1.8 to 2.7, runs 1 to 2",
)
def non_degenerate(target: Target) -> Finding:
    """Longer answers are clean UTF-8 text without template tokens, and do not repeat themselves."""
    flaws, figures = [], []
    for seed, prompt in enumerate(PROMPTS, start=1):
        # Sampled: at temperature 0 a small model may loop although nothing is broken.
        text = ask(target.gateway, target.asked, user(prompt), max_tokens=144, temperature=0.7, seed=seed).text
        figures.append(language(text))
        flaws += [f"{flaw} ({prompt})" for flaw in flaws_of(text)]
    measured = (
        f"distinct {min(f.distinct for f in figures):.2f}, zlib {min(f.ratio for f in figures):.1f} to "
        f"{max(f.ratio for f in figures):.1f}, longest run {max(f.run for f in figures)}"
    )
    bound = f"distinct at least {LEAST_DISTINCT}, zlib {RATIO[0]} to {RATIO[1]}, runs at most {LONGEST_RUN}"
    if flaws:
        todo = "compare sha256, chat template and quantisation with the plan; try another build of the engine"
        return failed(bound, "; ".join(flaws), todo, measured=measured, bound=bound)
    return passed(measured, bound)


def language(text: str) -> Language:
    words = text.split()
    groups = [tuple(words[i : i + 4]) for i in range(len(words) - 3)]
    data = text.encode()
    return Language(
        words=len(words),
        printable=sum(c.isprintable() or c in "\n\t" for c in text) / max(1, len(text)),
        distinct=len(set(groups)) / max(1, len(groups)),
        ratio=len(data) / len(zlib.compress(data, 9)),
        run=max((len(list(same)) for _, same in itertools.groupby(words)), default=0),
    )


def flaws_of(text: str) -> list[str]:
    figures = language(text)
    leaked = TEMPLATE_TOKENS.search(text)
    facts = {
        f"{figures.words} words": figures.words >= LEAST_WORDS,
        "replacement characters": "\ufffd" not in text,
        f"template token {leaked.group() if leaked else ''}": not leaked,
        f"{figures.printable:.0%} printable": figures.printable >= LEAST_PRINTABLE,
        f"distinct {figures.distinct:.2f}": figures.distinct >= LEAST_DISTINCT,
        f"zlib {figures.ratio:.1f}": RATIO[0] <= figures.ratio <= RATIO[1],
        f"run of {figures.run}": figures.run <= LONGEST_RUN,
    }
    return [flaw for flaw, holds in facts.items() if not holds]
