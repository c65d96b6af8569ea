"""How fast a model says one token after the other, and how fast its card and its computer would let it.

Every token reads all weights that take part in it once: memory bandwidth divided by their bytes is the roofline.
"""

from plan.catalog import models
from plan.plan import Gpu, Model
from verify.chat import stream, user
from verify.check import CouldNotTell
from verify.target import Target

TOKENS = 128
LEAST_TOKENS = 32
LEAST_SHARE = 0.40
OVERHEAD_S = 0.002  # ours: starting kernels, sampling and sending a token, which small models wait for most


def tokens_per_s(target: Target, model: Model) -> float:
    """From the first piece of an answer to its last."""
    # ignore_eos is llama.cpp's and vLLM's own: another engine's answer may end by itself.
    story = user("Count from 1 to 1000, one number a line.")
    answer = stream(target.gateway, model, story, max_tokens=TOKENS, ignore_eos=True)
    tokens = answer.usage.get("completion_tokens", 0)
    seconds = answer.times_s[-1] - answer.times_s[0] if answer.times_s else 0.0
    if tokens < LEAST_TOKENS or seconds <= 0:
        todo = "ask the model something by hand"
        raise CouldNotTell(f"a streamed answer of {LEAST_TOKENS} tokens", f"{tokens} tokens in {seconds:.2f} s", todo)
    return (tokens - 1) / seconds


def active_bytes(model: Model) -> float:
    """Of the weights that take part in a token: all of them, or a mixture's share of experts by the catalogue."""
    row = next((row for row in models() if row.name == model.name), None)
    share = row.active_parameters / row.parameters if row and row.active_parameters else 1.0
    return model.size * share


def roofline(gpu: Gpu, model: Model) -> float:
    """Tokens a second that one card's memory allows; several cards are not counted together."""
    return gpu.bandwidth_gbs * 1e9 / active_bytes(model)


def floor(gpu: Gpu, model: Model) -> float:
    """Tokens a second that must be reached."""
    return 1 / (1 / (LEAST_SHARE * roofline(gpu, model)) + OVERHEAD_S)
