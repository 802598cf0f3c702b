"""Reading YAML so that every value still knows its file and line, and every unknown field is an error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from dataport.errors import BadDefinition, did_you_mean

T = TypeVar("T")
D = TypeVar("D")
C = TypeVar("C", bound=str)


@dataclass(frozen=True, slots=True)
class Entry:
    """A piece of a YAML file that still knows where it stands."""

    place: str
    value: Any  # str | list[Entry] | dict[str, Entry]

    def error(self, message: str) -> BadDefinition:
        return BadDefinition(f"{self.place}: {message}")

    def map(self) -> dict[str, Entry]:
        if not isinstance(self.value, dict):
            raise self.error("expected names with values below them.")
        return self.value

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.error("expected a text.")
        return self.value

    def flag(self) -> bool:
        if self.value not in ("true", "false"):
            raise self.error("expected true or false.")
        return bool(self.value == "true")

    def whole(self) -> int:
        if not isinstance(self.value, str) or not self.value.isdigit():
            raise self.error("expected a whole number.")
        return int(self.value)

    def items(self) -> list[Entry]:
        if not isinstance(self.value, list):
            raise self.error("expected a list.")
        return self.value

    def texts(self) -> tuple[str, ...]:
        return tuple(item.text() for item in self.items())

    def choice(self, known: tuple[C, ...]) -> C:
        text = self.text()
        found = next((one for one in known if one == text), None)
        if found is None:
            raise self.error(f"{text!r} is not one of {', '.join(known)}.{did_you_mean(text, known)}")
        return found


class Fields:
    """The fields of one definition: each is asked for by name, and none may be left over."""

    def __init__(self, entry: Entry, known: tuple[str, ...]) -> None:
        self._entry, self._fields = entry, entry.map()
        for name, field in self._fields.items():
            if name not in known:
                raise field.error(f"there is no field called {name!r} here.{did_you_mean(name, known)}")

    def need(self, name: str) -> Entry:
        if name not in self._fields:
            raise self._entry.error(f"the field {name!r} is missing.")
        return self._fields[name]

    def get(self, name: str, read: Callable[[Entry], T], default: D) -> T | D:
        return read(self._fields[name]) if name in self._fields else default


def compose(path: Path, folder: Path, content: bytes) -> Entry:
    name = path.relative_to(folder).as_posix()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        node = yaml.compose(content.decode("utf-8"), Loader=loader)
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        mark = getattr(problem, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise BadDefinition(
            f"{name}{line}: this is not YAML: {getattr(problem, 'problem', 'wrong encoding')}."
        ) from None
    if node is None:
        return Entry(f"{name}:1", {})
    return _entry(name, node)


def _entry(file: str, node: yaml.Node, above: tuple[yaml.Node, ...] = ()) -> Entry:
    place = f"{file}:{node.start_mark.line + 1}"
    if any(one is node for one in above):
        raise BadDefinition(f"{place}: this stands within itself.")
    above = (*above, node)
    if isinstance(node, yaml.MappingNode):
        fields: dict[str, Entry] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise BadDefinition(f"{file}:{key.start_mark.line + 1}: a name is a text.")
            if key.value in fields:
                raise BadDefinition(f"{file}:{key.start_mark.line + 1}: {key.value!r} stands here twice.")
            entry = _entry(file, value, above)
            # What is wrong with a field is told at the line of its name.
            fields[str(key.value)] = Entry(f"{file}:{key.start_mark.line + 1}", entry.value)
        return Entry(place, fields)
    if isinstance(node, yaml.SequenceNode):
        return Entry(place, [_entry(file, item, above) for item in node.value])
    return Entry(place, str(node.value))
