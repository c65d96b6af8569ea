"""YAML as strict as Pulumi's own reader, which refuses a name that is there twice; and no larger than a person writes.

Values are what JSON knows: a date is text. Aliases count as what they stand for, so that a small file stays small.
"""

from typing import Any

import yaml
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode, Node, ScalarNode

from plan.errors import SpecError

LARGEST_BYTES = 1 << 20
DEEPEST = 32
MOST_VALUES = 50_000
_TAG = "tag:yaml.org,2002:"
_KINDS = ("null", "bool", "int", "float", "str", "seq", "map")


def load(content: str | bytes) -> Any:
    """What the YAML says, or a SpecError that names the line."""
    if len(content) > LARGEST_BYTES:
        raise SpecError(f"a YAML file of at most {LARGEST_BYTES >> 20} MiB", f"{len(content)} bytes", "shorten it")
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        return _Loader(text).get_single_data()
    except UnicodeDecodeError as error:
        found = f"byte 0x{error.object[error.start]:02x} at position {error.start}"
        raise SpecError("a YAML file in UTF-8", found, "save it as UTF-8 text") from None
    except yaml.reader.ReaderError as error:
        found = f"character U+{error.character:04X} at position {error.position}"
        raise SpecError("a YAML file", found, "remove what is no text") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        found = ", ".join(filter(None, (error.context, error.problem)))
        raise SpecError(
            "a YAML file", f"{place}{found}", error.note or "correct the line; indent with spaces"
        ) from None


class _Loader(yaml.SafeLoader):
    yaml_constructors = {  # noqa: RUF012 (PyYAML's own tables)
        **{f"{_TAG}{kind}": yaml.SafeLoader.yaml_constructors[f"{_TAG}{kind}"] for kind in _KINDS},
        None: yaml.SafeLoader.yaml_constructors[None],
    }
    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in (f"{_TAG}timestamp", f"{_TAG}value")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = self.values = 0
        self.sizes: dict[int, int] = {}

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        alias = self.check_event(yaml.AliasEvent)
        before = self.values
        self.depth += 1
        if self.depth > DEEPEST:
            raise ComposerError(None, None, f"more than {DEEPEST} levels deep", mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        if alias and id(node) not in self.sizes:
            raise ComposerError(None, None, "an alias inside of what it stands for", mark)
        self.values += self.sizes[id(node)] if alias else 1
        if self.values > MOST_VALUES:
            raise ComposerError(None, None, f"more than {MOST_VALUES} values", mark)
        if not alias:
            self.sizes[id(node)] = self.values - before
        return node

    def compose_mapping_node(self, anchor: Any) -> MappingNode:
        node = super().compose_mapping_node(anchor)
        names = set()
        for key, _ in node.value:
            if not isinstance(key, ScalarNode) or key.tag not in (f"{_TAG}str", f"{_TAG}merge"):
                raise ComposerError(None, None, "a key that is not text", key.start_mark, "put it in quotes")
            if key.value in names:
                problem = f"`{key.value}` is there twice"
                raise ComposerError(None, None, problem, key.start_mark, "give each another name, or leave one out")
            names.add(key.value)
        return node

    def construct_object(self, node: Node, deep: bool = False) -> Any:
        try:
            value = super().construct_object(node, deep)
            if isinstance(value, str):
                value.encode()  # half a character (a surrogate) is no text
            return value
        except (ValueError, LookupError) as error:
            raise ConstructorError(None, None, f"no such value ({error})", node.start_mark) from None
