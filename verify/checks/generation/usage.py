"""The bill."""

from verify.chat import ask, user
from verify.check import Finding, check, failed, passed
from verify.target import Target

MAX_TOKENS = 12


@check(
    stage="full",
    part=("engine", "models"),
    severity="critical",
    subject="model",
    disturbs="stack",
    timeout_s=600,
    needs=("answers",),
    source="OpenAI's API reference, the usage object",
)
def usage(target: Target) -> Finding:
    """Token counts are positive, add up, respect the cap, and grow with the prompt."""
    short = ask(target.gateway, target.asked, user("Name a colour."), max_tokens=MAX_TOKENS, exact=True).usage
    long = ask(target.gateway, target.asked, user("Name a colour. " * 20), max_tokens=MAX_TOKENS, exact=True).usage
    flaws = [*flaws_of(short), *flaws_of(long)]
    if not flaws and long["prompt_tokens"] < short["prompt_tokens"] + 40:
        flaws.append(f"a 20 times longer prompt counts {long['prompt_tokens']} after {short['prompt_tokens']}")
    if flaws:
        return failed("token counts that add up", "; ".join(flaws), "compare the engine's version with the plan")
    return passed(f"{short['prompt_tokens']} and {long['prompt_tokens']} prompt tokens, sums right", "exact sums")


def flaws_of(usage: dict[str, int]) -> list[str]:
    prompt, completion, total = (usage.get(f"{name}_tokens", -1) for name in ("prompt", "completion", "total"))
    facts = {
        f"prompt_tokens {prompt}": prompt > 0,
        f"completion_tokens {completion} with a cap of {MAX_TOKENS}": 0 < completion <= MAX_TOKENS,
        f"total_tokens {total}, not {prompt} + {completion}": total == prompt + completion,
    }
    return [flaw for flaw, holds in facts.items() if not holds]
