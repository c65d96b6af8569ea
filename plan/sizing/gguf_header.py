"""The header of a GGUF file: its keys, and its tensors' names, shapes and types. No weight is read.

Read by package gguf, which llama.cpp's makers maintain. Its reader turns each of a hundred thousand words of a
vocabulary into an array; here they are only counted. Every length is held against the file's: raises ValueError.
"""

from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGUFReader, GGUFValueType
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.gguf_reader import ReaderField

LONGEST_KEY = 2**16


class Header(GGUFReader):
    """values: each key's; of a list of words their count. found: name, dims, type of each tensor."""

    def __init__(self, path: Path) -> None:
        self.values: dict[str, Any] = {}
        self.found: list[tuple[str, tuple[int, ...], str]] = []
        if path.stat().st_size < 24:
            raise ValueError("shorter than a header")
        super().__init__(path)
        if self.byte_order != "I":
            raise ValueError("written for machines of the other byte order")
        for name, field in self.fields.items():
            self.values[name] = _value(field)

    def _get_str(self, offset: int) -> Any:
        length = self._get(offset, np.uint64)
        if not len(length) or int(length[0]) > len(self.data) - offset - 8:
            raise ValueError(f"ends inside its header, at byte {len(self.data)}")
        return length, self._get(offset + 8, np.uint8, int(length[0]))

    def _get_field_parts(self, orig_offs: int, raw_type: int) -> Any:
        if GGUFValueType(raw_type) != GGUFValueType.ARRAY:
            return super()._get_field_parts(orig_offs, raw_type)
        kind, length = self._get(orig_offs, np.uint32), self._get(orig_offs + 4, np.uint64)
        begin, count, item = orig_offs + 12, int(length[0]), GGUFValueType(int(kind[0]))
        types = [GGUFValueType.ARRAY, item]
        if item == GGUFValueType.STRING:
            return 12 + self._words_end(begin, count) - begin, [kind, length], [1], types
        dtype = self.gguf_scalar_to_np.get(item)
        if dtype is None:
            raise ValueError(f"a list of lists, or of type {item.name}")
        values = self._get(begin, dtype, count) if count <= len(self.data) else np.empty(0)
        if len(values) != count:
            raise ValueError(f"ends inside its header, at byte {len(self.data)}")
        return 12 + int(values.nbytes), [kind, length, values], [2], types

    def _words_end(self, offset: int, count: int) -> int:
        view, size = self.data.data, len(self.data)
        for _ in range(count):
            if offset + 8 > size:
                raise ValueError(f"ends inside its header, at byte {size}")
            offset += 8 + int.from_bytes(view[offset : offset + 8], "little")
        return offset

    def _build_tensors(self, start_offs: int, fields: list[ReaderField]) -> None:
        names = set()
        for field in fields:
            _, name_data, _, dims, kind, offset = field.parts
            name = bytes(name_data).decode()
            if name in names:
                raise ValueError(f"has tensor {name} twice")
            names.add(name)
            shape = tuple(int(number) for number in dims)
            found = GGMLQuantizationType(int(kind[0]))
            block, size = GGML_QUANT_SIZES[found]
            count = 1
            for number in shape:
                count *= number
            end = start_offs + int(offset[0]) + count // block * size
            if end > len(self.data):
                raise ValueError(f"has {len(self.data):,} bytes and needs {end:,}: cut off")
            self.found.append((name, shape, found.name))


def _value(field: ReaderField) -> Any:
    if not field.types or field.types[0] == GGUFValueType.ARRAY:
        part = field.parts[field.data[-1]] if field.data else field.parts[-1]
        words = len(field.types) > 1 and field.types[1] == GGUFValueType.STRING
        return int(part[0]) if words or not field.types else part.tolist()
    if field.types[0] == GGUFValueType.STRING:
        return bytes(field.parts[-1]).decode("utf-8", "replace")
    return field.parts[-1][0].item()
