"""How large a buffer llama.cpp's graph allocator reserves: its rules, played through on the sizes of a graph's tensors.

A tensor lives from the node that makes it to the last one that reads it, itself or through a view. A new one takes the
smallest hole it fits into, else the end; the buffer reaches to where the end was highest. Rules:
ggml/src/ggml-alloc.c. Measured with xllamacpp 2026.10.11549: no operation writes over what it reads.
"""

from dataclasses import dataclass, field

ALIGNMENT = 32  # of a CPU buffer, in bytes


@dataclass(eq=False, slots=True)
class Node:
    """size: bytes, 0 of a view. of: what it is a view of. kept: inputs and outputs, which are never freed."""

    size: int
    reads: tuple["Node", ...] = ()
    of: "Node | None" = None
    kept: bool = False
    readers: int = 0
    views: int = 0
    address: int = 0


@dataclass
class Graph:
    """Nodes in the order they are computed in; inputs have their places before all others."""

    inputs: list[Node] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    _seen: set[int] = field(default_factory=set)

    def add_input(self, size: int) -> Node:
        node = Node(size, kept=True)
        self.inputs.append(node)
        self._seen.add(id(node))
        return node

    def expand(self, node: Node) -> Node:
        """Add a node after everything it reads, the first source first."""
        if id(node) not in self._seen:
            self._seen.add(id(node))
            for source in node.reads:
                self.expand(source)
            self.nodes.append(node)
        return node


def view(node: Node) -> Node:
    return Node(0, (node,), of=node.of or node)


class Room:
    """Free blocks by address; the last one has no end."""

    def __init__(self) -> None:
        self.free = [[0, 2**62]]
        self.highest = 0

    def take(self, size: int) -> int:
        fitting = [block for block in self.free[:-1] if block[1] >= size]
        # Of equal ones the last.
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
    for node in graph.inputs:
        node.address = room.take(_padded(node.size))
    for node in graph.nodes:
        if node.of is not None:
            node.of.views += 1
        for source in node.reads:
            source.readers += 1
    for node in graph.nodes:
        if node.of is None:
            node.address = room.take(_padded(node.size))
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
            if not owner.kept:
                room.give(owner.address, _padded(owner.size))
    return room.highest


def _padded(size: int) -> int:
    return max(-(-size // ALIGNMENT) * ALIGNMENT, ALIGNMENT)
