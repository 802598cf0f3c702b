"""Every case asked: translated, its definitions loaded, its answer held against that of its own query."""

from __future__ import annotations

import dataclasses
import sys
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import duckdb
import yaml

import dataport
from bench.metricflow_suite.judging import Row, answered_rows, differences, expected_rows
from bench.metricflow_suite.levels import ENTITY, Levels
from bench.metricflow_suite.manifests import FOLDERS, Manifest, NotExpressible, manifest
from bench.metricflow_suite.queries import Case, cases, query
from bench.metricflow_suite.rendering import rendered
from bench.metricflow_suite.tables import Tables, for_definitions
from bench.metricflow_suite.translating import KNOWN_FROM, KNOWN_UNTIL, Asked, Types, translated
from dataport.errors import DataportError

Verdict = Literal["right", "refused", "not expressible", "wrong"]
ARITHMETIC_WITH_NOTHING = "a sum, difference or product with something that is not there (here 0, there nothing)"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case, what came of it, and why."""

    file: str
    name: str
    verdict: Verdict
    reason: str = ""

    def as_dict(self) -> dict[str, str]:
        return dataclasses.asdict(self)


def outcomes(root: Path, tables: Tables, folder: Path, types: Types, only: str | None) -> list[Outcome]:
    """What comes of every case, in the order of the suite."""
    asked = [one for one in cases(root) if only in (None, one.name)]
    found: dict[Case, Outcome] = {}
    for model in FOLDERS:
        own = [one for one in asked if one.model == model]
        if own:
            house = _House(manifest(root, model), tables, folder / f"{types}_{model.lower()}", types)
            found |= house.outcomes(own, only is not None)
    return [found[one] for one in asked]


class _House:
    """The cases of one manifest: one file, and one folder of definitions for all that can be asked."""

    def __init__(self, own: Manifest, tables: Tables, folder: Path, types: Types) -> None:
        self._manifest, self._tables, self._folder, self._types = own, tables, folder, types
        self._folder.mkdir()
        levels = Levels(own, tables, types != "none")
        self._fixed = {"facts": levels.facts(), "dimensions": levels.dimensions()}
        self._file = folder / "asked.duckdb"
        for_definitions(tables, own.models.values(), self._file)

    def outcomes(self, own: list[Case], is_shown: bool) -> dict[Case, Outcome]:
        found, asked = {}, {}
        for case in own:
            try:
                asked[case] = translated(query(case, self._manifest), self._manifest, self._tables, self._types)
                self._check(asked[case])
            except NotExpressible as construct:
                found[case] = Outcome(case.file, case.name, "not expressible", str(construct))
            except DataportError as refusal:
                found[case] = Outcome(case.file, case.name, "refused", _words_of(refusal))
        port = self._opened([one for case, one in asked.items() if case not in found])
        for case, one in asked.items():
            if case not in found:
                found[case] = self._outcome(case, one, port, is_shown)
        return found

    def _check(self, asked: Asked) -> None:
        """Whether its definitions load by themselves; otherwise they would keep those of other cases from it."""
        self._write(self._folder / "one", asked.definitions)
        self._port("one")

    def _opened(self, asked: list[Asked]) -> Any:
        """One port for all of them: what one case defines stands beside what every other does."""
        together: dict[str, dict[str, Any]] = {"levels": {}, "indicators": {}}
        for one in asked:
            for section, entries in one.definitions.items():
                for name, body in entries.items():
                    if together[section].setdefault(name, body) != body:
                        raise AssertionError(f"two definitions of {name}")
        self._write(self._folder / "all", together)
        return self._port("all")

    def _port(self, definitions: str) -> Any:
        """The file with some definitions, which are held against its columns as it is opened."""
        viewer = dataport.declared("suite", [ENTITY])
        return dataport.open(
            database=self._file,
            definitions=self._folder / definitions,
            viewer=viewer,
            history=(KNOWN_FROM, KNOWN_UNTIL),
        )

    def _write(self, folder: Path, definitions: Mapping[str, Any]) -> None:
        folder.mkdir(exist_ok=True)
        text = yaml.safe_dump({**self._fixed, **definitions}, sort_keys=False, width=120)
        (folder / "model.yml").write_text(text, encoding="utf-8")

    def _outcome(self, case: Case, asked: Asked, port: Any, is_shown: bool) -> Outcome:
        try:
            expected = self._expected(case, asked)
            answers = [port.ask(asked.indicators, period=one, **asked.words).to_dicts() for one in asked.periods]
        except NotExpressible as construct:
            return Outcome(case.file, case.name, "not expressible", str(construct))
        except DataportError as refusal:
            return Outcome(case.file, case.name, "refused", _words_of(refusal))
        except Exception:
            traceback.print_exc(file=sys.stderr)
            return Outcome(case.file, case.name, "wrong", f"a failure: {traceback.format_exc().splitlines()[-1]}")
        rows = answered_rows((row for some in answers for row in some), asked.columns.values())
        found = differences(expected, rows, len(asked.keys), asked.in_order)
        if is_shown:
            print(*_shown(asked, expected, rows), sep="\n")
        reason = f"{len(found)} differ: " + "; ".join(found[:3]) if found else ""
        return Outcome(case.file, case.name, "wrong" if found else "right", reason)

    def _expected(self, case: Case, asked: Asked) -> list[Row]:
        with duckdb.connect(str(self._tables.path), read_only=True) as connection:
            found = connection.execute(rendered(case.check_query))
            names = [one[0] for one in found.description or ()]
            rows = expected_rows(names, found.fetchall(), asked.columns)
        arithmetic = [place for place, name in enumerate(asked.columns) if name in asked.nothing_counts]
        if any(row[place] is None for row in rows for place in arithmetic):
            raise NotExpressible(ARITHMETIC_WITH_NOTHING)
        return rows


def _words_of(refusal: DataportError) -> str:
    return f"{type(refusal).__name__}: {' '.join(str(refusal).split())}"


def _shown(asked: Asked, expected: list[Row], rows: list[Row]) -> Iterator[str]:
    yield yaml.safe_dump(dict(asked.definitions), sort_keys=False, width=120)
    yield f"ask({list(asked.indicators)}, {dict(asked.words)}, period={' and then '.join(asked.periods)})"
    yield f"expected {list(asked.columns)}: {expected}"
    yield f"answered {rows}"
