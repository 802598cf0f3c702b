"""The house itself: sizes, names, imports, frozen types, and a security table that points at real files."""

from __future__ import annotations

import ast
import csv
import dataclasses
import importlib
import inspect
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import dataport
from dataport.checking import check_project

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "dataport"
FILES = sorted(PACKAGE.rglob("*.py"))

LONGEST_FUNCTION = 60
LONGEST_FILE = 400

# Where a sentence, a demo or an invented store needs a name from the world.
NAMES_ALLOWED = ("cli/", "synthetic/", "errors.py")


def _functions() -> Iterator[tuple[int, str]]:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                yield lines, f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"


def test_functions_are_short() -> None:
    longest = sorted(_functions(), reverse=True)[:5]
    assert longest[0][0] <= LONGEST_FUNCTION, longest


def test_files_are_short() -> None:
    longest = sorted(((path.read_text().count("\n"), str(path.relative_to(ROOT))) for path in FILES), reverse=True)[:5]
    assert longest[0][0] <= LONGEST_FILE, longest


def test_every_file_has_a_name_that_says_something() -> None:
    vague = {"utils", "util", "helpers", "common", "misc"}
    assert not [path for path in FILES if path.stem in vague]


def test_no_import_is_hidden_in_a_function() -> None:
    hidden = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = (one for one in ast.walk(node) if isinstance(one, ast.Import | ast.ImportFrom))
                hidden += [f"{path.relative_to(ROOT)}:{one.lineno}" for one in inner]
    assert not hidden


def test_only_the_package_root_and_the_tables_import_by_name() -> None:
    by_name = {str(path.relative_to(PACKAGE)) for path in FILES if "import_module(" in path.read_text()}
    tables = {"cli/main.py", "extract/increment.py", "render/__init__.py", "store/__init__.py"}
    # and what few need: a library for names in other scripts, the road in for a question whose permissions are old,
    # the reports of a month, a workbook, arrays for a list of records
    few = {
        "records/failing.py",
        "records/spelling.py",
        "jobs/freshen.py",
        "jobs/refresh.py",
        "jobs/quality_reports.py",
        "cli/quality_output.py",
    }
    assert by_name == {"__init__.py"} | few | tables


def _stages() -> Iterator[str]:
    """The modules whose dataclasses cross borders: whole packages, and single modules of others."""
    for package in ("semantic", "access", "disclosure", "state"):
        for path in sorted((PACKAGE / package).glob("*.py")):
            if "@dataclass" in path.read_text(encoding="utf-8"):
                yield f"dataport.{package}.{path.stem}"
    yield from (
        "dataport.engine.algebra",
        "dataport.engine.seal",
        "dataport.engine.run",
        "dataport.audit.chain",
        "dataport.audit.heads",
        "dataport.audit.log",
        "dataport.audit.look",
        "dataport.landing.entries",
        "dataport.store.declared",
        "dataport.landing.sightings",
        "dataport.tables",
    )


@pytest.mark.parametrize("name", list(_stages()))
def test_what_crosses_a_border_is_frozen_and_slotted(name: str) -> None:
    module = importlib.import_module(name)
    own = [one for _, one in inspect.getmembers(module, inspect.isclass) if one.__module__ == name]
    own = [one for one in own if dataclasses.is_dataclass(one)]
    assert own, "a module of stages without a dataclass"
    for one in own:
        assert one.__dataclass_params__.frozen, one
        assert "__slots__" in vars(one), one


def test_the_house_names_no_person_and_no_country_in_its_code() -> None:
    found = []
    for path in FILES:
        where = path.relative_to(PACKAGE).as_posix()
        if where.startswith(NAMES_ALLOWED):
            continue
        texts = [node for node in ast.walk(_without_docstrings(ast.parse(path.read_text()))) if _is_text(node)]
        found += [f"{where}:{node.lineno} {node.value[:40]}" for node in texts if _names_somebody(node.value)]
    assert not found


def _codes_of_places() -> set[str]:
    """Codes of countries and of bureaux, without the one that is a word of SQL."""
    codes = set()
    for seed, column in (("country", "country_code"), ("bureau", "bureau_code")):
        with (ROOT / "seeds" / f"{seed}.csv").open(encoding="utf-8") as file:
            codes |= {row[column] for row in csv.DictReader(file)}
    return codes - {"AND"}


CODES = _codes_of_places()


def _names_somebody(text: str) -> bool:
    """Whether a text in code is or compares with a country, or holds a person's address."""
    compared = re.findall(r"(?:=|\bIN\b)\s*\(?\s*'([A-Z]{2,})'", text, re.IGNORECASE)
    address = re.search(r"(?<!user:password)@[a-z]+\.[a-z]", text)
    return text in CODES or bool(CODES & set(compared)) or address is not None


@pytest.mark.parametrize("text", ["KEN", "country_code = 'KEN'", "bureau_code in ('MENA', 'SA')", "who@example.org"])
def test_a_name_in_code_would_be_noticed(text: str) -> None:
    assert _names_somebody(text)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def test_the_oracle_knows_neither_the_engine_nor_a_database() -> None:
    for path in (ROOT / "tests" / "oracle").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [one for one in names if one.startswith(("dataport.engine", "duckdb", "sqlglot"))], path


def test_the_project_agrees_with_itself() -> None:
    """The store's schema, models, seeds and definitions, as `dataport check` holds them together."""
    assert check_project() == ()


def test_the_security_table_points_at_files_and_tests_that_exist() -> None:
    rows = re.findall(r"^\| ([^|]+) \| (`[^|]+) \| (`[^|]+) \|$", (ROOT / "DEVELOPERS.md").read_text(), re.MULTILINE)
    paths = [path for _, files, tests in rows for path in re.findall(r"`([^`]+)`", files + tests)]
    assert len(rows) > 10
    assert not [path for path in paths if not (ROOT / path).exists()]


def test_a_version_is_the_same_everywhere_and_heads_the_changes() -> None:
    changes = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    versions, days = zip(*(one.split(" — ") for one in changes), strict=True)
    assert versions[0] == dataport.__version__
    assert list(versions) == sorted(versions, key=lambda one: tuple(map(int, one.split("."))), reverse=True)
    assert list(days) == sorted((date.fromisoformat(day).isoformat() for day in days), reverse=True)
    for name, before in (("pyproject.toml", "version = "), ("dbt_project.yml", "version: ")):
        assert f'\n{before}"{dataport.__version__}"\n' in (ROOT / name).read_text(encoding="utf-8"), name
    named = re.findall(r"dataport-([\d.]+\d)-py3", (ROOT / "docs" / "operate.md").read_text(encoding="utf-8"))
    assert set(named) == {dataport.__version__}


def test_the_project_speaks_of_itself_alone() -> None:
    ours = [
        *FILES,
        *(ROOT / "docs").rglob("*.md"),
        *ROOT.glob("*.md"),
        *(ROOT / "tests").rglob("*.py"),
        ROOT / "Makefile",
    ]
    own = Path(__file__)
    stray = re.compile(r"(^|[^a-z.])/(" + "wo" + r"rk|fa" + r"rm)/")
    assert not [path for path in ours if path != own and stray.search(path.read_text(encoding="utf-8"))]
