"""codes: fields and codes stand in the seeds once; what models, definitions and seeds say of them is held to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from dataport.checking.finding import Finding, Place
from dataport.checking.project import Model, Project, below, fields_of, text_of
from dataport.checking.selected import compared, results, unknowns
from dataport.dictionary import RECORDS_ONLY, CodeLists
from dataport.errors import DataportError, did_you_mean
from dataport.semantic.condition import OneOf, atoms, values_of
from dataport.semantic.parse import parse_condition
from dataport.semantic.yaml_entries import Entry

FIELDS, CHECKED = "field_sensitivity", "check_field"
# How the models are called that hand fields to the checks.
_JUDGED = "int_quality__"
_FIGURES, _RECORDS = "marts/core", "marts/records"
# Columns of tables that the job itself writes, beside those of the models.
_OF_THE_JOB = frozenset({"node", "batch_number"})
# Columns whose values are named by a seed, and by which column of it.
_NAMED_BY = {
    "cause_code": ("boundary_cause", "cause_code"),
    "start_cause_code": ("boundary_cause", "cause_code"),
    "end_cause_code": ("boundary_cause", "cause_code"),
    "arrival_cause_code": ("boundary_cause", "cause_code"),
    "boundary_kind": ("boundary_cause", "boundary_kind"),
    "boundary_code": ("clock_boundary", "boundary_code"),
    "scheme": ("age_group", "scheme"),
    "code_list": ("code_value", "code_list"),
}
# Code lists each of whose codes a seed must say something of, and what.
_SAID_IN = (
    ("legal_status", "population_type_of_legal_status", "legal_status_code", "which population type it is counted as"),
    ("event_type", "boundary_cause", "event_type_code", "which cause of a change it is"),
    ("education_level", "education_level", "education_level_code", "which band it belongs to"),
)
# How codes begin that belong to those of another list.
_BEGIN_WITH = (("need", "need_category", "-"),)
# Seeds that define the codes of a column themselves, older spellings and a second scheme included.
_DEFINED_IN = {("age_group", "age_group_code"), ("education_level", "education_level_code")}
_NO_CODE = frozenset({"", "-"})


def check_fields(project: Project) -> Iterator[Finding]:
    """Every published field has one row in the seed of fields: how sensitive it is, and which code list it has."""
    seed = project.seeds.get(FIELDS)
    if seed is None:
        return
    told = seed.values("field")
    for name, times in Counter(row["field"] for _, row in seed.rows).items():
        if times > 1:
            what = f"The field {name!r} has {times} rows in {seed.file}."
            yield Finding(told[name], "sensitivity", what, "Keep the one that is meant.")
    used: set[str] = set()
    for name, model in project.models.items():
        contract = project.contracts.get(name)
        if model.folder not in (_FIGURES, _RECORDS) or contract is None:
            continue
        used |= {*contract.columns}
        for column, stated in contract.columns.items():
            if column not in told:
                mend = f"Add it to {seed.file} with its sensitivity, and its code list if it has one."
                yield Finding(stated.place, "sensitivity", f"Nothing says how sensitive {name}.{column} is.", mend)
            elif model.folder == _FIGURES and _row(project, column)["sensitivity"] in RECORDS_ONLY:
                what = f"{name}.{column} is {_row(project, column)['sensitivity']}, which has no place in the figures."
                yield Finding(stated.place, "sensitivity", what, "Take it out of the figures: records may hold it.")
    for field, place in told.items():
        if field not in used | _OF_THE_JOB:
            what = f"No published table has the field {field!r} any more."
            yield Finding(place, "sensitivity", what, "Take the row out, or hand the field on in a model of marts.")


def _row(project: Project, field: str) -> Mapping[str, str]:
    return next((row for _, row in project.seeds[FIELDS].rows if row["field"] == field), {})


def check_lists(project: Project) -> Iterator[Finding]:
    """A field has one code list: that of the seed, in data tests and in definitions alike."""
    seed = project.seeds.get(FIELDS)
    if seed is None:
        return
    lists = CodeLists()
    own = {*lists, *project.definitions.get("code_lists", {})}
    for line, row in seed.rows:
        if row.get("code_list") and row["code_list"] not in lists:
            what = f"{row['field']} has the code list {row['code_list']!r}, which no seed holds."
            mend = "Add its codes to seeds/code_value.csv." + did_you_mean(row["code_list"], tuple(lists))
            yield Finding(Place(seed.file, line), "code list", what, mend)
    for name, contract in project.contracts.items():
        for column, stated in contract.columns.items():
            for tested, place in stated.code_lists:
                yield from _same_list(project, f"A data test of {name}", column, tested, place)
    for name, entry in project.definitions.get("levels", {}).items():
        listed = below(entry, "code_list")
        if listed is None:
            continue
        if text_of(listed) not in own:
            what = f"The breakdown {name!r} has the code list {text_of(listed)!r}, which no seed holds."
            mend = "Add its codes to seeds/code_value.csv." + did_you_mean(text_of(listed), tuple(lists))
            yield Finding(Place.read(listed.place), "code list", what, mend)
            continue
        columns = [text_of(one) for one in fields_of(below(entry, "on")).values()]
        columns += [text_of(below(entry, "via", "column"))] if below(entry, "via") else []
        for column in dict.fromkeys(columns):
            yield from _same_list(project, f"The breakdown {name!r}", column, text_of(listed), Place.read(listed.place))


def _same_list(project: Project, who: str, column: str, listed: str, place: Place) -> Iterator[Finding]:
    row = _row(project, column)
    if row and (row.get("code_list") or "") != listed:
        told = f"has the code list {row['code_list']!r}" if row.get("code_list") else "has no code list"
        what = f"{who} holds {column} to the code list {listed!r}; in {project.seeds[FIELDS].file} it {told}."
        yield Finding(place, "code list", what, "Name the one that is meant in both.")


def check_codes(project: Project) -> Iterator[Finding]:
    """A code that a model, a definition or a seed speaks of is one that its list has."""
    known = _Known(project)
    for model in project.models.values():
        spoken = (*results(model.statement), *compared(model.statement)) if model.statement else ()
        for column, code in sorted({*spoken}):
            if (problem := known.wrong(column, code)) is not None:
                yield Finding(project.at(model, f"'{code}'"), "code", f"{model.name} speaks of {problem}", _MEND)
            accepted = _accepted(project, model, column)
            if accepted and code not in accepted:
                what = f"{model.name} yields {code!r} in {column}, which its data test does not accept."
                yield Finding(
                    project.at(model, f"'{code}'"), "code", what, "Add it to the accepted values, or mend it."
                )
    for section in ("levels", "indicators", "policies"):
        for name, entry in project.definitions.get(section, {}).items():
            yield from _conditions(project, known, name, entry)
    yield from _references(project, known)


_MEND = "Add the code to its list, or mend it."


class _Known:
    """Which codes a column may have; nothing is known of a column without a list."""

    def __init__(self, project: Project) -> None:
        self._seeds = project.seeds
        self._list_of = {row["field"]: row.get("code_list") or "" for _, row in project.seeds[FIELDS].rows}
        self._lists = CodeLists()
        self._cached: dict[str, frozenset[str] | None] = {}

    def codes(self, name: str) -> frozenset[str] | None:
        """The codes of a list; None where there is no such list."""
        if name not in self._cached:
            found = self._lists.get(name)
            self._cached[name] = frozenset(found.labels) | found.missing if found else None
        return self._cached[name]

    def wrong(self, column: str, code: str) -> str | None:
        """What is wrong with a code of a column, for a sentence; None where nothing is known to be."""
        if column in _NAMED_BY and _NAMED_BY[column][0] in self._seeds:
            seed, named = _NAMED_BY[column]
            codes: frozenset[str] | None = frozenset(self._seeds[seed].values(named))
            where = self._seeds[seed].file
        else:
            where = f"the code list {self._list_of.get(column)!r}"
            codes = self.codes(self._list_of.get(column, ""))
        if codes is None or code in codes | _NO_CODE:
            return None
        return f"{column} {code!r}, which is not in {where}.{did_you_mean(code, tuple(codes))}"


def _accepted(project: Project, model: Model, column: str) -> tuple[str, ...]:
    contract = project.contracts.get(model.name)
    stated = contract.columns.get(column) if contract else None
    return stated.accepted if stated else ()


def _conditions(project: Project, known: _Known, name: str, entry: Entry) -> Iterator[Finding]:
    """The codes in every `where` and `rows` of a definition, however deep."""
    for field, inner in fields_of(entry).items():
        if field in ("where", "rows") and text_of(inner):
            yield from _condition(project, known, name, inner)
        else:
            yield from _conditions(project, known, name, inner)


def _condition(project: Project, known: _Known, name: str, entry: Entry) -> Iterator[Finding]:
    try:
        found = tuple(atoms(parse_condition(text_of(entry))))
    except DataportError:
        return  # the loader says what is wrong with it
    for atom in found:
        listed = text_of(below(project.definitions.get("levels", {}).get(atom.level), "code_list"))
        codes = known.codes(listed)
        for value in values_of(atom) if codes is not None else ():
            # the definitions' own conditions are never read by label
            if isinstance(value, str) and value not in (codes or ()):
                is_one = "one of" if isinstance(atom, OneOf) else "with"
                what = (
                    f"{name} compares {atom.level!r} {is_one} {value!r}, which is not in the code list {listed!r}."
                    f"{did_you_mean(value, tuple(codes or ()))}"
                )
                yield Finding(Place.read(entry.place), "code", what, _MEND)


def _references(project: Project, known: _Known) -> Iterator[Finding]:
    """A seed that speaks of a code of another list, and codes of which a seed must say something and does not."""
    for name, seed in project.seeds.items():
        for column in seed.columns:
            if column in _NAMED_BY or (name, column) in _DEFINED_IN:
                continue
            for code, place in seed.values(column).items():
                if (problem := known.wrong(column, code)) is not None:
                    yield Finding(place, "code", f"{seed.file} speaks of {problem}", _MEND)
    values = project.seeds["code_value"]
    lines = {(row["code_list"], row["code"]): Place(values.file, line) for line, row in values.rows}
    for listed, name, column, what_of in _SAID_IN:
        said = project.seeds[name].values(column)
        for code in CodeLists()[listed].labels:
            if code not in said:
                what = f"{project.seeds[name].file} does not say of the {listed} {code!r} {what_of}."
                place = lines.get((listed, code), Place(values.file))
                yield Finding(place, "code", what, f"Add a row with {column} {code} there.")
    for listed, other, mark in _BEGIN_WITH:
        heads = known.codes(other) or frozenset()
        for code in CodeLists()[listed].labels:
            if code.partition(mark)[0] not in heads:
                what = f"The {listed} {code!r} begins like no code of {other!r}, which it should belong to."
                yield Finding(lines.get((listed, code), Place(values.file)), "code", what, _MEND)


def check_unknown(project: Project) -> Iterator[Finding]:
    """A code that its list calls missing is the unknown member wherever a model hands it on, and no other code is.

    A country that is unknown is a member of its list, which people are counted by, and no value to the checks, whose
    seed says so. The models that hand fields to the checks go by both, the others by the list.
    """
    lists = CodeLists()
    list_of = {row["field"]: row.get("code_list") or "" for _, row in project.seeds[FIELDS].rows}
    to_checks = {row["field"]: row["unknown_code"] for _, row in project.seeds[CHECKED].rows if row["unknown_code"]}
    yield from _unknown_twice(project, lists, list_of)
    for model in project.models.values():
        is_judged = model.name.startswith(_JUDGED)
        for column, codes in sorted(unknowns(model.statement)) if model.statement else ():
            found = lists.get(list_of.get(column, ""))
            unknown = (found.missing if found else frozenset()) | ({to_checks.get(column, "")} if is_judged else set())
            if found is None or (odd := (codes ^ unknown) - _NO_CODE) == frozenset():
                continue
            said = ", ".join(sorted(odd))
            what = f"{model.name} and the list {found.name!r} disagree on which codes of {column} are unknown: {said}."
            mend = "Say `known(…, true)` where U is unknown, and `known(…)` where it is a code; or mend is_missing."
            yield Finding(project.at(model, f"as {column}"), "code", what, mend)


def _unknown_twice(project: Project, lists: CodeLists, list_of: Mapping[str, str]) -> Iterator[Finding]:
    """What the seed of the checks calls unknown is a member of the field's list: what is missing is said there."""
    seed = project.seeds[CHECKED]
    for line, row in seed.rows:
        code, listed = row["unknown_code"], lists.get(list_of.get(row["field"], ""))
        if not code or (listed is not None and code in listed.labels):
            continue
        if listed is None:
            what = f"{row['field']} has no code list, and so no code {code!r} that means unknown."
        elif code in listed.missing:
            what = f"The code {code!r} of {row['field']} is unknown by its list {listed.name!r} already."
        else:
            what = f"The list {listed.name!r} of {row['field']} has no code {code!r}."
        yield Finding(Place(seed.file, line), "code", what, "Leave it empty, or name a member that says nothing.")


def check_read(project: Project) -> Iterator[Finding]:
    """What is only read by name is read: a row that nobody reads says something that is not so."""
    spoken = {
        (column, code) for one in project.models.values() if one.statement for column, code in compared(one.statement)
    }
    for code, place in project.seeds["clock_boundary"].values("boundary_code").items():
        if ("boundary_code", code) not in spoken:
            what = f"No model reads the boundary {code!r} of the calendar."
            yield Finding(place, "code", what, "Read it in macros/clock.sql, or take the row out.")
    needs = CodeLists()["need"].labels
    for prefix, place in project.seeds["sensitive_need"].values("code_prefix").items():
        if not any(code.startswith(prefix) for code in needs):
            yield Finding(place, "code", f"No need begins with {prefix!r}.", "Mend it, or take the row out.")
