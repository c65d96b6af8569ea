"""How large a buffer llama.cpp's graph allocator reserves: its rules, played through on tensor sizes.

Tensors live from the node that makes them to the last one that reads them. Some operations write over what they read.
A new tensor takes the smallest hole it fits into, else the end. Rules: ggml/src/ggml-alloc.c of llama.cpp; the
buffer is what the highest end was.
"""

from dataclasses import dataclass, field

ALIGNMENT = 32  # of a CPU buffer, in bytes


@dataclass(eq=False, slots=True)
class Tensor:
    """size: bytes. shape: what has to be equal to write over a source. of: what it is a view of."""

    size: int
    shape: tuple[int, ...] = ()
    reads: tuple["Tensor", ...] = ()
    in_place: bool = False
    of: "Tensor | None" = None
    offset: int = 0  # of a view, whether it begins where its source does
    kept: bool = False  # inputs and outputs are never freed
    readers: int = 0
    views: int = 0
    address: int | None = None
    placed: bool = False


@dataclass
class Graph:
    """Nodes in the order they are computed in."""

    inputs: list[Tensor] = field(default_factory=list)
    nodes: list[Tensor] = field(default_factory=list)
    _seen: set[int] = field(default_factory=set)

    def add_input(self, size: int) -> Tensor:
        tensor = Tensor(size, kept=True)
        self.inputs.append(tensor)
        self._seen.add(id(tensor))
        return tensor

    def expand(self, tensor: Tensor) -> Tensor:
        """Add a tensor after everything it reads, the first source first."""
        if id(tensor) not in self._seen:
            self._seen.add(id(tensor))
            for source in tensor.reads:
                self.expand(source)
            self.nodes.append(tensor)
        return tensor


class Room:
    """Free blocks by address; the last one has no end."""

    def __init__(self) -> None:
        self.free = [[0, 2**62]]
        self.highest = 0

    def take(self, size: int) -> int:
        fitting = [block for block in self.free[:-1] if block[1] >= size]
        # Of equal ones the last, as ggml does.
        block = min(reversed(fitting), key=lambda one: one[1]) if fitting else self.free[-1]
        address = block[0]
        block[0] += size
        block[1] -= size
        if not block[1]:
            self.free.remove(block)
        self.highest = max(self.highest, address + size)
        return address

    def give(self, address: int, size: int) -> None:
        self.free.append([address, size])
        self.free.sort()
        joined = self.free[:1]
        for block in self.free[1:]:
            if joined[-1][0] + joined[-1][1] == block[0]:
                joined[-1][1] += block[1]
            else:
                joined.append(block)
        self.free = joined


def reserved(graph: Graph) -> int:
    """Bytes of the buffer that holds the graph."""
    room = Room()
    for tensor in graph.inputs:
        _place(tensor, room)
    for node in graph.nodes:
        if node.of is not None:
            node.of.views += 1
        for source in node.reads:
            source.readers += 1
    for node in graph.nodes:
        _place(node, room)
        for source in node.reads:
            source.readers -= 1
            if source.readers or source.views:
                continue
            owner = source
            if source.of is not None:
                owner = source.of
                owner.views -= 1
                if owner.readers or owner.views:
                    continue
            if owner.placed and not owner.kept:
                assert owner.address is not None  # noqa: S101 (it is placed)
                room.give(owner.address, _padded(owner.size))
                owner.placed = False
    return room.highest


def _place(node: Tensor, room: Room) -> None:
    if node.placed or node.of is not None:
        return
    node.placed = True
    for source in node.reads if node.in_place else ():
        owner = source.of or source
        if not owner.placed or owner.kept or source.shape != node.shape or source.readers != 1 or source.views:
            continue
        if source.of is not None and (owner.views != 1 or owner.readers or source.offset):
            continue
        node.address, owner.placed, source.placed = owner.address, False, False
        assert owner.address is not None  # noqa: S101 (it was placed)
        spare = _padded(owner.size) - _padded(node.size)
        if spare:
            room.give(owner.address + _padded(node.size), spare)
        return
    node.address = room.take(_padded(node.size))


def _padded(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
