"""sources: a kind of source is one file and one entry in the table of adapters, which settings read too.

The files are read and not imported: an adapter brings its driver, which is slow to load and may not be there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dataport.checking.finding import Finding, Place, called
from dataport.checking.project import Project

_TABLE = "ADAPTERS"


@dataclass(frozen=True, slots=True)
class _Adapters:
    """The table of adapters: kind to module and class, with the line of each."""

    file: str
    entries: Mapping[str, tuple[str, str, int]]


def check_sources(project: Project) -> Iterator[Finding]:
    """Every adapter is in the table, and every entry of the table is there."""
    folder = project.package / "extract"
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.py"))}
    classes = {(path.stem, one.name): Place(called(path, project.root), one.lineno) for path, one in _classes(trees)}
    kinds = project.package / "kinds.py"
    table = _table(called(kinds, project.root), ast.parse(kinds.read_text(encoding="utf-8")))
    if table is None:
        return
    entered = {(module, name) for module, name, _ in table.entries.values()}
    for (module, name), place in classes.items():
        if name.endswith("Adapter") and name != "Adapter" and (module, name) not in entered:
            what = f"The adapter {name} is in no entry of {_TABLE}, so no source is read by it."
            yield Finding(place, "source", what, f"Add its kind to {_TABLE} in {table.file}.")
    yield from _entries(table, set(classes))


def _entries(table: _Adapters, classes: set[tuple[str, str]]) -> Iterator[Finding]:
    for kind, (module, name, line) in table.entries.items():
        if (module, name) not in classes:
            what = f"The adapter of the kind {kind!r} is said to be {name} in {module}.py, and is not there."
            yield Finding(Place(table.file, line), "source", what, "Write it, or mend the entry.")


def _classes(trees: Mapping[Path, ast.Module]) -> Iterator[tuple[Path, ast.ClassDef]]:
    for path, tree in trees.items():
        yield from ((path, one) for one in tree.body if isinstance(one, ast.ClassDef))


def _table(file: str, tree: ast.Module) -> _Adapters | None:
    for one in tree.body:
        if not isinstance(one, ast.AnnAssign) or not isinstance(one.target, ast.Name) or one.target.id != _TABLE:
            continue
        if isinstance(one.value, ast.Dict):
            pairs = [(key, value) for key, value in zip(one.value.keys, one.value.values, strict=True) if key]
            return _Adapters(
                file, {ast.literal_eval(key): (*ast.literal_eval(value)[:2], key.lineno) for key, value in pairs}
            )
    return None
