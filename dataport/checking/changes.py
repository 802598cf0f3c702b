"""changes: what a person's history says to have changed, and why, means the same in SQL, seeds and definitions.

The bits of a boundary are written by a macro and read by the engine, each from a list of its own; where the two were in
another order, every change would be taken for that of another attribute, and no statement would fail.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dataport.checking.finding import Finding, Place
from dataport.checking.project import Project, below, items, text_of
from dataport.checking.selected import results
from dataport.semantic.yaml_entries import Entry

# The macro that hands the attributes of a fact's bits to models, by fact; any other fact's are those of the first.
_BITS = {
    "population": ("population_attributes", "macros/population.sql"),
    "quality": ("quality_changes", "macros/quality.sql"),
}
# The macro that says what each rollup counts by and what it counts apart, which its definition states too.
_ROLLUPS, _LISTS = "rollups", ("columns", "flags", "sums")
_EDGES = {"beginning": "start", "ending": "end"}


def check_bits(project: Project) -> Iterator[Finding]:
    """The attributes whose change is kept in bits, in the same order on both sides."""
    if project.templates is None:
        return
    for name, fact in project.definitions.get("facts", {}).items():
        macro, file = _BITS.get(name, _BITS["population"])
        written = list(project.templates.value(macro) or ())
        stated = items(below(fact, "boundaries", "changes", "attributes"))
        read = [text_of(one) for one in stated]
        if not read or read == written:
            continue
        at = next((nth for nth, (one, other) in enumerate(zip(read, written, strict=False)) if one != other), None)
        at = min(len(read), len(written)) if at is None else at
        place = Place.read(stated[min(at, len(stated) - 1)].place)
        what = (
            f"Bit {at} of a change is {_nth(written, at)} where it is written (the macro {macro} in {file}), and "
            f"{_nth(read, at)} where the fact {name!r} reads it."
        )
        yield Finding(place, "bit", what, "Give both lists the same attributes in the same order.")


def _nth(names: list[str], at: int) -> str:
    return repr(names[at]) if at < len(names) else "nothing"


def check_rollups(project: Project) -> Iterator[Finding]:
    """Each rollup counts by the same columns, of the same fact, where it is made and where it is asked."""
    if project.templates is None:
        return
    made = project.templates.value(_ROLLUPS) or {}
    stated = project.definitions.get("rollups", {})
    for name in sorted({*made} - {*stated}):
        what = f"The macro {_ROLLUPS} makes {name!r}, and no definition says that it can be asked."
        yield Finding(Place("macros/rollups.sql"), "field", what, "Define it under `rollups`, or take it out.")
    for name, entry in stated.items():
        for which in _LISTS:
            yield from _listed(name, entry, which, tuple(made.get(name, {}).get(which, ())))


def _listed(name: str, entry: Entry, which: str, made: tuple[str, ...]) -> Iterator[Finding]:
    told = [text_of(one) for one in items(below(entry, which))]
    for column in sorted({*made} - {*told}):
        what = f"The rollup {name!r} does not state {column!r}, which the macro {_ROLLUPS} has among its {which}."
        yield Finding(Place.read(entry.place), "field", what, f"Add it to `{which}`, or take it out of the macro.")
    for column in sorted({*told} - {*made}):
        what = f"The rollup {name!r} states {column!r}, which the macro {_ROLLUPS} has not among its {which}."
        yield Finding(Place.read(entry.place), "field", what, f"Add it to the macro, or take it out of `{which}`.")


def check_causes(project: Project) -> Iterator[Finding]:
    """Each cause of the seed is a movement and is given by a model or an event, and no other is."""
    seed = project.seeds.get("boundary_cause")
    if seed is None:
        return
    causes = seed.values("cause_code")
    movements = project.definitions.get("movements", {})
    for cause, place in causes.items():
        if cause not in movements:
            mend = "Say among the `movements` of the definitions what it is called where it adds and where it takes."
            yield Finding(place, "cause", f"The cause {cause!r} is no movement.", mend)
    for cause, entry in movements.items():
        if cause not in causes:
            what = f"The movement {cause!r} is no cause of {seed.file}."
            yield Finding(
                Place.read(entry.place), "cause", what, "Add the cause to the seed, or take the movement out."
            )
    given = {value for model in project.models.values() if model.statement for name, value in results(model.statement)
             if name.endswith("cause_code")}  # fmt: skip
    events = {row["cause_code"] for _, row in seed.rows if row["event_type_code"]}
    for cause, place in causes.items():
        if cause not in given | events:
            what = f"No model gives the cause {cause!r}, and no kind of event is it."
            yield Finding(place, "cause", what, "Name its event_type_code, or give it in int_population__caused.sql.")
    yield from _edges(project)


def _edges(project: Project) -> Iterator[Finding]:
    """A movement at an edge is one where nothing goes before, or nothing follows, and explains what is kept in bits."""
    kinds = {row["cause_code"]: row["boundary_kind"] for _, row in project.seeds["boundary_cause"].rows}
    templates = project.templates
    attributes = {one for macro, _ in _BITS.values() for one in templates.value(macro) or ()} if templates else set()
    for cause, entry in project.definitions.get("movements", {}).items():
        edge = below(entry, "edge")
        wanted = _EDGES.get(text_of(edge), "")
        if edge is not None and cause in kinds and wanted != kinds[cause]:
            what = f"The movement {cause!r} is at the {text_of(edge)!r}; in the seed its boundary is {kinds[cause]!r}."
            yield Finding(Place.read(edge.place), "cause", what, "Make them agree: beginning is start, ending is end.")
        for one in items(below(entry, "explains")):
            if attributes and text_of(one) not in attributes:
                what = f"The movement {cause!r} explains {text_of(one)!r}, which is no attribute of a person's history."
                yield Finding(Place.read(one.place), "cause", what, "Name one of the macro's in macros/population.sql.")


def check_shown(project: Project) -> Iterator[Finding]:
    """A change that a model takes for a cause is one that its movement explains; any other is told as updated."""
    movements = project.definitions.get("movements", {})
    for model in project.models.values():
        for cause, columns in _shown_by(model.statement) if model.statement is not None else ():
            explains = below(movements.get(cause), "explains")
            if explains is None:
                continue
            for column in sorted(columns - {text_of(one) for one in items(explains)}):
                what = f"{model.name} takes a change of {column!r} for {cause!r}, whose movement does not explain it."
                mend = "Add it to `explains`, or have it shown by another cause."
                yield Finding(Place.read(explains.place), "cause", what, mend)


def _shown_by(statement: exp.Expr) -> Iterator[tuple[str, set[str]]]:
    """Each cause that a column called `cause_code` may have, with the columns whose change shows it."""
    for query in statement.find_all(exp.Select):
        for chosen in query.expressions:
            if chosen.alias == "cause_code":
                for branch in chosen.find_all(exp.If):
                    result = branch.args["true"]
                    if isinstance(result, exp.Literal) and result.is_string:
                        yield str(result.this), set(_differing(branch.this))


def _differing(condition: exp.Expr) -> Iterator[str]:
    for one in condition.find_all(exp.NullSafeNEQ, exp.NEQ):
        sides = (one.this, one.expression)
        if all(isinstance(side, exp.Column) for side in sides) and sides[0].name == sides[1].name:
            yield sides[0].name
