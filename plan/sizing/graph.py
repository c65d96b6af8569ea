"""The graph llama.cpp reserves memory for: a whole batch of prompt tokens against a full cache, with flash attention.

Built from the tensors each layer has, as src/llama-graph.cpp builds it from the same; what the model's name is does not
matter. Sizes are of 32-bit floats.
"""

from collections.abc import Mapping

from plan.sizing.allocator import Graph, Node, reserved, view
from plan.sizing.cache import BATCH_TOKENS, cells
from plan.sizing.feed_forward import feed_forward
from plan.sizing.recurrent import recurrent
from plan.sizing.shape import Model, Tensor

FLOAT = 4
MASK = 2  # bytes of one entry; flash attention takes half floats
ALIKE = 14  # layers repeat; of more than these the first and the last two are enough
PAIRED = ("ffn_norm", "post_ffw_norm")  # with neither, a norm after the attention is the feed-forward's own


def compute_bytes(model: Model, context: int, slots: int, outputs: int, batch: int = BATCH_TOKENS) -> int:
    """outputs: tokens of a batch whose logits are wanted."""
    return reserved(_Builder(model, context, slots, outputs, batch).graph)


class _Builder:
    def __init__(self, model: Model, context: int, slots: int, outputs: int, batch: int) -> None:
        self.model, self.shape, self.graph = model, model.shape, Graph()
        self.tokens = min(batch, context * slots)
        self.outputs = min(outputs, self.tokens)
        self.slots = slots
        graph, hidden = self.graph, self.shape.hidden
        ids = graph.add_input(4 * self.tokens)
        # Embeddings that could come instead of tokens, and a copy of the chosen ones: measured as two that stay.
        graph.add_input(FLOAT * hidden * self.tokens)
        graph.add_input(FLOAT * hidden * self.tokens)
        embedded = graph.expand(self._made(hidden, ids))
        self.positions = graph.add_input(4 * self.tokens)
        self.places = graph.add_input(16 * self.tokens)
        each = cells(self.shape, context, batch)
        self.mask = graph.add_input(MASK * each.whole * self.tokens)
        self.window_mask = (
            graph.add_input(MASK * each.windowed * self.tokens) if any(self.shape.windowed) else self.mask
        )
        self.wanted = graph.add_input(4 * self.outputs)
        self.width = self.tokens
        last = self._layers(embedded)
        last = self._normed(last, {"output_norm.weight": None}, "output_norm")
        last.kept = True
        graph.expand(self._made(self.shape.vocabulary, last))

    def _made(self, width: int, *reads: Node) -> Node:
        tokens = self.width if hasattr(self, "width") else self.tokens
        return Node(FLOAT * width * tokens, reads)

    def _normed(self, node: Node, layer: Mapping[str, object], name: str) -> Node:
        """The norm, its weight, its bias: each makes a tensor."""
        size = node.size or (node.of.size if node.of else 0)
        for suffix in ("weight", "weight", "bias"):
            if f"{name}.{suffix}" in layer:
                node = Node(size, (node,))
        return node

    def _layers(self, node: Node) -> Node:
        count = self.shape.layers
        numbers = list(range(count)) if count <= ALIKE else [*range(ALIKE - 2), count - 2, count - 1]
        for number in numbers:
            node = self._layer(node, number, self.model.layer(number), number == count - 1)
        return node

    def _layer(self, before: Node, number: int, layer: Mapping[str, Tensor], last: bool) -> Node:
        hidden = self.shape.hidden
        normed = self._normed(before, layer, "attn_norm")
        if self.shape.is_recurrent(number) and "attn_output.weight" not in layer:
            attended = recurrent(self.graph, normed, layer, self.tokens, self.slots, self.shape.state)
        else:
            attended = self._attention(normed, number, layer)
        if last:
            self.width = self.outputs
            attended, before = self._made(hidden, attended, self.wanted), self._made(hidden, before, self.wanted)
            if normed is not before:
                normed = self._made(hidden, normed, self.wanted)
        own = "post_attention_norm.weight" in layer and not any(f"{name}.weight" in layer for name in PAIRED)
        alone = not own and not any(f"{name}.weight" in layer for name in (*PAIRED, "post_attention_norm"))
        if not own:
            attended = self._normed(attended, layer, "post_attention_norm")
        if alone:  # attention and feed-forward side by side, both on the same norm
            fed = feed_forward(self.graph, normed, layer, self.width, self.shape)
            return self._made(hidden, self._made(hidden, fed, attended), before) if fed else attended
        joined = self._made(hidden, attended, before)
        inner = self._normed(joined, layer, "post_attention_norm" if own else "ffn_norm")
        fed = feed_forward(self.graph, inner, layer, self.width, self.shape)
        if fed is None:
            return joined
        return self._made(hidden, self._normed(fed, layer, "post_ffw_norm"), joined)

    def _attention(self, normed: Node, number: int, layer: Mapping[str, Tensor]) -> Node:
        shape, graph = self.shape, self.graph
        heads, kept = shape.heads, shape.kv_heads[number] or 1
        query, key, value = heads * shape.key_size, kept * shape.key_size, kept * (shape.value_size or shape.key_size)
        out = layer["attn_output.weight"].dims[0]
        if "attn_kv_a_mqa.weight" in layer:
            asked, keys, values = self._latent(normed, layer, query)
        elif "attn_qkv.weight" in layer:
            whole = self._made(layer["attn_qkv.weight"].dims[1], normed)
            asked, keys, values = view(whole), view(whole), view(whole)
        else:
            wide = layer["attn_q.weight"].dims[1]
            asked, keys, values = (view(self._made(width, normed)) for width in (wide, key, value))
        for name in ("attn_q_norm", "attn_k_norm"):
            for _ in range(2 if f"{name}.weight" in layer else 0):
                if "q" in name.split("_")[1]:
                    asked = self._made(query, asked)
                else:
                    keys = self._made(key, keys)
        if "attn_kv_a_mqa.weight" not in layer:
            asked, keys = self._made(query, asked, self.positions), self._made(key, keys, self.positions)
        for node in (asked, values, keys):
            graph.expand(node)
        stored = Node(0, kept=True)
        graph.expand(Node(0, (view(keys), self.places), of=stored))
        if shape.value_size:
            graph.expand(Node(0, (view(values), self.places), of=stored))
        mask = self.window_mask if shape.is_windowed(number) else self.mask
        flash = self._made(heads * (shape.value_size or shape.key_size), view(view(asked)), mask)
        after = graph.expand(view(flash))
        if "attn_v_b.weight" in layer:
            after = self._made(out, self._made(out, after))
        return self._made(shape.hidden, after)

    def _latent(self, normed: Node, layer: Mapping[str, Tensor], query: int) -> tuple[Node, Node, Node]:
        """Multi-head latent attention: one compressed vector a token is cached, heads share it."""
        if "attn_q_a.weight" in layer:
            low = layer["attn_q_a.weight"].dims[1]
            asked = self._made(low, self._made(low, self._made(low, normed)))
            asked = self._made(layer["attn_q_b.weight"].dims[1], asked)
        else:
            asked = self._made(layer["attn_q.weight"].dims[1], normed)
        packed = self._made(layer["attn_kv_a_mqa.weight"].dims[1], normed)
        low = layer["attn_kv_a_norm.weight"].dims[0]
        turned, small = (
            self._made(query // 8, view(asked), self.positions),
            self._made(low, view(packed), self.positions),
        )
        compressed = self._made(low, self._made(low, view(packed)))
        if "attn_k_b.weight" in layer:
            absorbed = self._made(self.shape.heads * low, view(asked))
            return (
                self._made(query, view(absorbed), turned),
                self._made(layer["attn_kv_a_mqa.weight"].dims[1], view(compressed), small),
                view(compressed),
            )
        wide = self._made(layer["attn_kv_b.weight"].dims[1], compressed)
        values = self._made(self.shape.heads * self.shape.value_size, view(wide))
        return self._made(query, view(asked), turned), self._made(query, view(wide), small), values
