"""What a server would leave out without a word, and what an account may not read: refused, and said as what it is."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from people import all_landed, person

from dataport.errors import ContractBroken, PrivilegeMissing, SourceUnavailable
from dataport.extract import Source, extract, extract_grants, reconcile
from dataport.landing import Landing
from dataport.store import connect

SECRET = "reader-secret"


def account(url: str) -> str:
    """An account of a database's own: accounts belong to the server, which other tests use too."""
    return f"reader_of_{url.rsplit('/', 1)[1]}"


@pytest.fixture
def reader(postgres_url: str) -> Iterator[Source]:
    """A store with three people, and an account that may read its tables and nothing else."""
    with closing(connect(postgres_url)) as store:
        store.create()
        store.arm()
        with store.write() as writer:
            writer.insert("individual", [person(key) for key in "abc"])
    with psycopg.connect(postgres_url, autocommit=True) as server:
        name = account(postgres_url)
        server.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{SECRET}'")
        server.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}")
    yield Source("main", "postgres", re.sub(r"//[^@]*@", f"//{name}:{SECRET}@", postgres_url))
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"DROP OWNED BY {name} CASCADE")
        server.execute(f"DROP ROLE {name}")


def administer(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as server:
        for statement in statements:
            server.execute(statement)


POLICY = "CREATE POLICY ken ON individual FOR SELECT USING (individual_id <> 'b')"


@pytest.mark.postgres
def test_a_plain_reader_reads_everything(reader: Source, landing: Landing) -> None:
    assert extract(reader, landing) is not None
    assert extract_grants(reader, landing).number == 1
    assert reconcile(reader, landing).differences == 0
    assert len(all_landed(landing, "individual")) == 3


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["individual", "individual_journal", "tombstone"])
def test_row_level_security_is_refused_not_obeyed(
    postgres_url: str, reader: Source, landing: Landing, table: str
) -> None:
    secure = f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    administer(postgres_url, secure, f"CREATE POLICY few ON {table} FOR SELECT USING (false)")
    for work in (extract, reconcile):
        with pytest.raises(PrivilegeMissing, match=rf"Row-level security on {table} hides rows.*BYPASSRLS"):
            work(reader, landing)
    assert landing.batches() == ()
    # permissions are read by themselves
    assert extract_grants(reader, landing).number == 1
    administer(postgres_url, f"ALTER ROLE {account(postgres_url)} BYPASSRLS")
    try:
        assert extract(reader, landing) is not None
    finally:
        administer(postgres_url, f"ALTER ROLE {account(postgres_url)} NOBYPASSRLS")
    assert len(all_landed(landing, "individual")) == 3


@pytest.mark.postgres
def test_row_level_security_that_comes_between_two_windows(postgres_url: str, reader: Source, landing: Landing) -> None:
    extract(reader, landing)
    administer(postgres_url, "ALTER TABLE individual ENABLE ROW LEVEL SECURITY", POLICY)
    with pytest.raises(PrivilegeMissing, match="Row-level security on individual"):
        reconcile(reader, landing)
    assert len(landing.batches()) == 1


@pytest.mark.postgres
def test_row_level_security_on_permissions_is_refused_too(postgres_url: str, reader: Source, landing: Landing) -> None:
    administer(postgres_url, "ALTER TABLE user_role ENABLE ROW LEVEL SECURITY")
    with pytest.raises(PrivilegeMissing, match="Row-level security on user_role"):
        extract_grants(reader, landing)


@pytest.mark.postgres
def test_the_owner_whom_security_is_forced_on(postgres_url: str, reader: Source, landing: Landing) -> None:
    administer(
        postgres_url,
        f"ALTER TABLE individual OWNER TO {account(postgres_url)}",
        "ALTER TABLE individual ENABLE ROW LEVEL SECURITY",
    )
    assert extract(reader, landing) is not None  # an owner is exempt
    administer(postgres_url, "ALTER TABLE individual FORCE ROW LEVEL SECURITY")
    with pytest.raises(PrivilegeMissing, match="Row-level security on individual"):
        extract(reader, landing)
    administer(postgres_url, "ALTER TABLE individual OWNER TO dataport")


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("taken", "said"),
    [
        (["REVOKE SELECT ON address FROM {0}"], r"may not read address of.*GRANT SELECT ON \"public\".\"address\" TO"),
        (["REVOKE SELECT ON address, event_journal FROM {0}"], r"may not read address, event_journal of"),
        (["REVOKE SELECT ON clock FROM {0}"], r"may not read clock of"),
        (
            ["REVOKE SELECT ON individual FROM {0}", "GRANT SELECT (individual_id, change_no) ON individual TO {0}"],
            r"may not read individual\.individual_no, former_no.*GRANT SELECT \(\"individual_no\", ",
        ),
        (["REVOKE USAGE ON SCHEMA public FROM PUBLIC"], r"may not use the schema.*GRANT USAGE ON SCHEMA \"public\" TO"),
    ],
    ids=["table", "tables", "control", "columns", "schema"],
)
def test_a_missing_privilege_is_said_as_one(
    postgres_url: str, reader: Source, landing: Landing, taken: list[str], said: str
) -> None:
    administer(postgres_url, *(statement.format(account(postgres_url)) for statement in taken))
    with pytest.raises(PrivilegeMissing, match=said) as caught:
        extract(reader, landing)
    assert account(postgres_url) in str(caught.value) and SECRET not in str(caught.value)
    assert landing.batches() == ()


@pytest.mark.postgres
@pytest.mark.parametrize("shadow", ["VIEW", "MATERIALIZED VIEW"])
def test_a_view_in_a_table_s_place_is_refused(postgres_url: str, reader: Source, landing: Landing, shadow: str) -> None:
    administer(
        postgres_url,
        "ALTER TABLE individual RENAME TO individual_all",
        f"CREATE {shadow} individual AS SELECT * FROM individual_all WHERE individual_id <> 'b'",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {account(postgres_url)}",
    )
    with pytest.raises(ContractBroken, match="has a view in the place of the table individual"):
        extract(reader, landing)


@pytest.mark.postgres
def test_another_schema_s_table_of_that_name_shadows_nothing(
    postgres_url: str, reader: Source, landing: Landing
) -> None:
    administer(
        postgres_url,
        f"CREATE SCHEMA {account(postgres_url)} AUTHORIZATION {account(postgres_url)}",
        f"CREATE TABLE {account(postgres_url)}.individual AS SELECT * FROM individual WHERE individual_id = 'a'",
        f"CREATE VIEW {account(postgres_url)}.event AS SELECT * FROM event",
        f"ALTER TABLE {account(postgres_url)}.individual OWNER TO {account(postgres_url)}",
    )
    extract(reader, landing)
    assert len(all_landed(landing, "individual")) == 3


@pytest.mark.postgres
def test_a_partition_kept_elsewhere_is_refused(postgres_url: str, reader: Source, landing: Landing) -> None:
    try:
        administer(postgres_url, "CREATE EXTENSION postgres_fdw")
    except psycopg.Error:
        pytest.skip("the server has no foreign data wrapper")
    administer(
        postgres_url,
        "CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw",
        "CREATE FOREIGN TABLE individual_part () INHERITS (individual) SERVER elsewhere",
    )
    with pytest.raises(ContractBroken, match="has a foreign table in the place of the table individual"):
        extract(reader, landing)


@pytest.mark.postgres
def test_a_store_that_the_search_path_does_not_lead_to(postgres_url: str, reader: Source, landing: Landing) -> None:
    database = postgres_url.rsplit("/", 1)[1]
    administer(postgres_url, f"ALTER ROLE {account(postgres_url)} IN DATABASE {database} SET search_path = nowhere")
    with pytest.raises(SourceUnavailable, match=r"in the schema 'public'.*add|Add \?options=-csearch_path%3Dpublic"):
        extract(reader, landing)
    named = Source("main", "postgres", reader.url + "?options=-csearch_path%3Dpublic")
    assert extract(named, landing) is not None


@pytest.mark.postgres
def test_a_reading_that_the_server_ends_is_said_as_that(postgres_url: str, reader: Source, landing: Landing) -> None:
    administer(postgres_url, f"ALTER ROLE {account(postgres_url)} SET statement_timeout = '1ms'")
    try:
        with pytest.raises(SourceUnavailable, match=r"broke off: the server ended it, by its statement_timeout"):
            for _ in range(20):
                extract(reader, landing)
    finally:
        administer(postgres_url, f"ALTER ROLE {account(postgres_url)} RESET statement_timeout")


@pytest.mark.parametrize(
    "shadow",
    ["CREATE VIEW individual AS SELECT * FROM individual_all", "CREATE VIRTUAL TABLE individual USING fts5(x)"],
)
def test_a_view_in_a_sqlite_file_is_refused(tmp_path: Path, landing: Landing, shadow: str) -> None:
    source = Source("main", "sqlite", f"sqlite://{tmp_path}/store.sqlite")
    with closing(connect(source.url)) as store:
        store.create()
        store.arm()
    with closing(sqlite3.connect(tmp_path / "store.sqlite")) as file:
        file.execute("ALTER TABLE individual RENAME TO individual_all")
        file.execute(shadow)
        file.commit()
    with pytest.raises(ContractBroken, match="has a view in the place of the table individual"):
        extract(source, landing)
