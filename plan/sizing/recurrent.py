"""A recurrent layer in llama.cpp's graph (Mamba-like, or a short convolution): what it makes from a batch.

Its state is read, joined with the batch, and written back; nothing of it grows with the context.
"""

from collections.abc import Mapping

from plan.sizing.allocator import Graph, Node, view
from plan.sizing.shape import Tensor

FLOAT = 4


def recurrent(graph: Graph, node: Node, layer: Mapping[str, Tensor], tokens: int, slots: int, state: int) -> Node:
    """state: bytes of one slot."""
    entry, leave = _doors(layer)
    entered = Node(FLOAT * layer[entry].dims[1] * tokens, (node,))
    width = layer[leave].dims[0]
    kept = Node(state * slots, (node,))
    joined = Node(FLOAT * width * tokens + state * slots, (view(entered), kept))
    mixed = Node(FLOAT * width * tokens, (joined,))
    scanned = Node(FLOAT * width * tokens + state * slots, (mixed, view(entered)))
    stored = Node(0, kept=True)
    graph.expand(Node(0, (view(scanned),), of=stored))
    gated = Node(FLOAT * width * tokens, (view(scanned), view(entered)))
    return Node(FLOAT * layer[leave].dims[1] * tokens, (gated,))


def _doors(layer: Mapping[str, Tensor]) -> tuple[str, str]:
    """Names of the projections into and out of it."""
    entry = next(name for name in ("ssm_in.weight", "shortconv.in_proj.weight", "attn_qkv.weight") if name in layer)
    return entry, next(name for name in ("ssm_out.weight", "shortconv.out_proj.weight") if name in layer)
