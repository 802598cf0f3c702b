"""Codes lie as enums in the published figures, and nobody who asks can tell them from texts."""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import datetime
from pathlib import Path

import duckdb
import figures
import pyarrow as pa
import pytest
from sqlglot import parse_one

from dataport.checking import check_home
from dataport.engines.duckdb import DuckDB
from dataport.engines.duckdb.cube_rows import active_persons
from dataport.landing import Landing
from dataport.warehouse import narrow as layout
from dataport.warehouse.bases import base_of, log_of
from dataport.warehouse.build import Build, build
from dataport.warehouse.dbt import Limits
from dataport.warehouse.narrow import narrow
from dataport.warehouse.opening import opened
from dataport.warehouse.sealed import open_sealed
from dataport.warehouse.working import RunPlan, Working
from tests.warehouse import stories
from tests.warehouse.conftest import World, as_texts, checksums
from tests.warehouse.landings import Writer

MADE = """
create table fct_a (k bigint not null, sex_code varchar, other_code varchar, occupation_code varchar, said text[]);
create table fct_b as select sex_code, other_code from fct_a;
create table dim_a as select other_code from fct_a;
create view seen as from fct_a;
insert into fct_a select range, case range % 3 when 0 then 'F' when 1 then 'M' end,
    (['b', 'B', 'é', 'O''x', '', 'z, y', 'a' || chr(0) || 'b', '{{ x }} %s'])[range % 9 + 1], '1', ['F']
    from range(1000);
insert into fct_b values ('X', 'only here');
insert into dim_a from (select other_code from fct_a);
"""


@pytest.fixture(autouse=True)
def however_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "LEAST_ROWS", 0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    with opened(tmp_path / "figures.duckdb") as made:
        made.execute(MADE)
    return tmp_path / "figures.duckdb"


def kinds(path: Path) -> dict[tuple[str, str], str]:
    with opened(path, read_only=True) as read:
        return {
            (table, column): kind
            for table, column, kind in read.execute(
                "select table_name, column_name, data_type from duckdb_columns() where not internal"
            ).fetchall()
        }


def contents(path: Path) -> list[list[tuple[object, ...]]]:
    with opened(path, read_only=True) as read:
        return [read.execute(f"from {table}").fetchall() for table in ("fct_a", "fct_b", "dim_a", "seen")]


def test_columns_of_one_name_become_one_enum_and_every_row_stays_where_it_is(file: Path) -> None:
    before = contents(file)
    (file.parent / ".partial-figures.duckdb").write_text("left by a run that was killed")
    assert narrow(file, Limits(1)) and contents(file) == before
    found = kinds(file)
    assert found["fct_a", "other_code"] == found["fct_b", "other_code"]
    assert found["fct_a", "sex_code"] == "ENUM('F', 'M', 'X')"
    assert found["dim_a", "other_code"] == found["fct_a", "occupation_code"] == "VARCHAR"
    assert found["fct_a", "said"] == "VARCHAR[]"
    with opened(file) as written, pytest.raises(duckdb.ConstraintException):
        written.execute("insert into fct_a (k) values (null)")
    assert [one.name for one in file.parent.iterdir()] == ["figures.duckdb"]
    assert not narrow(file, Limits(1)), "it has them already"


def test_a_code_that_is_new_writes_the_columns_of_its_name_alone(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert narrow(file, Limits(1))
    with opened(file) as written:
        for column in ("other_code", "occupation_code"):
            written.execute(f"alter table fct_a alter column {column} set data type varchar")
            written.execute(f"comment on column fct_a.{column} is 'widened'")
        written.execute("update fct_a set other_code = 'brand-new' where k = 7")
    before = contents(file)

    def stop(_: duckdb.DuckDBPyConnection, database: str, column: layout._Column, types: dict[str, str]) -> None:
        if column.table == "fct_b":
            raise KeyboardInterrupt
        retype(_, database, column, types)

    retype = layout._retype
    monkeypatch.setattr(layout, "_retype", stop)
    with pytest.raises(KeyboardInterrupt):
        narrow(file, Limits(1))
    assert contents(file) == before and kinds(file)["fct_a", "other_code"] == "VARCHAR", "all of them or none"
    monkeypatch.setattr(layout, "_retype", retype)
    monkeypatch.setattr(layout, "copy_as", None)
    assert narrow(file, Limits(1)) and contents(file) == before
    found = kinds(file)
    assert (
        "'brand-new'" in found["fct_a", "other_code"] and found["fct_a", "other_code"] == found["fct_b", "other_code"]
    )
    assert found["fct_a", "sex_code"] == "ENUM('F', 'M', 'X')"
    with opened(file, read_only=True) as read:
        assert not layout.costs_to_open(read)
    assert not narrow(file, Limits(1)), "it has them already"


def test_members_stand_in_the_order_of_texts(file: Path) -> None:
    asked = "select distinct other_code as o from fct_a order by o nulls last"
    with opened(file, read_only=True) as read:
        as_text = read.execute(asked).fetchall()
    assert narrow(file, Limits(1))
    with opened(file, read_only=True) as read:
        assert read.execute(asked).fetchall() == as_text
        higher = read.execute("select count(*) from fct_a where other_code > 'a'").fetchall()
    assert higher == [(sum(1 for [*_, row] in [*contents(file)[2]] if row is not None and row > "a"),)]


def test_a_small_file_stays_as_it_is(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "LEAST_ROWS", 1001)
    before = file.read_bytes()
    assert not narrow(file, Limits(1)) and file.read_bytes() == before


def test_more_members_than_two_bytes_number_stay_texts(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "MOST_MEMBERS", 4)
    assert narrow(file, Limits(1))
    assert kinds(file)["fct_a", "other_code"] == "VARCHAR" and kinds(file)["fct_a", "sex_code"].startswith("ENUM")


def test_a_killed_run_leaves_the_file_as_it_was(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = file.read_bytes()
    monkeypatch.setattr(layout, "rename", stop)
    with pytest.raises(KeyboardInterrupt):
        narrow(file, Limits(1))
    assert file.read_bytes() == before
    monkeypatch.undo()
    monkeypatch.setattr(layout, "LEAST_ROWS", 0)
    assert narrow(file, Limits(1))


def test_an_answer_holds_texts(file: Path) -> None:
    assert narrow(file, Limits(1))
    engine = DuckDB(open_sealed(file))
    tree = parse_one(
        "select sex_code, max(sex_code) as m, count(*) as n from fct_a group by 1 order by 1", dialect="duckdb"
    )
    rows = engine.run(tree, {})
    assert [str(kind) for kind in rows.schema.types] == ["string", "string", "int64"]
    assert rows.column("sex_code").to_pylist() == ["F", "M", None]
    with closing(engine.stream(tree, {}, 10)) as stream:
        assert stream.schema == rows.schema and stream.read_all() == rows
    engine.close()


def rows_in(path: Path) -> list[tuple[object, ...]]:
    with opened(path, read_only=True) as read:
        return read.execute(f"select {as_texts(read, 'fct_population')} from fct_population order by all").fetchall()


def codes(done: Build) -> dict[str, str]:
    return codes_in(done.published.figures)


def codes_in(path: Path) -> dict[str, str]:
    found = kinds(path)
    return {name: kind for (table, name), kind in found.items() if table == "fct_population" and name.endswith("_code")}


def test_a_code_that_a_refresh_brings_makes_its_column_a_text_and_every_number_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some batches; then the others with codes of no list: where a text is dear to open, where it is not, at once."""
    writer = Writer(tmp_path / "dear" / "landing")
    stories.land(writer, 1, 2)
    first = build(*stories.home(tmp_path / "dear"))
    assert codes(first)["sex_code"].startswith("ENUM(") and codes(first)["occupation_code"] == "VARCHAR"
    stories.land(writer, 3, 5)
    odd = {"sex_code": "no-such", "legal_status_code": "it's none", "business_unit_id": "BU-9"}
    met = stories.person("met-late", datetime(2022, 3, 3), **odd)
    writer.land(datetime(2022, 3, 4), [met, stories.person("quiet", datetime(2022, 3, 3), location_code="nowhere")])
    shutil.copytree(tmp_path / "dear", tmp_path / "cheap")
    shutil.copytree(tmp_path / "dear" / "landing", tmp_path / "once" / "landing")
    dear = build(*stories.home(tmp_path / "dear"))
    monkeypatch.setattr(layout, "LEAST_ROWS", 10_000)
    cheap, once = build(*stories.home(tmp_path / "cheap")), build(*stories.home(tmp_path / "once"))

    assert checksums(dear) == checksums(cheap) == checksums(once)
    assert all(kind.startswith("ENUM(") for name, kind in codes(dear).items() if name != "occupation_code")
    assert "'it''s none'" in codes(dear)["legal_status_code"]
    assert {codes(cheap)[name] for name in ("sex_code", "legal_status_code")} == {"VARCHAR"}, "in the log alone"
    assert codes(cheap)["marital_status_code"].startswith("ENUM(")
    assert set(codes(once).values()) == {"VARCHAR"}, "nothing is to be gained in a small file"
    assert log_of(cheap.published.figures).is_file() and not log_of(dear.published.figures).exists()
    assert check_home(tmp_path / "dear" / "published", must_exist=True) == (), "an enum keeps what is promised as text"


def test_the_cube_reads_codes_as_texts_however_they_lie(tmp_path: Path) -> None:
    """Arrow numbers the members of an enum by their place in it, and the texts of a batch as they come."""
    people = figures.world("individual_key | sex_code | marital_status_code\n1 | F | MA\n2 | - | -\n3 | M | SN")
    path = figures.write_figures(tmp_path / "figures.duckdb", people)
    with opened(path) as file:
        file.execute("alter table dim_place add column country_code varchar")
    assert kinds(path)["fct_population", "sex_code"] == "ENUM('F', 'M')"
    rows = active_persons(path, figures.WATERMARK, ["DS"], has_links=False, threads=1)
    assert rows.column("sex").to_pylist() == ["F", None, "M"]
    assert rows.column("marital_status").to_pylist() == ["MA", None, "SN"]
    assert all(rows.schema.field(name).type.index_type == pa.int32() for name in ("unit", "sex", "location"))


def test_a_home_of_the_earlier_layout_gets_narrow_types_with_its_next_base(world: World, tmp_path: Path) -> None:
    home = shutil.copytree(world.home, tmp_path / "home")
    working, batches = Working(home / "warehouse" / "work"), Landing(home / "landing").batches()
    own, before = working.path("figures"), rows_in(working.path("figures"))
    assert set(codes_in(own).values()) == {"VARCHAR"}
    done = frozenset(one.number for one in batches)
    working.seal(RunPlan(5, datetime(2022, 3, 3), batches, frozenset(), False, done), (), ())
    assert codes_in(own)["sex_code"].startswith("ENUM(") and rows_in(own) == before
    assert working.applied("figures") == done and not log_of(own).exists() and base_of(own) is None


def test_rows_that_have_ended_stand_before_those_that_hold_and_otherwise_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "figures.duckdb"
    with duckdb.connect(str(path)) as made:
        made.execute(
            "create table fct_a as select i as k, 'x' || i % 3 as code, case "
            "when i % 3 = 0 then timestamp '2022-01-01' when i % 7 <> 0 then timestamp '9999-12-31' end as valid_to "
            "from range(30) as t(i)"
        )
        kept = [k for (k,) in made.execute("select k from fct_a").fetchall()]
    monkey = pytest.MonkeyPatch()
    monkey.setattr(layout, "LEAST_ROWS", 0)
    assert narrow(path, Limits(1))
    monkey.undo()
    with opened(path, read_only=True) as read:
        found = read.execute("select k, valid_to >= timestamp '9999-01-01' from fct_a").fetchall()
    assert [k for k, holds in found if holds] == [k for k in kept if k % 3 and k % 7]
    assert [k for k, holds in found] == [k for k, holds in found if not holds] + [k for k, holds in found if holds]
    assert len(found) == len(kept), "rows of which nobody knows when they end are there too"
