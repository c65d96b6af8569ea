"""The feed-forward part of a layer in llama.cpp's graph: dense, or a mixture of experts with or without a shared.

Biases and activations of one tensor write over it (measured with Phi-2); a gate's product is a new tensor.
"""

from collections.abc import Mapping

from plan.sizing.allocator import Graph, Node, view
from plan.sizing.shape import Shape, Tensor

FLOAT = 4


def feed_forward(graph: Graph, node: Node, layer: Mapping[str, Tensor], tokens: int, shape: Shape) -> Node | None:
    """None for a layer without one. tokens: those that are still computed."""
    if "ffn_gate_inp.weight" in layer:
        mixed = _experts(graph, node, layer, tokens, shape)
        shared = _dense(node, layer, tokens, "_shexp")
        return Node(mixed.size, (mixed, shared)) if shared else mixed
    return _dense(node, layer, tokens, "")


def _dense(node: Node, layer: Mapping[str, Tensor], tokens: int, suffix: str) -> Node | None:
    up, gate, down = (f"ffn_{name}{suffix}" for name in ("up", "gate", "down"))
    if f"{down}.weight" not in layer:
        return None
    wide, hidden = layer[f"{down}.weight"].dims[:2]
    raised = Node(FLOAT * layer[f"{up}.weight"].dims[1] * tokens, (node,))
    if f"{gate}.weight" in layer:
        gated = Node(FLOAT * wide * tokens, (node,))
        active = Node(FLOAT * wide * tokens, (gated, raised))
    elif layer[f"{up}.weight"].dims[1] == 2 * wide:  # gate and up are one tensor
        active = Node(FLOAT * wide * tokens, (raised,))
    else:
        active = raised
    return Node(FLOAT * hidden * tokens, (active,))


def _experts(graph: Graph, node: Node, layer: Mapping[str, Tensor], tokens: int, shape: Shape) -> Node:
    wide, hidden = layer["ffn_down_exps.weight"].dims[:2]
    used = shape.experts_used
    scores = Node(FLOAT * shape.experts * tokens, (node,))
    chances = Node(scores.size, (scores,))
    chosen = view(Node(scores.size, (chances,)))
    weights = graph.expand(Node(FLOAT * used * tokens, (view(chances), chosen)))
    flat = view(node)
    if "ffn_gate_up_exps.weight" in layer:
        both = Node(FLOAT * 2 * wide * used * tokens, (flat, chosen))
        active = Node(FLOAT * wide * used * tokens, (view(both), view(both)))
    else:
        raised = Node(FLOAT * wide * used * tokens, (flat, chosen))
        gated = raised
        if "ffn_gate_exps.weight" in layer:
            gated = Node(FLOAT * wide * used * tokens, (flat, chosen))
        active = raised if gated is raised else Node(FLOAT * wide * used * tokens, (gated, raised))
    lowered = Node(FLOAT * hidden * used * tokens, (active, chosen))
    weighted = graph.expand(Node(lowered.size, (lowered, weights)))
    parts = [graph.expand(view(weighted)) for _ in range(used)]
    total = parts[0]
    for part in parts[1:] or [view(weighted)]:
        total = graph.expand(Node(FLOAT * hidden * tokens, (total, part)))
    return total
