"""mapping: from a question to the canonical tables that answer it, before any data is touched.

Whatever a question mentions is charged: breakdowns, filters, and the conditions that its indicators are defined by. A
filter selects rows of the table; it never makes another one. What is over the budget, not in the lattice, or not
permitted is refused in one wording, so that a refusal says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dataport.dictionary import read_seed
from dataport.disclosure.protected.lattice import YEARS_BY, CanonicalTable, Lattice, lattice
from dataport.errors import Refused
from dataport.semantic.arithmetic import Arithmetic, Of
from dataport.semantic.condition import ALWAYS, Atom, Compare, Condition, IsUnknown, Not, OneOf, conjuncts
from dataport.semantic.formula import Derived, Share, Simple
from dataport.semantic.model import Indicator, Leaf
from dataport.semantic.question import Question

# What the cube counts: active persons. The condition stands in every indicator that it can answer.
_FACT, _ACTIVE = "population", Compare("process_status", "=", "A")
# Of what the mean can be told.
_AGE = "age"
# The levels of which "is known" can be told, as their known members added up: short lists that are never recoded.
_KNOWN: dict[str, tuple[str, tuple[str, ...]]] = {
    "sex": ("sex", ("F", "M")),
    **dict.fromkeys(("age_broad", "age_group", "age_group_detailed"), ("age_broad", ())),
}


class NotProtected(Refused):
    """What is not among the protected statistics, for whatever reason."""

    code = "not_protected"

    def __init__(self) -> None:
        super().__init__(
            "This is not among the protected statistics, and a viewer of class statistics reads nothing else: numbers "
            "of active individuals by a few breakdowns at a time, at the end of a month. `dataport catalog --class "
            "statistics` lists what there is."
        )


@dataclass(frozen=True, slots=True)
class Selected:
    """Which rows of a table are meant, beside those that the breakdowns run through.

    Attributes:
        members: for each level, the one member that is meant; None is the unknown one.
        has: for each sensitive attribute, whether those who have it or those who have it not.
        parts: a level and the members of it whose numbers are added up, where a share is of those who are known.
        is_mean: whether the mean of the ages is meant, the sums of those parts over their numbers.
    """

    members: Mapping[str, str | None] = field(default_factory=dict)
    has: Mapping[str, bool] = field(default_factory=dict)
    parts: tuple[str, tuple[str, ...]] | None = None
    is_mean: bool = False


@dataclass(frozen=True, slots=True)
class Mapped:
    """A question as the cube answers it.

    Attributes:
        by: the levels that it is broken down by; a sensitive attribute stands by its name.
        only: for levels that a filter narrows to several members, those, each a row of its own.
        where: what the filter selects.
        leaves: what each simple indicator selects.
        formulas: each indicator, as arithmetic of simple ones or as a share of one.
    """

    question: Question
    by: tuple[str, ...]
    only: Mapping[str, tuple[str | None, ...]]
    where: Selected
    leaves: Mapping[str, Selected]
    formulas: Mapping[str, Arithmetic | Share]

    def table(self, leaf: str, by: tuple[str, ...]) -> CanonicalTable:
        """The canonical table of a simple indicator, broken down by some of the levels.

        Raises:
            NotProtected: there is none.
        """
        shape, selected = lattice(), self.leaves[leaf]
        attributes = {one.name for one in shape.sensitive}
        split = {name for name in by if name in attributes} | set(self.where.has) | set(selected.has)
        levels = {name for name in by if name not in attributes} | set(self.where.members) | set(selected.members)
        levels |= {selected.parts[0]} if selected.parts else set()
        found = shape.table_of(levels, split)
        if found is None or (selected.is_mean and (YEARS_BY in {*by, *self.where.members} or not found.has_years)):
            raise NotProtected()
        return found


def mapped(question: Question) -> Mapped:
    """The tables of a question.

    Raises:
        NotProtected: the cube does not hold what it asks for.
    """
    if question.having != ALWAYS or question.other or question.since or question.decomposed or question.takes_members:
        raise NotProtected()
    shape = lattice()
    by = tuple(_level(level.name, shape) for level in question.by)
    where, only = _selected(question.where, by, shape)
    leaves = {leaf.name: _leaf(leaf, shape) for leaf in question.leaves}
    formulas = {one.name: _formula(one, question) for one in question.indicators}
    found = Mapped(question, by, only, where, leaves, formulas)
    grains = (by, *question.subtotals, *((), by[:-1] if _has_share(found) else ()))
    for leaf in leaves:
        _check(found.leaves[leaf], where, by)
        for kept in grains:
            found.table(leaf, tuple(name for name in by if name in kept))
    return found


def _has_share(found: Mapped) -> bool:
    return any(isinstance(one, Share) for one in found.formulas.values())


def _level(name: str, shape: Lattice) -> str:
    attributes = {one.level for one in shape.sensitive if not one.member}
    if shape.level(name) is None and name not in attributes:
        raise NotProtected()
    return name


def _formula(one: Indicator, question: Question) -> Arithmetic | Share:
    match one.formula:
        case Share(of, _) if isinstance(question.catalog.indicators[of], Leaf):
            return one.formula
        case Simple(kind="stock", measure=measure) if measure.aggregate == "average":
            return Of(one.name)  # looked up as such: it is no arithmetic of what is served
        case Derived() if any(leaf.formula.measure.aggregate == "average" for leaf in question.catalog.leaves(one)):
            raise NotProtected()
        case Derived() | Simple(kind="stock"):
            return question.catalog.expression(one.name)
    raise NotProtected()


def _leaf(leaf: Leaf, shape: Lattice) -> Selected:
    measure = leaf.formula.measure
    parts = list(conjuncts(measure.where))
    is_stock = leaf.formula.kind == "stock" and measure.fact == _FACT and _ACTIVE in parts
    is_mean = (measure.aggregate, measure.of) == ("average", _AGE) and parts == [_ACTIVE]
    if not is_stock or not (is_mean or measure.aggregate == "count"):
        raise NotProtected()
    if is_mean:
        return Selected(parts=(YEARS_BY, broad_ages()), is_mean=True)
    parts.remove(_ACTIVE)
    known = [part for part in parts if isinstance(part, Not) and isinstance(part.part, IsUnknown)]
    members, has, _ = _read([part for part in parts if part not in known], shape)
    if not known:
        return Selected(members, has)
    (one,) = known if len(known) == 1 else (None,)
    assert one is None or isinstance(one, Not)
    name = one.part.level if one and isinstance(one.part, IsUnknown) else ""
    if name not in _KNOWN:
        raise NotProtected()
    level, listed = _KNOWN[name]
    return Selected(members, has, (level, listed or broad_ages()))


def broad_ages() -> tuple[str, ...]:
    return tuple(row["broad_group"] for row in read_seed("cube_age_group"))


def _selected(
    where: Condition, by: tuple[str, ...], shape: Lattice
) -> tuple[Selected, dict[str, tuple[str | None, ...]]]:
    members, has, several = _read(list(conjuncts(where)) if where != ALWAYS else [], shape)
    if any(level not in by for level in several):
        raise NotProtected()  # several members as one number would be a group of one's own
    only: dict[str, tuple[str | None, ...]] = dict(several)
    for level in [name for name in members if name in by]:
        only[level] = (members.pop(level),)
    return Selected(members, has), only


def _read(
    parts: list[Condition], shape: Lattice
) -> tuple[dict[str, str | None], dict[str, bool], dict[str, tuple[str | None, ...]]]:
    """One member of a level, one side of a sensitive attribute, or several members; anything else is not told."""
    members: dict[str, str | None] = {}
    has: dict[str, bool] = {}
    several: dict[str, tuple[str | None, ...]] = {}
    for part in parts:
        match part:
            case Compare(level, "=", bool(value)) if any(one.name == level for one in shape.sensitive):
                _set(has, level, value)
            case Compare(level, "=", str(value)) if any(one.name == f"{level}={value}" for one in shape.sensitive):
                _set(has, f"{level}={value}", True)
            case Compare(level, "=", str(value)) if shape.level(level):
                _set(members, level, value)
            case IsUnknown(level) if shape.level(level):
                _set(members, level, None)
            case OneOf(level, values) if shape.level(level):
                coarse = _coarse(level, values)
                if coarse:
                    _set(members, *coarse)
                else:
                    _set(several, level, tuple(str(value) for value in values))
            case _:
                raise NotProtected()
    return members, has, several


def _set(found: dict, name: str, value: object) -> None:  # type: ignore[type-arg]
    if found.get(name, value) != value:
        raise NotProtected()
    found[name] = value


def _coarse(level: str, values: tuple[object, ...]) -> tuple[str, str] | None:
    """The broader age group that some age groups are together, where they are one."""
    schemes = {"age_group": "standard", "age_group_detailed": "detailed"}
    if level not in schemes:
        return None
    fine = [row for row in read_seed("age_group") if row["scheme"] == schemes[level]]
    broad = tuple({**row, "age_group_code": row["broad_group"]} for row in read_seed("cube_age_group"))
    for name, rows in (("age_group", _standard()), ("age_broad", broad)):
        for row in rows if name != level else ():
            within = {
                one["age_group_code"]
                for one in fine
                if int(row["from_age"]) <= int(one["from_age"]) and int(one["to_age"]) <= int(row["to_age"])
            }
            if within == set(values):
                return name, row["age_group_code"]
    return None


def _standard() -> tuple[dict[str, str], ...]:
    return tuple(row for row in read_seed("age_group") if row["scheme"] == "standard")


def _check(selected: Selected, where: Selected, by: tuple[str, ...]) -> None:
    """Refuse what a definition and a filter each say of one level: the two together may be another set."""
    for name, value in selected.members.items():
        if where.members.get(name, value) != value:
            raise NotProtected()
    for name, has in selected.has.items():
        if where.has.get(name, has) != has:
            raise NotProtected()


def levels_named(mapped_: Mapped) -> Iterator[str]:
    """Every level that the question or one of its indicators names."""
    yield from mapped_.by
    yield from mapped_.where.members
    for one in mapped_.leaves.values():
        yield from one.members


__all__ = ["Atom", "Mapped", "NotProtected", "Selected", "broad_ages", "levels_named", "mapped"]
