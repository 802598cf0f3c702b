"""A condition as SQL, for the build that judges every record by it: over columns called as the fields, at a `moment`.

What stands here is data of the project, and nobody's question. The columns hold NULL where a field says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from dataport.checks.check import Check
from dataport.checks.fields import fields_of
from dataport.checks.tree import (
    Aged,
    Among,
    Compare,
    Either,
    Every,
    FieldOf,
    Missing,
    No,
    Older,
    Term,
    Today,
    Written,
    leaves_of,
)

_TODAY = "cast(moment as date)"
# A set of checks is kept in two numbers, so that neither needs its sign.
BITS = 62
# Whose instants those are that lie in the record of the group of whom a check judges.
OF_THEIR_GROUP = "group_of_person"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One check as the build reads it: its place in a set, and when a record is in the set of what fails, or is known.

    Attributes:
        word, mask: which of the two numbers, and its bit in it.
        failed, known: conditions that are never unknown.
    """

    check: Check
    word: int
    mask: int
    failed: str
    known: str


@dataclass(frozen=True, slots=True)
class Clock:
    """An instant at which time alone may change what a check says.

    Attributes:
        entity, field: the date that it is reckoned from.
        moment: the instant, an expression over that field.
        months: it is no later than so many months after that date.
    """

    entity: str
    field: str
    moment: str
    months: int


def judgements(checks: tuple[Check, ...]) -> tuple[Judgement, ...]:
    """The checks in the order of their names, which is that of their bits."""
    return tuple(_judgement(nth, one) for nth, one in enumerate(sorted(checks, key=lambda one: one.name)))


def _judgement(nth: int, check: Check) -> Judgement:
    judged = f"coalesce({sql_of(check.judged)}, false)" if check.judged else "true"
    holds = sql_of(check.holds)
    failed = f"{judged} and coalesce(not ({holds}), false)"
    known = f"{judged} and ({holds}) is not null"
    return Judgement(check, nth // BITS + 1, 1 << nth % BITS, failed, known)


def clocks(checks: tuple[Check, ...]) -> tuple[Clock, ...]:
    """The instants of all checks, each once. A field of whom something belongs to is of the person."""
    found = [clock for one in checks for term in (one.judged, one.holds) if term for clock in _clocks(one.entity, term)]
    return tuple(dict.fromkeys(found))


def _clocks(entity: str, term: Term) -> Iterator[Clock]:
    for leaf in leaves_of(term):
        match leaf:
            case Aged(since, _, years):
                moment, months = _birthday(since.name, years), years * 12 + 1
                yield Clock(_owner(entity, since), since.name, moment, months)
            case Older(since, months):
                yield Clock(_owner(entity, since), since.name, _after(since.name, months), months + 1)
            case Compare(left, operator, Today()):
                days = {">": (0,), "<=": (0,), ">=": (1,), "<": (1,)}.get(operator, (0, 1))
                for day in days:
                    yield Clock(_owner(entity, left), left.name, f"cast({left.name} + {day} as timestamp)", 1)
            case _:
                pass


def _owner(entity: str, field: FieldOf) -> str:
    of = fields_of(entity)[field.name].of[0].partition(".")[0]
    if of == "registration_group" and entity != of:
        return OF_THEIR_GROUP
    return "individual" if of == "individual" else entity


def sql_of(term: Term) -> str:
    """A condition as SQL."""
    match term:
        case No(inner):
            return f"not ({sql_of(inner)})"
        case Every(terms):
            return "(" + " and ".join(map(sql_of, terms)) + ")"
        case Either(terms):
            return "(" + " or ".join(map(sql_of, terms)) + ")"
        case Compare(left, operator, right):
            return f"{left.name} {operator} {_value(right)}"
        case Among(field, values):
            return f"{field.name} in ({', '.join(map(_literal, values))})"
        case Missing(field):
            return f"{field.name} is null"
        case Aged(since, operator, years):
            return f"{_birthday(since.name, years)} {'<=' if operator == '>=' else '>'} moment"
        case Older(since, months):
            return f"{_after(since.name, months)} <= moment"


def _value(one: FieldOf | Written | Today) -> str:
    match one:
        case FieldOf(name):
            return name
        case Today():
            return _TODAY
        case Written(value):
            return _literal(value)


def _literal(value: str | int | bool | date) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case date():
            return f"date '{value.isoformat()}'"
        case _:
            return "'" + value.replace("'", "''") + "'"


def _birthday(since: str, years: int) -> str:
    """Born on 29 February: a year older on 1 March where there is no 29th."""
    leap = f"month({since}) = 2 and day({since}) = 29"
    ordinary = f"make_date(year({since}) + {years}, month({since}), day({since}))"
    return f"cast(case when {leap} then make_date(year({since}) + {years}, 2, 28) + 1 else {ordinary} end as timestamp)"


def _after(since: str, months: int) -> str:
    return f"cast({since} + to_months({months}) as timestamp)"
