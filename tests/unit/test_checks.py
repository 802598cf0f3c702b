"""Every check does what its examples say, and one that says what cannot be is refused with file and line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from dataport.checks import CHECKS, Check, load_checks, of_kpi
from dataport.checks.fields import fields_of
from dataport.checks.sql import BITS, OF_THEIR_GROUP, clocks, judgements, sql_of
from dataport.checks.tree import Among, Compare, Missing, fields_in, leaves_of
from dataport.dictionary import CodeLists, read_seed
from dataport.errors import BadDefinition
from dataport.semantic import DEFINITIONS, load_catalog
from dataport.semantic.policy import TIERS
from dataport.store.declared import Column
from dataport.store.schema import BY_NAME

CHECKED = load_checks()
CATALOG = load_catalog(DEFINITIONS, CodeLists())
TYPES = {"text": "varchar", "integer": "bigint", "boolean": "boolean", "date": "date"}
FAILS = "  fail: [{has_biometrics: false, birth_date: 2017-01-01}, {birth_date: 2016-12-31}]\n"
GOOD = (CHECKS / "no_biometrics.yml").read_text(encoding="utf-8")


def verdict_of(check: Check, fields: dict[str, object], today: date) -> str:
    """What the build would say of a record: its columns hold NULL where a field says nothing."""
    columns = []
    for name, field in fields_of(check.entity).items():
        value = fields.get(name)
        said = None if value in (None, "", "-") or value in field.unknown else value
        columns.append((f"cast(? as {TYPES[field.type]}) as {name}", said))
    judged = sql_of(check.judged) if check.judged else "true"
    [one] = [one for one in judgements(CHECKED) if one.check.name == check.name]
    [row] = duckdb.execute(
        f"select {judged}, {one.failed}, {one.known} from (select cast(? as timestamp) as moment, "
        f"{', '.join(text for text, _ in columns)})",
        [today, *(value for _, value in columns)],
    ).fetchall()
    judges, fails, is_known = row
    if fails or is_known:
        return "fails" if fails else "holds"
    return "not judged" if judges is False else "unknown"


@pytest.mark.parametrize("check", CHECKED, ids=lambda one: one.name)
def test_each_example_is_what_it_says(check: Check) -> None:
    for one in check.examples:
        assert verdict_of(check, dict(one.fields), one.today) == one.verdict, (check.place, one)


@pytest.mark.parametrize("check", CHECKED, ids=lambda one: one.name)
def test_each_check_shows_every_kind_of_example_that_can_be(check: Check) -> None:
    shown = {one.verdict for one in check.examples}
    assert {"holds", "fails"} <= shown
    assert ("unknown" in shown) != ("unknown" in check.cannot)


def test_every_kpi_has_a_check_and_every_check_a_kpi() -> None:
    codes = {one.name for one in CATALOG.kpis}
    assert codes == {f"K{number:02d}" for number in range(1, 32)}
    assert {one.kpi for one in CHECKED} == codes - {"K01"}  # which is counted field by field


def test_a_kpi_asks_for_all_that_its_checks_speak_of() -> None:
    """Who may not read a field of a check is refused its KPI: by the tier, and by the entity that the field is of."""
    tiers = {row["field"]: row["sensitivity"] for row in read_seed("field_sensitivity")}
    own = {"quality": "individual", "group_quality": "registration_group"}
    renamed = {"location_code": "place_id", "status_code": "process_status_code"}
    for kpi in CATALOG.kpis:
        fields = [field.split(".") for check in of_kpi(CHECKED, kpi.name) for field in check.fields]
        assert all(field in {column.name for column in _store(table)} for table, field in fields)
        entities = {"individual" if table == "membership" else table for table, _ in fields}
        assert entities <= {own[kpi.fact], *kpi.entities}, kpi.name
        needed = {tiers[renamed.get(field, field)] for _, field in fields} & set(TIERS)
        assert all(TIERS.index(one) <= TIERS.index(kpi.tier) for one in needed), kpi.name  # type: ignore[arg-type]
        for name in (kpi.indicator, kpi.numerator, kpi.denominator):
            if kpi.column:
                assert CATALOG.indicators[name].entities == kpi.entities
        if kpi.column:
            assert CATALOG.levels[kpi.column].entities == kpi.entities


def test_a_kpi_tells_of_every_level_of_the_fields_that_its_checks_speak_of() -> None:
    """A policy keeps a level back by its name: then whatever was worked out of its field is kept back too."""
    for kpi in CATALOG.kpis:
        fields = [field for check in of_kpi(CHECKED, kpi.name) for field in check.fields]
        assert _levels_of(fields) == set(kpi.tells_of) or kpi.name == "K01", kpi.name
        for name in (kpi.indicator, *([kpi.numerator, kpi.denominator] if kpi.column else [])):
            assert CATALOG.indicators[name].tells_of == kpi.tells_of, name
        if kpi.column:
            assert CATALOG.levels[kpi.column].tells_of == kpi.tells_of
    of_persons = {name for kpi in CATALOG.kpis if kpi.fact == "quality" for name in kpi.tells_of}
    assert of_persons == set(CATALOG.indicators["open_issues"].tells_of) == set(CATALOG.levels["quality_kpi"].tells_of)


def test_completeness_asks_for_all_that_any_operation_makes_mandatory() -> None:
    """Its factor counts like T1, so that no operation may add a field that is more sensitive."""
    mandatory = [name for row in read_seed("mandatory_field") for name in row["fields"].split()]
    asked = [field for name in mandatory for field in fields_of("individual")[name].of]
    [k01] = [one for one in CATALOG.kpis if one.name == "K01"]
    filled, complete = CATALOG.indicators["mandatory_fields_filled"], CATALOG.levels["has_all_mandatory_fields"]
    assert _levels_of(asked) == set(k01.tells_of) == set(filled.tells_of) == set(complete.tells_of)
    tiers = {row["field"]: row["sensitivity"] for row in read_seed("field_sensitivity")}
    assert "T2" not in {tiers[field.partition(".")[2]] for field in asked}


def _levels_of(fields: list[str]) -> set[str]:
    renamed = {"location_code": "place_id", "status_code": "process_status_code"}
    held = set()
    for table, _, column in (field.partition(".") for field in fields):
        entity = "individual" if table == "membership" else table
        held |= {
            level.name
            for level in CATALOG.levels.values()
            for fact, on in level.on.items()
            if on == renamed.get(column, column) and CATALOG.facts[fact].entity == entity
        }
    return held


def test_no_check_compares_what_names_a_person() -> None:
    """Whether a name or a number is there, or is one of a numbering plan, is no value of it: so much counts like T1."""
    tiers = {row["field"]: row["sensitivity"] for row in read_seed("field_sensitivity")}
    for check in CHECKED:
        known = fields_of(check.entity)
        for leaf in (leaf for term in (check.judged, check.holds) if term for leaf in leaves_of(term)):
            for field in fields_in(leaf):
                column = known[field.name].of[0].partition(".")[2]
                if tiers.get(column) == "direct" and not isinstance(leaf, Missing):
                    assert field.type in ("boolean", "integer"), (check.place, field.name)


def test_whom_a_check_judges_tells_nothing_that_no_question_may_ask() -> None:
    """How many it judges is told beside how many fail.

    Of a field without a tier, which no question can name, so much may be told as that it is there. What it says may
    not: only who issued a document and of which kind an address is, to whoever may count documents and addresses.
    """
    tiers = {row["field"]: row["sensitivity"] for row in read_seed("field_sensitivity")}
    for check in (one for one in CHECKED if one.judged):
        known = fields_of(check.entity)
        for leaf in leaves_of(check.judged):
            columns = [column.partition(".")[2] for field in fields_in(leaf) for column in known[field.name].of]
            if isinstance(leaf, Compare | Among) and {tiers.get(one) for one in columns} & {"direct", "detail"}:
                assert (check.entity, columns) in (("document", ["issued_by"]), ("address", ["address_type_code"]))


def test_the_build_cuts_history_wherever_time_alone_may_change_a_verdict() -> None:
    """A date that a check may speak of belongs to one of those whose clocks the models read."""
    assert {one.entity for one in clocks(CHECKED)} <= {"individual", "document", OF_THEIR_GROUP}
    dates = [row for row in read_seed("check_field") if row["type"] == "date"]
    assert {row["of"].partition(".")[0] for row in dates} <= {"individual", "document", "registration_group"}


def test_no_instant_is_later_than_its_clock_says() -> None:
    """The build looks for the days that an instant is reckoned from no further back than that: for 30 years of days."""
    connection = duckdb.connect()
    for one in clocks(CHECKED):
        late = connection.execute(
            f"select count(*) from (select cast(unnest(generate_series(timestamp '1990-01-01', timestamp '2020-03-01', "
            f"interval 1 day)) as date)) as d ({one.field}) where {one.moment} < {one.field} "
            f"or {one.moment} > {one.field} + to_months({one.months})"
        ).fetchone()
        assert late == (0,), one


def test_what_is_made_of_kpis_asks_for_all_that_they_do() -> None:
    """Every entity and tier of an input is asked of whoever asks for the whole."""
    assert {kpi.name for kpi in CATALOG.kpis if not _inputs("quality_score") & {kpi.numerator}} == {"K01"}
    basic = [kpi for kpi in CATALOG.kpis if kpi.numerator in _inputs("quality_score_basic")]
    assert basic
    assert all(kpi.tier == "T1" and not kpi.entities and kpi.fact == "quality" for kpi in basic)
    every = {entity for kpi in CATALOG.kpis for entity in kpi.entities} - {"individual"}
    assert every <= set(CATALOG.indicators["open_issues"].entities)


def _inputs(name: str) -> set[str]:
    return {leaf.name for leaf in CATALOG.leaves(CATALOG.indicators[name])}


def _store(table: str) -> tuple[Column, ...]:
    return BY_NAME[table].columns


def test_bits_are_each_ones_own() -> None:
    found = [(one.word, one.mask) for one in judgements(CHECKED)]
    assert len(set(found)) == len(found)
    assert all(word in (1, 2) and 0 < mask < 2**BITS for word, mask in found)


def test_time_alone_changes_only_what_names_today() -> None:
    by_clock = {one.name for one in CHECKED if clocks((one,))}
    assert {"record_out_of_date", "child_need_of_adult", "issued_in_future", "registered_in_future"} <= by_clock
    assert not by_clock & {"no_photograph", "fled_after_arrival", "family_name_missing"}


def test_the_seven_mandatory_fields_are_those_of_the_seed() -> None:
    [check] = of_kpi(CHECKED, "K02")
    listed = {name for row in read_seed("mandatory_field") if row["part"] == "global" for name in row["fields"].split()}
    assert {field.name for field in fields_in(check.holds)} == listed
    assert sum(row["part"] == "global" for row in read_seed("mandatory_field")) == 7


def test_a_new_file_is_a_new_check(tmp_path: Path) -> None:
    for path in CHECKS.glob("*.yml"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "no_fingerprint.yml").write_text(GOOD, encoding="utf-8")
    found = load_checks(tmp_path)
    assert len(found) == len(CHECKED) + 1
    assert len(judgements(found)) == len(found)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("has_biometrics = true", "has_biometric = true", "no field called 'has_biometric' here. Did you mean"),
        ("threshold.biometrics_from_age", "threshold.biometric_age", "no threshold called 'biometric_age'"),
        ("  pass:", "  passes:", "'passes' is no kind of example"),
        (FAILS, "", "no example of 'fail'"),
        ("holds: has_biometrics is not missing", "holds: has_biometrics is missing; drop table x", "at character 26"),
        ("severity: warning", "severity: bad", "'bad' is not one of critical, warning, information"),
        ("entity: individual", "entity: individuals", "'individuals' is not one of"),
        ("kpi: K06", "kpi: K66", "There is no KPI called 'K66'. Did you mean"),
        ("version: 1", "version: 0", "versions are counted from 1"),
        ("birth_date: 2016-12-31", "birth_date: 2016-13-31", "is no date"),
        ("has_biometrics = true\n", "has_biometrics = 'yes'\n", "a value of type boolean"),
        ("label: No biometrics\n", "", "the field 'label' is missing"),
    ],
)
def test_what_cannot_be_is_refused_with_file_and_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    (tmp_path / "no_biometrics.yml").write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadDefinition, match=r"^no_biometrics\.yml:\d+: ") as refused:
        load_checks(tmp_path)
    assert said in str(refused.value)


@pytest.mark.parametrize("target", ["1.1", "-0.1", "nan", "much"])
def test_a_target_is_a_share(tmp_path: Path, target: str) -> None:
    for path in DEFINITIONS.glob("*.yml"):
        text = path.read_text(encoding="utf-8").replace("target: 0.02\n", f"target: {target}\n", 1)
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    with pytest.raises(BadDefinition, match=r"^kpis\.yml:\d+: .* a target lies between 0 and 1"):
        load_catalog(tmp_path, CodeLists())
