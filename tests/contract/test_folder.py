"""A folder of dated files is a source like any other: what is not whole waits, what cannot be read is told."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from exporting import Export, settle
from people import all_landed, landed, person

from dataport.errors import ContractBroken, ForeignStore, RemovalHeld, SourceChanged, SourceUnavailable, WrongRequest
from dataport.extract import Source, adapter_of, extract, extract_each, extract_grants, reconcile
from dataport.landing import Batch, Landing
from dataport.store import Store, connect
from dataport.store.schema import TABLES

FIRST = date(2022, 1, 3)
SENTINEL = "Sahra Abdi"


def on(nth: int) -> date:
    return FIRST + timedelta(days=nth)


def end_of(nth: int) -> datetime:
    return datetime.combine(on(nth), datetime.max.time()).replace(microsecond=0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(connect(f"sqlite://{tmp_path}/site.sqlite")) as store:
        store.create()
        store.arm()
        with store.write() as writer:
            writer.insert("individual", [person(f"p{n}", sex_code="F", birth_date=date(1990, 1, 1)) for n in range(5)])
        yield store


@pytest.fixture(params=["parquet", "csv"])
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def export(tmp_path: Path, form: str) -> Export:
    return Export(tmp_path / "out", form)


def source_of(export: Export, **options: Any) -> Source:
    return Source("site", "folder", f"file://{export.folder}", options)


def people_of(landing: Landing) -> dict[str, Any]:
    """The people who are there, with their phones, as a reader of all batches has them."""
    found: dict[str, Any] = {}
    for row in all_landed(landing, "individual"):
        found.pop(row["individual_id"], None)
        if not row["is_deleted"]:
            found[row["individual_id"]] = row["phone"]
    return found


def three_days(store: Store, export: Export, landing: Landing) -> Sequence[Batch]:
    """Each day somebody's phone is another, and from the second on somebody is deleted; then all days are extracted."""
    for nth in range(3):
        with store.write() as writer:
            writer.update("individual", [{"individual_id": "p0", "phone": str(nth)}])
            if nth:
                writer.delete("individual", [f"p{nth}"])
        export.write(store, on(nth))
    return extract_each(source_of(export), landing)


def test_each_day_is_a_window(store: Store, export: Export, landing: Landing) -> None:
    batches = three_days(store, export, landing)
    assert [batch.window.high_clock for batch in batches] == [end_of(n) + timedelta(microseconds=1) for n in range(3)]
    assert [batch.every_version for batch in batches] == [False] * 3
    assert [row["phone"] for row in all_landed(landing, "individual") if row["individual_id"] == "p0"] == [
        "0",
        "1",
        "2",
    ]
    assert people_of(landing) == {"p0": "2", "p3": None, "p4": None}
    gone = [row for row in all_landed(landing, "individual") if row["is_deleted"]]
    assert [(row["individual_id"], row["stamped_at"]) for row in gone] == [("p1", end_of(1)), ("p2", end_of(2))]
    assert extract(source_of(export), landing) is None
    assert batches[1].rows == 2, "what did not change does not land again"
    found = reconcile(source_of(export), landing)
    assert (found.differences, found.increment, found.left_out, found.changes_only) == (0, None, (), ())


def test_rows_that_changed(store: Store, tmp_path: Path, form: str, landing: Landing) -> None:
    export = Export(tmp_path / "out", form, "changed")
    batches = three_days(store, export, landing)
    assert [landed(batch, "individual").__len__() for batch in batches] == [5, 2, 2]
    assert people_of(landing) == {"p0": "2", "p3": None, "p4": None}
    assert "individual" in reconcile(source_of(export), landing).changes_only, "nobody can say so of the other rows"


def test_a_day_without_changes_files_is_not_passed_over(
    store: Store, tmp_path: Path, form: str, landing: Landing
) -> None:
    export = Export(tmp_path / "out", form, "changed")
    for nth in (0, 2):
        export.write(store, on(nth))
    with pytest.raises(ContractBroken, match=rf"no whole files of {on(1)}.*would be lost"):
        extract_each(source_of(export), landing)
    assert len(landing.batches()) == 1
    assert len(extract_each(source_of(export, may_skip_days=True), landing)) == 1


def test_the_first_files_must_be_whole(store: Store, tmp_path: Path, form: str, landing: Landing) -> None:
    export = Export(tmp_path / "out", form, "changed")
    export.write(store, on(0))
    export.write(store, on(1))
    for path in export.folder.glob("*/*.full.*"):
        path.unlink()
    with pytest.raises(ContractBroken, match=r"hold only what changed.*\.full\.csv"):
        extract(source_of(export), landing)


def test_what_is_still_being_written_waits(store: Store, export: Export, landing: Landing) -> None:
    export.write(store, on(0))
    extract_each(source_of(export), landing)
    export.write(store, on(1))
    files = sorted((export.folder / "individual").glob(f"{on(1)}.*"))
    whole = files[0].read_bytes()
    for name, content in (("half", whole[: len(whole) // 2]), ("nothing", b""), ("cut", whole[:-1])):
        files[0].write_bytes(content)
        settle(files[0])
        assert extract(source_of(export), landing) is None, name
    files[0].write_bytes(whole)
    assert extract(source_of(export), landing) is None, "it was written to a moment ago"
    settle(files[0])
    (export.folder / "individual" / f".{on(2)}.{export.form}").write_bytes(b"")
    (export.folder / "individual" / f"{on(2)}.{export.form}.tmp").write_bytes(b"")
    batch = extract(source_of(export), landing)
    assert batch is not None and batch.notes == ()


def test_a_missing_table_and_a_missing_day(store: Store, export: Export, landing: Landing) -> None:
    with pytest.raises(SourceUnavailable, match="is not there"):
        extract(source_of(export), landing)
    export.folder.mkdir()
    with pytest.raises(SourceUnavailable, match="it holds no dated file"):
        extract(source_of(export), landing)
    export.write(store, on(0))
    shutil.rmtree(export.folder / "document")
    with pytest.raises(SourceUnavailable, match=rf"{on(0)} has no file of document"):
        extract(source_of(export), landing)
    export.write(store, on(0))
    assert extract(source_of(export), landing) is not None
    export.write(store, on(1), only=("individual",))
    assert extract(source_of(export), landing) is None, "the rest of that day may still come"
    with store.write() as writer:
        writer.update("individual", [{"individual_id": "p0", "phone": "late"}])
    export.write(store, on(2))
    [batch] = extract_each(source_of(export), landing)
    assert any(f"The files of {on(1)} were left out" in note for note in batch.notes)
    assert people_of(landing)["p0"] == "late"


def test_a_file_that_changed_after_it_was_read(store: Store, export: Export, landing: Landing) -> None:
    export.write(store, on(0))
    extract(source_of(export), landing)
    for path in export.folder.glob("*/*"):
        settle(path, 10)  # copied again, with the same content
    assert extract(source_of(export), landing) is None
    with store.write() as writer:
        writer.update("individual", [{"individual_id": "p0", "phone": "mended"}])
    export.write(store, on(0))
    for nth in (0, 1):
        with pytest.raises(SourceChanged, match=rf"individual/{on(0)}\.\w+ was changed after it was read.*--reconcile"):
            extract(source_of(export), landing)
        if not nth:
            export.write(store, on(1))
    found = reconcile(source_of(export), landing)
    assert found.increment is not None and people_of(landing)["p0"] == "mended"
    assert extract(source_of(export), landing) is None
    assert reconcile(source_of(export), landing).repair is None


def test_a_change_of_the_options_is_noticed(store: Store, export: Export, landing: Landing) -> None:
    export.write(store, on(0))
    extract(source_of(export), landing)
    with pytest.raises(SourceChanged, match="its options were changed"):
        extract(source_of(export, null="-"), landing)
    with pytest.raises(WrongRequest, match="option of the source 'site' is wrong"):
        adapter_of(source_of(export, colour="blue"))
    with pytest.raises(WrongRequest, match="rows"):
        adapter_of(source_of(export, rows="some"))
    moved = Source("site", "folder", f"file://{export.folder}-2")
    shutil.copytree(export.folder, f"{export.folder}-2")
    with pytest.raises(ForeignStore):
        extract(moved, landing)


def test_older_files_may_go(store: Store, export: Export, landing: Landing) -> None:
    export.write(store, on(0))
    extract(source_of(export), landing)
    for path in export.folder.glob("*/*"):
        path.unlink()
    assert extract(source_of(export), landing) is None
    with pytest.raises(ContractBroken, match="no longer there"):
        reconcile(source_of(export), landing)
    with store.write() as writer:
        writer.delete("individual", ["p0"])
    export.write(store, on(4))
    [batch] = extract_each(source_of(export), landing)
    assert [row["individual_id"] for row in landed(batch, "individual") if row["is_deleted"]] == ["p0"]


def test_much_that_is_missing_waits_for_a_word(store: Store, export: Export, landing: Landing) -> None:
    with store.write() as writer:
        writer.insert("individual", [person(f"q{n}") for n in range(400)])
    export.write(store, on(0))
    extract(source_of(export), landing)
    with store.write() as writer:
        writer.delete("individual", [f"q{n}" for n in range(200)])
    export.write(store, on(1))
    with pytest.raises(RemovalHeld, match="200 of 405 records of individual"):
        extract(source_of(export), landing)
    assert len(landing.batches()) == 1
    assert extract(source_of(export), landing, accept_removal=True) is not None


def test_files_of_what_changed_are_added_up_too(store: Store, export: Export, landing: Landing) -> None:
    export.rows = "changed"
    keys = [f"q{n:04}" for n in range(2095)]
    with store.write() as writer:
        writer.insert("individual", [person(key) for key in keys])
    export.write(store, on(0))
    extract(source_of(export), landing)
    for night, (gone, back) in enumerate([((0, 50), 0), ((50, 100), 30), ((100, 135), 0), ((135, 136), 0)], start=1):
        with store.write() as writer:
            writer.delete("individual", keys[slice(*gone)])
            writer.insert("individual", [person(key) for key in keys[:back]])
        export.write(store, on(night))
        if night < 4:
            extract(source_of(export), landing)
    with pytest.raises(RemovalHeld, match="106 of 2,100 records of individual since 2022-01-03"):
        extract(source_of(export), landing)


def test_permissions_are_as_old_as_their_files(store: Store, export: Export, landing: Landing) -> None:
    export.write(store, on(0))
    for path in (export.folder / "permission").iterdir():
        settle(path, 30 * 3600)
    read_at = extract_grants(source_of(export), landing).read_at
    age = datetime.now(UTC).replace(tzinfo=None) - read_at
    assert timedelta(hours=29) < age < timedelta(hours=31)
    changed = Export(export.folder, export.form, "changed")
    changed.write(store, on(1))
    changed.write(store, on(2))
    with pytest.raises(ContractBroken, match="holds only what changed, and this table is read whole"):
        extract_grants(source_of(export), landing)


def test_columns_that_are_not_those_of_the_contract(store: Store, export: Export, landing: Landing) -> None:
    export.write(store, on(0))
    path = next((export.folder / "individual").iterdir())
    rows = pa.Table.from_pylist(store.query("SELECT * FROM individual").to_pylist())
    export.put("individual", str(on(0)), rows.drop_columns(["phone"]))
    with pytest.raises(ContractBroken, match=r"no column individual\.phone"):
        extract(source_of(export), landing)
    export.put("individual", str(on(0)), rows.append_column("shoe_size", pa.nulls(rows.num_rows, pa.int64())))
    batch = extract(source_of(export), landing)
    assert batch is not None and "individual.shoe_size" in " ".join(batch.notes) and path.exists()
    if export.form == "parquet":
        wrong = rows.set_column(rows.column_names.index("birth_date"), "birth_date", pa.array([1.5] * rows.num_rows))
        export.put("individual", str(on(1)), wrong)
        for table in TABLES:
            if table.name != "individual":
                shutil.copy(export.folder / table.name / path.name, export.folder / table.name / f"{on(1)}.parquet")
                settle(export.folder / table.name / f"{on(1)}.parquet")
        with pytest.raises(ContractBroken, match=r"keeps individual\.birth_date as double, which is not a date"):
            extract(source_of(export), landing)


def csv_of(tmp_path: Path, store: Store, **columns: bytes) -> bytes:
    """The people as a CSV, with raw bytes in the place of some values of the first one."""
    whole = Export(tmp_path / "plain", "csv")
    whole.write(store, on(0))
    path = next((whole.folder / "individual").iterdir())
    lines = path.read_bytes().split(b"\n")
    names = [name.strip(b'"').decode() for name in lines[0].split(b",")]
    first = lines[1].split(b",")
    for name, raw in columns.items():
        first[names.index(name)] = raw
    return b"\n".join([lines[0], b",".join(first), *lines[2:]])


def dirty(tmp_path: Path, store: Store, content: bytes) -> Export:
    export = Export(tmp_path / "out", "csv")
    export.write(store, on(0))
    path = export.folder / "individual" / f"{on(0)}.csv"
    path.write_bytes(content)
    settle(path)
    return export


@pytest.mark.parametrize(
    ("column", "raw"),
    [
        ("birth_date", b"1990-02-31"),
        ("birth_date", b"\xff\xfe"),
        ("phone", b"caf\xe9"),
        ("has_photo", b"perhaps"),
        ("created_on", b"yesterday"),
        ("business_unit_id", b""),
        ("modified_on", b"99999-01-01 00:00:00"),
    ],
)
def test_a_value_that_cannot_be_read_lands_as_damaged(
    tmp_path: Path, store: Store, landing: Landing, column: str, raw: bytes
) -> None:
    export = dirty(tmp_path, store, csv_of(tmp_path, store, **{column: raw}))
    batch = extract(source_of(export), landing)
    assert batch is not None
    rows = {row["individual_id"]: row for row in landed(batch, "individual")}
    assert len(rows) == 5 and rows["p0"][column] is None and rows["p0"]["damaged"] == column
    assert all(row["damaged"] is None for key, row in rows.items() if key != "p0")
    assert [(one.table, one.column, one.rows) for one in batch.damaged] == [("individual", column, 1)]


def test_lines_that_are_no_rows_are_set_aside_and_delete_nobody(tmp_path: Path, store: Store, landing: Landing) -> None:
    content = csv_of(tmp_path, store)
    export = dirty(tmp_path, store, content)
    extract(source_of(export), landing)
    lines = content.split(b"\n")
    export.write(store, on(1))
    path = export.folder / "individual" / f"{on(1)}.csv"
    # the line of one person is cut, that of another has no key, and one is there twice
    path.write_bytes(b"\n".join([lines[0], b'"p0","803', lines[2].replace(b'"p1"', b"", 1), lines[3], *lines[3:]]))
    settle(path)
    batch = extract(source_of(export), landing)
    assert batch is not None
    assert len(people_of(landing)) == 5, "nobody is taken as deleted"
    words = " ".join(batch.notes)
    assert "nothing that is missing there is taken as deleted" in words and "set aside" in words
    assert "1 rows whose key a later row has too" in words
    assert SENTINEL not in words


def test_encodings(tmp_path: Path, store: Store, landing: Landing) -> None:
    with store.write() as writer:
        writer.update("individual", [{"individual_id": "p0", "given_name": "José Núñez"}])
    export = dirty(tmp_path, store, csv_of(tmp_path, store).decode().encode("cp1252"))
    batch = extract(source_of(export, encoding="cp1252"), landing)
    assert batch is not None and landed(batch, "individual")[0]["given_name"] == "José Núñez"
    for encoding, match in (
        ("klingon", "nobody knows the encoding"),
        ("utf-16", "not in the encoding|ends in the middle"),
    ):
        with pytest.raises((SourceUnavailable, ContractBroken), match=match):
            extract(source_of(export, encoding=encoding), Landing(tmp_path / encoding))


def test_two_files_of_a_day_and_names_that_are_none(store: Store, export: Export, landing: Landing) -> None:
    export.write(store, on(0))
    for name in ("readme.txt", "2022-02-31.csv", "people.csv"):
        (export.folder / "individual" / name).write_text("x\n")
    batch = extract(source_of(export), landing)
    assert batch is not None and "3 files are no dated files" in " ".join(batch.notes)
    other = "csv" if export.form == "parquet" else "parquet"
    (export.folder / "individual" / f"{on(0)}.{other}").write_text("x\n")
    with pytest.raises(ContractBroken, match="two files of"):
        extract(source_of(export), landing)


def test_a_file_of_a_kind_that_it_is_not(tmp_path: Path, store: Store, landing: Landing) -> None:
    export = Export(tmp_path / "out")
    export.write(store, on(0))
    path = export.folder / "individual" / f"{on(0)}.parquet"
    path.write_bytes(b"PAR1" + SENTINEL.encode() * 100 + b"PAR1")
    settle(path)
    with pytest.raises(SourceUnavailable, match=r"Reading individual/2022-01-03\.parquet failed") as refusal:
        extract(source_of(export), landing)
    assert SENTINEL not in str(refusal.value)
    pq.write_table(pa.table({"a": [1]}), path)
    settle(path)
    with pytest.raises(ContractBroken, match="no column individual"):
        extract(source_of(export), landing)


def test_the_doctor_tells_what_is_missing(store: Store, export: Export) -> None:
    doctor = lambda: {one.what: (one.state, one.mend) for one in adapter_of(source_of(export)).doctor()}  # noqa: E731
    assert any(state == "missing" for state, _ in doctor().values())
    export.write(store, on(0))
    (export.folder).chmod(0o700)
    assert {state for state, _ in doctor().values()} == {"ok"}
    shutil.rmtree(export.folder / "permission")
    assert any("no file of permission" in mend for state, mend in doctor().values() if state == "missing")
