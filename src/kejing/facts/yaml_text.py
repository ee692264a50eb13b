"""YAML as plain text values with the line of every key: no scalar is guessed into a date, a number or a yes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

type KeyPath = tuple[str | int, ...]


@dataclass(slots=True)
class YamlText:
    """``data`` holds maps, lists and strings only; ``lines`` the line of each key path [from 1]."""

    data: Any = None
    lines: dict[KeyPath, int] = field(default_factory=dict)
    repeated: list[KeyPath] = field(default_factory=list)

    def line(self, path: KeyPath) -> int:
        """Line of ``path``, or of the nearest key above it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(text: str) -> YamlText:
    """Read one YAML document.

    Raises
    ------
    yaml.YAMLError
        The text is no YAML.
    """
    result = YamlText()
    root = yaml.compose(text, Loader=yaml.BaseLoader)
    result.data = _plain(root, (), result) if root is not None else {}
    return result


def _plain(node: yaml.Node, path: KeyPath, result: YamlText) -> Any:  # noqa: ANN401 - YAML holds anything
    result.lines[path] = node.start_mark.line + 1
    match node:
        case yaml.MappingNode():
            plain: dict[str, Any] = {}
            for key_node, value_node in node.value:
                key = str(key_node.value)
                inner = (*path, key)
                if key in plain:
                    result.repeated.append(inner)
                plain[key] = _plain(value_node, inner, result)
                result.lines[inner] = key_node.start_mark.line + 1
            return plain
        case yaml.SequenceNode():
            return [_plain(child, (*path, index), result) for index, child in enumerate(node.value)]
        case _:
            return str(node.value)
