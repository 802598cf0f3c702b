"""What stands in one place and not in the other is found before a build, with its line: one planted of each kind."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from dataport.checking import Finding, check_file, check_project, project
from dataport.cli.main import main
from dataport.dictionary import seeds
from dataport.errors import WrongRequest

ROOT = Path(__file__).resolve().parents[2]
DEFINED = "dataport/semantic/definitions/registration"
SHOP = ROOT / "tests" / "shop"


@dataclass(frozen=True, slots=True)
class Planted:
    """A disagreement: what is changed in a file, and what must be found, in which file and at which words."""

    file: str
    old: str
    new: str
    kind: str
    said: str
    at: tuple[str, str]  # a file, and the line in it as text; the first that begins so


STAGED = "    cast(phone as varchar) as phone,\n"
PLANTED = {
    "a field of the store that no model reads": Planted(
        "dataport/store/schema.py", "has_photo:boolean", "shoe_size:integer has_photo:boolean",
        "field", "individual.shoe_size is not read by stg_registration__individuals",
        ("dataport/store/schema.py", '            "shoe_size:integer has_photo:boolean'),
    ),
    "a field that the store does not have": Planted(
        "models/staging/stg_registration__documents.sql", "cast(number as varchar)", "cast(numbr as varchar)",
        "field", "reads 'numbr', which the store's table 'document' does not have",
        ("models/staging/stg_registration__documents.sql", "    cast(numbr"),
    ),
    "a field of another type than the store's": Planted(
        "models/staging/stg_registration__assistance.sql", "cast(quantity as bigint)", "cast(quantity as varchar)",
        "type", "reads 'quantity' as text, which the store has as integer",
        ("models/staging/stg_registration__assistance.sql", "    cast(quantity"),
    ),
    "a table of the store that is not landed": Planted(
        "models/staging/sources.yml", "      - name: address\n", "",
        "table", "The store's table 'address' is not among what dbt reads",
        ("dataport/store/schema.py", '        "address",'),
    ),
    "a landed table that the store does not have": Planted(
        "models/staging/sources.yml", "      - name: country\n", "      - name: country\n      - name: visit\n",
        "table", "The store has no table 'visit'",
        ("models/staging/sources.yml", "      - name: visit"),
    ),
    "a column that is yielded and not promised": Planted(
        "models/marts/core/fct_document.sql", "    s.is_valid,\n", "    s.is_valid,\n    s.is_valid as is_fine,\n",
        "field", "fct_document yields 'is_fine', which its contract does not state",
        ("models/marts/core/fct_document.yml", "  - name: fct_document"),
    ),
    "a column that is promised and not yielded": Planted(
        "models/marts/core/dimensions.yml", "      - name: isced_level\n", "      - name: isced_levl\n",
        "field", "The contract of dim_education states 'isced_levl'",
        ("models/marts/core/dimensions.yml", "      - name: isced_levl"),
    ),
    "a type that is promised and another one yielded": Planted(
        "models/marts/core/fct_specific_need.yml", "      - name: identified_date\n        data_type: date",
        "      - name: identified_date\n        data_type: varchar",
        "type", "fct_specific_need.identified_date is varchar in its contract and date in its SQL",
        ("models/marts/core/fct_specific_need.yml", "      - name: identified_date"),
    ),
    "a column that a model names and none of its tables has": Planted(
        "models/intermediate/int_population__split.sql", "individual_key", "individual_kee",
        "field", "int_population__split names the column 'individual_kee', which no table that it reads has",
        ("models/intermediate/int_population__split.sql", ""),
    ),
    "an attribute of histories that nothing gives": Planted(
        "macros/population.sql", "    i.arrival_date,\n", "",
        "field", "int_population__stretched names the column 'arrival_date', which no table that it reads has",
        ("macros/population.sql", "        'registration_date', 'arrival_date'"),
    ),
    "a model that is read and not there": Planted(
        "models/marts/core/dim_country.sql", "ref('bureau')", "ref('buro')",
        "model", "dim_country reads 'buro', which is neither a model nor a seed",
        ("models/marts/core/dim_country.sql", "left join {{ ref('buro')"),
    ),
    "a seed that dbt does not load": Planted(
        "models/marts/core/dim_occupation.sql", "ref('occupation_major_group')", "ref('disclosure_limit')",
        "seed", "reads the seed 'disclosure_limit', which dbt does not load",
        ("models/marts/core/dim_occupation.sql", "left join {{ ref('disclosure_limit')"),
    ),
    "a contract without a model": Planted(
        "models/keys/maps.yml", "  - name: map_document\n", "  - name: map_paper\n",
        "model", "There is a contract of 'map_paper', and no such model",
        ("models/keys/maps.yml", "  - name: map_paper"),
    ),
    "a field of which nothing says how sensitive it is": Planted(
        "seeds/field_sensitivity.csv", "birth_city,detail,\n", "",
        "sensitivity", "how sensitive dim_individual.birth_city is",
        ("models/marts/records/dim_individual.yml", "      - name: birth_city"),
    ),
    "a sensitivity of no field": Planted(
        "seeds/field_sensitivity.csv", "phone,direct,\n", "phone,direct,\nfax,direct,\n",
        "sensitivity", "No published table has the field 'fax'",
        ("seeds/field_sensitivity.csv", "fax,"),
    ),
    "a field that has no place in the figures": Planted(
        "seeds/field_sensitivity.csv", "need_code,T2,need", "need_code,detail,need",
        "sensitivity", "fct_specific_need.need_code is detail, which has no place in the figures",
        ("models/marts/core/fct_specific_need.yml", "      - name: need_code"),
    ),
    "a code list that there is not": Planted(
        "seeds/field_sensitivity.csv", "religion_code,T2,religion", "religion_code,T2,faith",
        "code list", "religion_code has the code list 'faith', which no seed holds",
        ("seeds/field_sensitivity.csv", "religion_code,"),
    ),
    "a code list of a data test that is another": Planted(
        "models/marts/core/fct_document.yml", "code_list: document_type", "code_list: document_status",
        "code list", "holds document_type_code to the code list 'document_status'",
        ("models/marts/core/fct_document.yml", "                code_list: document_status"),
    ),
    "a code list of a breakdown that is another": Planted(
        f"{DEFINED}/levels.yml", "code_list: assistance_sector", "code_list: assistance_type",
        "code list", "The breakdown 'assistance_sector' holds sector_code to the code list 'assistance_type'",
        (f"{DEFINED}/levels.yml", "    code_list: assistance_type"),
    ),
    "a code list of a breakdown that there is not": Planted(
        f"{DEFINED}/levels.yml", "code_list: document_type", "code_list: document_kind",
        "code list", "The breakdown 'document_type' has the code list 'document_kind'",
        (f"{DEFINED}/levels.yml", "    code_list: document_kind"),
    ),
    "a column that only a data test names": Planted(
        "models/marts/core/fct_group.yml", "              - group_key\n", "              - group_kee\n",
        "field", "A data test of fct_group names 'group_kee'",
        ("models/marts/core/fct_group.yml", "              - group_kee"),
    ),
    "a code in a model that its list does not have": Planted(
        "models/intermediate/int_population__stretched.sql", "n.need_status_code = 'A'", "n.need_status_code = 'X'",
        "code", "speaks of need_status_code 'X', which is not in the code list 'need_status'",
        ("models/intermediate/int_population__stretched.sql", "    where not n.is_deleted and n.need_status"),
    ),
    "a code in a macro that its list does not have": Planted(
        "macros/population.sql", "entry_channel_code = 'migration'", "entry_channel_code = 'moved_here'",
        "code", "speaks of entry_channel_code 'moved_here'",
        ("macros/population.sql", "        when {{ version }}.batch_number"),
    ),
    "a code in an indicator that its list does not have": Planted(
        f"{DEFINED}/flows.yml", "where: event_type = 'death'}", "where: event_type = 'deth'}",
        "code", "deaths compares 'event_type' with 'deth', .* Did you mean death",
        (f"{DEFINED}/flows.yml", "    flow: {fact: registration_events, axis: recorded_at, where: event_type = 'deth'"),
    ),
    "a code in a seed that its list does not have": Planted(
        "seeds/country.csv", "AFG,AFG,Afghanistan,ASP", "AFG,AFG,Afghanistan,AS",
        "code", "country.csv speaks of bureau_code 'AS'",
        ("seeds/country.csv", "AFG,"),
    ),
    "a new code of which nothing says how it is counted": Planted(
        "seeds/code_value.csv", "legal_status,REF,", "legal_status,NEW,New,0,false\nlegal_status,REF,",
        "code", "does not say of the legal_status 'NEW' which population type it is counted as",
        ("seeds/code_value.csv", "legal_status,NEW"),
    ),
    "a new kind of event that is no cause": Planted(
        "seeds/code_value.csv", "event_type,birth,", "event_type,wedding,Wedding,99,false\nevent_type,birth,",
        "code", "does not say of the event_type 'wedding' which cause of a change it is",
        ("seeds/code_value.csv", "event_type,wedding"),
    ),
    "a new need of no family": Planted(
        "seeds/code_value.csv", "need,CR-AF,", "need,ZZ-AF,by mistake,0,false\nneed,CR-AF,",
        "code", "The need 'ZZ-AF' begins like no code of 'need_category'",
        ("seeds/code_value.csv", "need,ZZ-AF"),
    ),
    "a value that its data test does not accept": Planted(
        "models/marts/core/fct_verification.sql", "then 'no_show'", "then 'absent'",
        "code", "yields 'absent' in outcome_code, which its data test does not accept",
        ("models/marts/core/fct_verification.sql", "        when v.event_type_code = 'inactivation' then 'absent'"),
    ),
    "bits in another order": Planted(
        f"{DEFINED}/model.yml", "sex_code, birth_date, age_group_code", "birth_date, sex_code, age_group_code",
        "bit", "Bit 10 of a change is 'sex_code' where it is written .* and 'birth_date' where the fact 'population'",
        (f"{DEFINED}/model.yml", "           birth_date, sex_code"),
    ),
    "a rollup without a column that it is counted by": Planted(
        "macros/rollups.sql",
        "'population_type_code',\n                'process_status_code', 'sex_code'",
        "'population_type_code',\n                'place_id', 'process_status_code', 'sex_code'",
        "field", "The rollup 'population_steps' does not state 'place_id'",
        (f"{DEFINED}/model.yml", "  population_steps:"),
    ),
    "a rollup that states what it does not count apart": Planted(
        "macros/rollups.sql", "person_kpis() + ['is_complete']", "person_kpis()",
        "field", "The rollup 'quality_steps' states 'is_complete', which the macro rollups has not among its flags",
        (f"{DEFINED}/model.yml", "  quality_steps:"),
    ),
    "a flag of a rollup that its table does not count": Planted(
        f"{DEFINED}/model.yml", "k29, k30, k31, is_complete]", "k29, k30, k31, is_complete, filled]",
        "field", "rollup_quality_steps has no column 'filled_true'",
        (f"{DEFINED}/model.yml", "       k22, k23, k27, k28, k29, k30, k31, is_complete, filled]"),
    ),
    "a cause that is no movement": Planted(
        "seeds/boundary_cause.csv", "onboarded,40,", "evacuated,39,transfer,inner,taken elsewhere\nonboarded,40,",
        "cause", "The cause 'evacuated' is no movement",
        ("seeds/boundary_cause.csv", "evacuated,"),
    ),
    "a movement that is no cause": Planted(
        f"{DEFINED}/movements.yml", "  reorganised: {}\n", "  reorganised: {}\n  vanished: {}\n",
        "cause", "The movement 'vanished' is no cause",
        (f"{DEFINED}/movements.yml", "  vanished:"),
    ),
    "a cause that nobody gives": Planted(
        "seeds/boundary_cause.csv", "restored,30,,start,", "brought_back,30,,start,",
        "cause", "No model gives the cause 'brought_back', and no kind of event is it",
        ("seeds/boundary_cause.csv", "brought_back,"),
    ),
    "a cause in a model that the seed does not have": Planted(
        "models/marts/core/dim_place.sql", "then 'reorganised'", "then 'regrouped'",
        "code", "speaks of start_cause_code 'regrouped', which is not in seeds/boundary_cause.csv",
        ("models/marts/core/dim_place.sql", "            then 'regrouped'"),
    ),
    "an edge that is none": Planted(
        f"{DEFINED}/movements.yml", "{adds: onboarded, edge: beginning}", "{adds: onboarded, edge: ending}",
        "cause", "The movement 'onboarded' is at the 'ending'; in the seed its boundary is 'start'",
        (f"{DEFINED}/movements.yml", "  onboarded:"),
    ),
    "a change that its movement does not explain": Planted(
        f"{DEFINED}/movements.yml", "accommodation_code, settlement_code]", "accommodation_code]",
        "cause", "takes a change of 'settlement_code' for 'moved', whose movement does not explain it",
        (f"{DEFINED}/movements.yml", "    explains: [business_unit_id"),
    ),
    "an explanation that no history holds": Planted(
        f"{DEFINED}/movements.yml", "{explains: [has_specific_need]}", "{explains: [has_need]}",
        "cause", "The movement 'need_changed' explains 'has_need'",
        (f"{DEFINED}/movements.yml", "  need_changed:"),
    ),
    "a breakdown without its column": Planted(
        f"{DEFINED}/levels.yml", "on: {population: settlement_code}", "on: {population: setlement_code}",
        "field", "fct_population has no column 'setlement_code' .*Did you mean settlement_code",
        (f"{DEFINED}/levels.yml", "    on: {population: setlement_code}"),
    ),
    "a breakdown through a dimension without its column": Planted(
        f"{DEFINED}/levels.yml", "column: level_4_id", "column: level_9_id",
        "field", "dim_place has no column 'level_9_id'",
        (f"{DEFINED}/levels.yml", "    via: {base: location, dimension: place, column: level_9_id}"),
    ),
    "a breakdown that no test counts": Planted(
        f"{DEFINED}/levels.yml", "levels:\n",
        "levels:\n  how_recorded:\n    label: H\n    tier: T1\n    on: {documents: document_status_code}\n",
        "test", "No test counts the breakdown 'how_recorded'",
        (f"{DEFINED}/levels.yml", "  how_recorded:"),
    ),
    "an indicator that no test counts": Planted(
        f"{DEFINED}/needs.yml", "  needs_per_group:\n", "  needs_for_each_group:\n",
        "test", "No test counts the indicator 'needs_for_each_group'",
        (f"{DEFINED}/needs.yml", "  needs_for_each_group:"),
    ),
    "an indicator of a column that is not there": Planted(
        f"{DEFINED}/assistance.yml", "      column: value_usd\n", "      column: value_eur\n",
        "field", "fct_assistance has no column 'value_eur'",
        (f"{DEFINED}/assistance.yml", "      column: value_eur"),
    ),
    "a fact of a table that is not there": Planted(
        f"{DEFINED}/model.yml", "    table: fct_document\n", "    table: fct_paper\n",
        "table", "There is no table 'fct_paper' among the contracts",
        (f"{DEFINED}/model.yml", "    table: fct_paper"),
    ),
    "an axis that is no time": Planted(
        f"{DEFINED}/model.yml", "axes: {arrival_date: arrival_date}", "axes: {arrival_date: sex_code}",
        "type", "fct_population.sex_code is text",
        (f"{DEFINED}/model.yml", "    axes: {arrival_date: sex_code}"),
    ),
    "a dimension without its key": Planted(
        f"{DEFINED}/model.yml", "key: occupation_code", "key: occupation_id",
        "field", "dim_occupation has no column 'occupation_id'",
        (f"{DEFINED}/model.yml", "    key: occupation_id"),
    ),
    "a field of a record that is not there": Planted(
        f"{DEFINED}/records.yml", "number, issued_by, issue_date", "number, phone, issue_date",
        "field", "dim_document has no column 'phone'",
        (f"{DEFINED}/records.yml", "    fields: [document_id, document_type_code, document_status_code, number, phone"),
    ),
    "a table of records that does not say from which store they are": Planted(
        "models/marts/records/dim_address.yml", "      - name: source_id\n", "      - name: store_id\n",
        "field", "dim_address has no column 'source_id'", (f"{DEFINED}/records.yml", "    table: dim_address"),
    ),
    "a field of a record that is neither told nor kept back": Planted(
        f"{DEFINED}/records.yml", ", resolved_date]", "]",
        "record", "The record 'specific_need' neither tells 'resolved_date' of its table nor says why not",
        ("models/marts/records/records_specific_need.yml", "      - name: resolved_date"),
    ),
    "bookkeeping that is not the store's": Planted(
        f"{DEFINED}/records.yml", "modified_by, entry_channel_code]", "modified_by]",
        "record", "The bookkeeping of the record 'individual' .* entry_channel_code",
        (f"{DEFINED}/records.yml", "    bookkeeping: &bookkeeping"),
    ),
    "an id by which no case is found": Planted(
        "models/marts/records/bridge_case_id.sql", "'group_id', 'group_no', 'former_no'", "'group_id', 'former_no'",
        "record", "A registration_group is found by 'group_no', which bridge_case_id does not hold",
        (f"{DEFINED}/records.yml", "    ids: [group_id, group_no, former_no]"),
    ),
    "a code that is unknown in its list and not in a model": Planted(
        "macros/population.sql", "known('i.marital_status_code', true)", "known('i.marital_status_code')",
        "code", "the list 'marital_status' disagree on which codes of marital_status_code are unknown: U",
        ("macros/population.sql", "    {{ known('i.marital_status_code')"),
    ),
    "a country that is unknown to the checks and not to the model that hands it to them": Planted(
        "models/intermediate/int_quality__judged.sql",
        "nullif({{ known('i.birth_country_code') }}, 'UKN')", "{{ known('i.birth_country_code') }}",
        "code", "the list 'country' disagree on which codes of birth_country_code are unknown: UKN",
        ("models/intermediate/int_quality__judged.sql", "        {{ known('i.birth_country_code') }} as"),
    ),
    "a code that is unknown by its list, said again": Planted(
        "seeds/check_field.csv", "sex_code,text,individual.sex_code,\n", "sex_code,text,individual.sex_code,U\n",
        "code", "The code 'U' of sex_code is unknown by its list 'sex' already.",
        ("seeds/check_field.csv", "individual,sex_code,text"),
    ),
    "a boundary of the calendar that nobody reads": Planted(
        "seeds/clock_boundary.csv", "contact,12,", "visa,3,a visa ends\ncontact,12,",
        "code", "No model reads the boundary 'visa'",
        ("seeds/clock_boundary.csv", "visa,"),
    ),
    "a sensitive need that there is not": Planted(
        "seeds/sensitive_need.csv", "LP-V,", "LP-W,", "code", "No need begins with 'LP-W'",
        ("seeds/sensitive_need.csv", "LP-W,"),
    ),
    "an adapter without an entry": Planted(
        "dataport/extract/sqlite.py", "class SqliteAdapter", "class StrayAdapter:\n    pass\n\n\nclass SqliteAdapter",
        "source", "The adapter StrayAdapter is in no entry of ADAPTERS",
        ("dataport/extract/sqlite.py", "class StrayAdapter"),
    ),
    "an entry without its adapter": Planted(
        "dataport/kinds.py", '    "sqlite": (', '    "files": ("files", "FilesAdapter", False),\n    "sqlite": (',
        "source", "is said to be FilesAdapter in files.py",
        ("dataport/kinds.py", '    "files":'),
    ),
    "places of more levels than are spoken of": Planted(
        "models/marts/core/dimensions.yml", "      - name: level_6_id\n", "      - name: level_7_id\n",
        "place", "dim_place has places down to level 7; permissions speak of 6 levels",
        ("models/marts/core/dimensions.yml", "      - name: level_7_id"),
    ),
    "a rule that its model does not name": Planted(
        "models/intermediate/int_group__stretched.sql", "the rule focal_points:", "the rule:",
        "rule", "The rule 'focal_points' is said to be kept by int_group__stretched, which does not name it",
        (f"{DEFINED}/rules.yml", "    model: int_group__stretched"),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The project's files in another folder, from which it is read until the test is over."""
    root = tmp_path_factory.mktemp("project")
    for part in ("models", "snapshots", "seeds", "macros", "tests/functional", "dataport"):
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "dbt_project.yml", root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seeds, "_PACKAGE", root / "dataport")
        _forget()
        yield root
    _forget()


def _forget() -> None:
    seeds.project_root.cache_clear()
    seeds.read_seed.cache_clear()


def _check(root: Path) -> tuple[Finding, ...]:
    """The findings of a project in that folder, with the schema of its store as it stands there."""
    _forget()
    found = importlib.util.spec_from_file_location("planted_schema", root / "dataport/store/schema.py")
    assert found and found.loader
    module = importlib.util.module_from_spec(found)
    sys.modules["planted_schema"] = module
    found.loader.exec_module(module)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(project, "schema", module)
        return check_project(root, root / DEFINED)


@pytest.fixture(scope="module")
def findings(copied: Path) -> tuple[Finding, ...]:
    """All of them are planted at once: none hides another."""
    for one in PLANTED.values():
        path = copied / one.file
        text = path.read_text(encoding="utf-8")
        assert one.old in text, one
        path.write_text(text.replace(one.old, one.new, 1), encoding="utf-8")
    return _check(copied)


@pytest.mark.parametrize("what", PLANTED)
def test_what_disagrees_is_found_with_its_line(findings: tuple[Finding, ...], copied: Path, what: str) -> None:
    one = PLANTED[what]
    file, begins = one.at
    lines = (copied / file).read_text(encoding="utf-8").splitlines()
    found = [finding for finding in findings if finding.kind == one.kind and re.search(one.said, finding.what)]
    assert found, [finding for finding in findings if finding.place.file in (one.file, file)]
    assert {finding.place.file for finding in found} == {file}
    assert any(lines[finding.place.line - 1].startswith(begins) for finding in found), found
    assert all(finding.mend.endswith((".", "?")) for finding in found)


def test_every_kind_is_planted(findings: tuple[Finding, ...]) -> None:
    planted = {one.kind for one in PLANTED.values()}
    assert {one.kind for one in findings} - {"definition"} == planted


OTHER = """
facts:
  orders:
    label: Orders
    table: orders
    entity: order
    unit: order_id
    axes: {ordered_on: ordered_on}
levels:
  shop: {label: Shop, tier: T0, on: {orders: shop_cod}}
  colour: {label: Colour, tier: T0, on: {orders: colour}}
indicators:
  all_orders:
    label: Orders
    description: All orders
    unit: orders
    tier: T0
    flow: {fact: orders, axis: ordered_on}
"""


@pytest.fixture
def shop(tmp_path: Path) -> tuple[Path, Path]:
    """Somebody's own definitions and file, which disagree in three places."""
    (tmp_path / "defined").mkdir()
    (tmp_path / "defined" / "model.yml").write_text(OTHER)
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as file:
        file.execute("create table orders (order_id integer, ordered_on varchar, shop_code varchar)")
    return tmp_path / "defined", tmp_path / "shop.duckdb"


def test_own_definitions_are_held_against_their_file(shop: tuple[Path, Path]) -> None:
    found = [(one.place.line, one.kind, one.what) for one in check_file(*shop)]
    assert found == [
        (8, "type", "orders.ordered_on is text (VARCHAR), where date or time or zoned time is needed."),
        (10, "field", "orders has no column 'shop_cod' in shop.duckdb. Did you mean shop_code?"),
        (11, "field", "orders has no column 'colour' in shop.duckdb."),
    ]


def test_own_definitions_that_agree_or_do_not_load(shop: tuple[Path, Path]) -> None:
    folder, database = shop
    good = OTHER.replace("shop_cod}", "shop_code}").replace("on: {orders: colour}", "on: {orders: shop_code}")
    (folder / "model.yml").write_text(good)
    with duckdb.connect(str(database)) as file:
        file.execute("alter table orders alter ordered_on type date")
    assert check_file(folder, database) == ()
    (folder / "model.yml").write_text(good.replace("unit: order_id", "unit: order_id\n    lable: x"))
    (one,) = check_file(folder, database)
    assert (one.place.file, one.place.line, one.kind) == ("model.yml", 8, "definition")
    assert "there is no field called 'lable'" in one.what


def test_a_folder_without_definitions_and_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(WrongRequest, match="no definitions"):
        check_file(tmp_path, tmp_path / "shop.duckdb")
    (tmp_path / "model.yml").write_text(OTHER)
    with pytest.raises(WrongRequest, match="There is no file"):
        check_file(tmp_path, tmp_path / "shop.duckdb")


def test_the_command_says_where_and_exits_with_one(
    shop: tuple[Path, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    words = ["check", "--definitions", str(shop[0]), "--database", str(shop[1])]
    with pytest.raises(SystemExit) as stopped:
        main(words)
    told = capsys.readouterr().out
    assert stopped.value.code == 1
    assert "model.yml:10: field: orders has no column 'shop_cod'" in told
    assert "3 disagreements." in told
    assert max(map(len, told.splitlines())) <= 80
    with pytest.raises(SystemExit):
        main([*words, "--format", "json"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert findings[1] == {
        "file": "model.yml",
        "line": 10,
        "kind": "field",
        "what": "orders has no column 'shop_cod' in shop.duckdb. Did you mean shop_code?",
        "mend": "Name one that there is, or make it in the file.",
    }


def test_one_of_both_is_not_enough(shop: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["check", "--definitions", str(shop[0])])
    assert stopped.value.code == 2
    assert "Name both --definitions and --database" in capsys.readouterr().err


def test_a_seed_that_is_gone_is_told_first(copied: Path) -> None:
    path = copied / "seeds" / "boundary_cause.csv"
    text = path.read_text()
    path.unlink()
    assert [one.what for one in _check(copied)] == ["There is no seed 'boundary_cause'."]
    path.write_text(text.replace("boundary_kind", "kind", 1))
    assert [one.what for one in _check(copied)] == ["The seed 'boundary_cause' has no column 'boundary_kind'."]
    path.write_text(text)


def test_what_cannot_be_read_is_told_and_hides_nothing_else(copied: Path) -> None:
    """A macro that is broken, or a contract that is no YAML: the rest is still checked."""
    model = copied / DEFINED / "model.yml"  # one thing wrong that is still to be found, whichever tests ran before
    model.write_text(model.read_text().replace("sex_code, birth_date, age_group", "birth_date, sex_code, age_group"))
    broken = copied / "models" / "marts" / "core" / "dim_date.sql"
    broken.write_text("select {{ nothing_of_this_name('x') }} as one")
    (copied / "models" / "marts" / "core" / "fct_group.yml").write_text("models: [")
    found = _check(copied)
    assert any(one.place.file == "models/marts/core/dim_date.sql" and one.kind == "template" for one in found)
    assert any(one.place.file == "models/marts/core/fct_group.yml" and "not YAML" in one.what for one in found)
    assert any(one.kind == "bit" for one in found)
