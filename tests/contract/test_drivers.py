"""Whatever a driver or the file system raises is a message of ours: what was read, why it ended, what to do."""

from __future__ import annotations

import errno
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import adbc_driver_manager
import adbc_driver_postgresql.dbapi as adbc
import psycopg
import pyarrow as pa
import pytest
from exporting import Export
from people import person

from dataport.cli import main
from dataport.errors import DataportError, PrivilegeMissing, SourceUnavailable
from dataport.extract import Source, extract, sqlite
from dataport.extract.folder_files import reading
from dataport.extract.postgres import PostgresSnapshot
from dataport.extract.postgres_access import Place
from dataport.extract.sqlite import SqliteSnapshot
from dataport.landing import Landing
from dataport.store import connect
from dataport.store.declared import Table
from dataport.store.schema import BY_NAME

SENTINEL = "Sahra Abdi"
PEOPLE: Table = BY_NAME["individual"]


def kinds(of: type[BaseException]) -> list[type[BaseException]]:
    """A class of exceptions with everything below it."""
    return [of, *(one for below in of.__subclasses__() for one in kinds(below))]


def made(kind: type[BaseException]) -> BaseException:
    if issubclass(kind, UnicodeError) and kind is not UnicodeError:
        return kind("utf-8", SENTINEL.encode() if "Decode" in kind.__name__ else SENTINEL, 0, 1, SENTINEL)  # type: ignore[arg-type]
    return kind(SENTINEL)


class Failing:
    """A connection whose every statement fails."""

    def __init__(self, problem: BaseException) -> None:
        self._problem = problem

    def execute(self, *_: Any) -> Any:
        raise self._problem


def postgres(problem: BaseException) -> PostgresSnapshot:
    """A view on a server that answers with an error."""
    view = object.__new__(PostgresSnapshot)
    view._connection = Failing(problem)  # type: ignore[assignment]
    view._place, view._url_safe = Place("public", "postgresql://host/db", "reader"), "postgresql://host/db"
    view._since, view.newest, view.high = None, 1, 1

    def batches(*_: Any) -> Iterator[pa.RecordBatch]:
        yield pa.record_batch({"a": [1]})
        raise problem

    view._batches = batches  # type: ignore[method-assign]
    return view


def sound(problem: DataportError, *words: str) -> None:
    assert problem.exit_code == 1
    text = str(problem)
    assert SENTINEL not in text and all(word in text for word in words), text
    assert len(text.split(". ")) > 1, "it says what to do"


OUTSIDE = [OverflowError, MemoryError, OSError, ConnectionResetError, TimeoutError, UnicodeDecodeError]
ARROW = [kind for kind in kinds(pa.ArrowException) if kind.__module__.startswith("pyarrow")]


@pytest.mark.parametrize("kind", [*kinds(psycopg.Error), *OUTSIDE, *ARROW], ids=lambda kind: kind.__name__)
def test_every_error_of_psycopg(kind: type[BaseException]) -> None:
    view = postgres(made(kind))
    with pytest.raises(SourceUnavailable) as refusal:
        view.pending(PEOPLE)
    sound(refusal.value, "postgresql://host/db")
    with pytest.raises(SourceUnavailable) as refusal:
        list(view.whole(PEOPLE))
    sound(refusal.value, "individual")


@pytest.mark.parametrize("kind", kinds(adbc.Error), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("state", [None, "42501", "57014", "22021", "XX000", "99999"])
def test_every_error_of_the_driver_for_rows(kind: Any, state: str | None) -> None:
    code = adbc_driver_manager.AdbcStatusCode.IO
    bare = kind is adbc.NotSupportedError  # which takes a text alone
    problem = kind(SENTINEL) if bare else kind(SENTINEL, status_code=code, sqlstate=state)
    problem.sqlstate = state
    with pytest.raises(PrivilegeMissing if state == "42501" else SourceUnavailable) as refusal:
        list(postgres(problem).whole(PEOPLE))
    sound(refusal.value, "individual", "postgresql://host/db")


NAMES = ["SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR_READ", "SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FULL", None]


@pytest.mark.parametrize("kind", [*kinds(sqlite3.Error), sqlite3.Warning, *OUTSIDE], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_every_error_of_sqlite(kind: type[BaseException], name: str | None) -> None:
    problem = made(kind)
    if isinstance(problem, sqlite3.Error) and name:
        problem.sqlite_errorname = name
    view = object.__new__(SqliteSnapshot)
    view._connection, view._url_safe, view.newest = Failing(problem), "sqlite:///a.sqlite", 1  # type: ignore[assignment]
    for work in (view.catalogue, lambda: view.strangers(PEOPLE), lambda: list(view.whole(PEOPLE))):
        with pytest.raises(SourceUnavailable) as refusal:
            work()
        sound(refusal.value, "sqlite:///a.sqlite")


NUMBERS = [
    errno.EIO,
    errno.EACCES,
    errno.ENOENT,
    errno.ESTALE,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.EISDIR,
    errno.EMFILE,
]


@pytest.mark.parametrize(
    "problem",
    [*(OSError(number, SENTINEL) for number in NUMBERS), *(made(kind) for kind in [*OUTSIDE, *ARROW, LookupError])],
    ids=repr,
)
def test_every_error_of_files(problem: BaseException) -> None:
    with pytest.raises(SourceUnavailable) as refusal, reading("individual/2022-01-03.csv"):
        raise problem
    sound(refusal.value, "individual/2022-01-03.csv")


def test_a_folder_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = connect(f"sqlite://{tmp_path}/s.sqlite")
    with closing(store):
        store.create()
        store.arm()
        export = Export(tmp_path / "out")
        export.write(store, store.now().date())

    def refused(*_: Any, **__: Any) -> Any:
        raise PermissionError(errno.EACCES, SENTINEL)

    source = Source("site", "folder", f"file://{export.folder}")
    for place in ("pyarrow.parquet.ParquetFile", "pyarrow.parquet.read_schema", "os.scandir"):
        with monkeypatch.context() as patch:
            patch.setattr(place, refused)
            with pytest.raises(SourceUnavailable, match="this account may not read it") as refusal:
                extract(source, Landing(tmp_path / "landing"))
        sound(refusal.value)


def test_the_command_says_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In mid-read: exit code 1, source, table and way out; not called a defect, and nothing of a person."""
    home, url = tmp_path / "home", f"sqlite://{tmp_path}/s.sqlite"
    home.mkdir(mode=0o700)
    (home / "dataport.toml").write_text(f'[[sources]]\nsource_id = "site"\nkind = "sqlite"\nurl = "{url}"\n')
    (home / "dataport.toml").chmod(0o600)
    monkeypatch.setenv("DATAPORT_KEYRING", str(tmp_path / "keys.json"))
    with closing(connect(url)) as store:
        store.create()
        store.arm()
        with store.write() as writer:
            writer.insert("individual", [person("a", given_name=SENTINEL)])

    def broken(table: Table, rows: Any, schema: pa.Schema) -> Any:
        problem = sqlite3.OperationalError(SENTINEL)
        problem.sqlite_errorname = "SQLITE_IOERR_READ"
        if table.name == "individual":
            raise problem
        return original(table, rows, schema)

    original = sqlite._batch
    monkeypatch.setattr(sqlite, "_batch", broken)
    monkeypatch.setattr(sys, "argv", ["dataport"])
    with pytest.raises(SystemExit) as end:
        main(["extract", "--home", str(home)])
    said = capsys.readouterr()
    assert end.value.code == 1 and "defect" not in said.err
    assert SENTINEL not in said.err + said.out
    assert "individual" in said.err and "the disk or the network it lies on does not answer" in said.err
