"""A model as far as its memory depends on it: its numbers, and its tensors with their types."""

from dataclasses import dataclass, field
from typing import NamedTuple

from plan.sizing.quantisation import bytes_of


class Tensor(NamedTuple):
    """name: as llama.cpp has it. dims: columns first, as in a GGUF file. kind: ggml's name of its type."""

    name: str
    dims: tuple[int, ...]
    kind: str

    @property
    def size(self) -> int:
        """In bytes."""
        return bytes_of(self.dims, self.kind)


@dataclass(frozen=True)
class Shape:
    """An architecture's numbers.

    layout: llama.cpp's name of the architecture. kv_heads: of each layer, 0 where it caches nothing. key_size,
    value_size: of one head in the cache; value_size 0 where keys serve as values (MLA). windowed: layers that see
    `window` tokens only. shared: layers at the end that use the cache of an earlier one. state: bytes a recurrent layer
    keeps for each slot; recurrent: which layers do.
    """

    name: str
    layout: str
    layers: int
    hidden: int
    heads: int
    kv_heads: tuple[int, ...]
    key_size: int
    value_size: int
    vocabulary: int
    context: int
    window: int = 0
    windowed: tuple[bool, ...] = ()
    shared: int = 0
    experts: int = 0
    experts_used: int = 0
    state: int = 0
    recurrent: tuple[bool, ...] = ()

    def is_windowed(self, layer: int) -> bool:
        return bool(self.window) and layer < len(self.windowed) and self.windowed[layer]

    def is_recurrent(self, layer: int) -> bool:
        return layer < len(self.recurrent) and self.recurrent[layer]


@dataclass(frozen=True)
class Model:
    """quant: the mixture's name. projector: bytes of the vision part, where there is one."""

    shape: Shape
    tensors: tuple[Tensor, ...]
    quant: str
    projector: int = 0
    by_layer: dict[int, dict[str, Tensor]] = field(default_factory=dict, compare=False, repr=False)

    def layer(self, number: int) -> dict[str, Tensor]:
        """Its tensors by their names without the layer: `attn_q.weight`."""
        if not self.by_layer:
            for tensor in self.tensors:
                if tensor.name.startswith("blk."):
                    _, layer, name = tensor.name.split(".", 2)
                    self.by_layer.setdefault(int(layer), {})[name] = tensor
        return self.by_layer.get(number, {})

    @property
    def weights(self) -> int:
        """In bytes, without the vision part."""
        return sum(tensor.size for tensor in self.tensors)
