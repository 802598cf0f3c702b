"""Reading YAML so that every value still knows its file and line, and every unknown field is an error."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from dataport.errors import BadDefinition, did_you_mean

T = TypeVar("T")
D = TypeVar("D")
C = TypeVar("C", bound=str)

# Far above what definitions come to; far below what would hold up a question or fill the memory.
_LARGEST, _DEEPEST, _MOST = 2_000_000, 50, 200_000


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


def read_entries(path: Path, folder: Path) -> tuple[Entry, bytes]:
    """The entries of a file, and its bytes.

    Raises:
        BadDefinition: it cannot be read, is larger than any definitions are, or is no YAML.
    """
    name = path.relative_to(folder).as_posix()
    try:
        if not path.is_file():
            raise BadDefinition(f"{name}: this is no file.")
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as problem:
        raise BadDefinition(f"{name}: this cannot be read ({type(problem).__name__}).") from None
    if len(content) > _LARGEST:
        raise BadDefinition(f"{name}: this is larger than {_LARGEST // 1_000_000} MB. Divide it into several files.")
    return compose(path, folder, content), content


def compose(path: Path, folder: Path, content: bytes) -> Entry:
    """The entries of a file, from its bytes. No file takes more time or memory than its size allows for.

    Raises:
        BadDefinition: it is no YAML; or it nests deeper, or unfolds to more, than any definitions do.
    """
    name = path.relative_to(folder).as_posix()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Composer(name).entry_of(yaml.parse(content.decode("utf-8"), Loader=loader))
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        mark = getattr(problem, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise BadDefinition(
            f"{name}{line}: this is not YAML: {getattr(problem, 'problem', 'wrong encoding')}."
        ) from None


class _Open:
    """A list or a mapping whose end has not been read yet."""

    def __init__(self, line: int, anchor: str | None, value: list[Entry] | dict[str, Entry]) -> None:
        self.line, self.anchor, self.value = line, anchor, value
        self.name: tuple[str, int] | None = None  # of the field whose value comes next, and its line
        self.size = 1


class _Composer:
    """Entries from the events of a parser, without recursion.

    What is named by an anchor is one entry, however often it is used, and counts each time: a few lines that unfold to
    a billion entries are refused once they come to more than definitions do.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._root: Entry | None = None
        self._documents = 0

    def entry_of(self, events: Iterable[yaml.Event]) -> Entry:
        for event in events:
            self._take(event)
        return self._root or Entry(f"{self._file}:1", {})

    def _take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if type(event) is yaml.ScalarEvent:  # nine of ten events: the loading of definitions is as fast as this line
            self._put(str(event.value), 1, line, event.anchor)
            return
        match event:
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                if len(self._open) >= _DEEPEST:
                    raise self._error(line, f"this nests deeper than {_DEEPEST} levels.")
                if event.anchor:
                    self._anchors.pop(event.anchor, None)
                value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
                self._open.append(_Open(line, event.anchor, value))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                done = self._open.pop()
                self._put(done.value, done.size, done.line, done.anchor)
            case yaml.AliasEvent():
                value, size = self._named(event.anchor or "", line)
                self._put(value, size, line, None)
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise self._error(line, "a second document begins here. Put it into a file of its own.")

    def _named(self, anchor: str, line: int) -> tuple[Any, int]:
        if any(one.anchor == anchor for one in self._open):
            raise self._error(line, "this stands within itself.")
        if anchor not in self._anchors:
            raise self._error(line, f"nothing before this is named &{anchor}.")
        return self._anchors[anchor]

    def _put(self, value: Any, size: int, line: int, anchor: str | None) -> None:
        """Take a value into what is open around it: as the next of a list, as a name, or as what stands below one."""
        if anchor:
            self._anchors[anchor] = (value, size)
        if not self._open:
            self._root = Entry(f"{self._file}:{line}", value)
            return
        around = self._open[-1]
        around.size += size
        if around.size > _MOST:
            raise self._error(line, f"this unfolds to more than {_MOST:,} entries.")
        if isinstance(around.value, list):
            around.value.append(Entry(f"{self._file}:{line}", value))
        elif around.name is None:
            around.name = self._field(value, around.value, line), line
        else:
            (name, named_at), around.name = around.name, None
            # What is wrong with a field is told at the line of its name.
            around.value[name] = Entry(f"{self._file}:{named_at}", value)

    def _field(self, value: Any, fields: dict[str, Entry], line: int) -> str:
        if not isinstance(value, str):
            raise self._error(line, "a name is a text.")
        if value in fields:
            raise self._error(line, f"{value!r} stands here twice.")
        return value

    def _error(self, line: int, message: str) -> BadDefinition:
        return BadDefinition(f"{self._file}:{line}: {message}")
