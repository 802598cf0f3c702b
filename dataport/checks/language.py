"""The language of checks: text to a typed tree. Closed: no function, no text of SQL, nothing that could raise.

``=  !=  <  <=  >  >=  in  not in  is missing  is not missing  and  or  not  ( )`` over fields of one record and values;
``today``; ``years since birth_date >= 18``; ``last_contact_date is older than threshold.NAME months``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from dataport.checks.tree import (
    Aged,
    Among,
    Compare,
    Either,
    Every,
    FieldOf,
    FieldType,
    Missing,
    No,
    Older,
    Operator,
    Term,
    Today,
    Written,
)
from dataport.errors import WrongRequest, did_you_mean
from dataport.semantic.tokens import END, Language

MAX_DEPTH, MAX_LENGTH = 20, 2000
_OPERATORS = ("=", "!=", "<=", ">=", "<", ">")
_THRESHOLD = "threshold."
_WORDS = frozenset({"and", "or", "not", "in", "is", "missing", "older", "than", "months", "today", "years", "since"})
_CONDITIONS = Language(
    "condition",
    ("<=", ">=", "!=", "=", "<", ">", "(", ")", ","),
    "Write text in single quotes, as in sex_code = 'F'.",
)


def parse_check(text: str, fields: Mapping[str, FieldType], thresholds: Mapping[str, int]) -> Term:
    """Parse one condition.

    Args:
        fields: the fields of the record that is judged, with their types.
        thresholds: the numbers that may stand in it by name.

    Raises:
        WrongRequest: it is not of the language, or names what there is not; the message points at the place.
    """
    if len(text) > MAX_LENGTH:
        raise WrongRequest(f"A condition may have {MAX_LENGTH:,} characters at most; this one has {len(text):,}.")
    return _Parser(text, fields, thresholds).parse()


def thresholds_named(*texts: str) -> tuple[str, ...]:
    """The thresholds that conditions name, each once; they have been parsed."""
    return tuple(dict.fromkeys(name for text in texts for name in re.findall(rf"\b{re.escape(_THRESHOLD)}(\w+)", text)))


class _Parser:
    """Recursive descent; one method per rule of the grammar."""

    def __init__(self, text: str, fields: Mapping[str, FieldType], thresholds: Mapping[str, int]) -> None:
        self._tokens, self._depth = _CONDITIONS.read(text), 0
        self._fields, self._thresholds = fields, thresholds

    def parse(self) -> Term:
        term = self._either()
        if self._tokens.here.kind != END:
            raise self._tokens.expected("and, or, or the end of the condition")
        return term

    def _either(self) -> Term:
        terms = [self._every()]
        while self._tokens.take("or"):
            terms.append(self._every())
        return terms[0] if len(terms) == 1 else Either(tuple(terms))

    def _every(self) -> Term:
        terms = [self._negation()]
        while self._tokens.take("and"):
            terms.append(self._negation())
        return terms[0] if len(terms) == 1 else Every(tuple(terms))

    def _negation(self) -> Term:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise WrongRequest(f"A condition may be nested {MAX_DEPTH} deep at most.")
        try:
            if self._tokens.take("not"):
                return No(self._negation())
            if self._tokens.take("("):
                inner = self._either()
                self._tokens.need(")")
                return inner
            return self._comparison()
        finally:
            self._depth -= 1

    def _comparison(self) -> Term:
        if self._tokens.take("years"):
            return self._aged()
        field = self._field()
        if self._tokens.take("is"):
            return self._is(field)
        negated = self._tokens.take("not")
        if self._tokens.take("in"):
            among = Among(field, self._members(field))
            return No(among) if negated else among
        if negated:
            raise self._tokens.expected("in")
        return Compare(field, self._operator(), self._other(field))

    def _aged(self) -> Term:
        self._tokens.need("since")
        since, operator = self._date(), self._operator()
        years = self._whole()
        match operator:
            case "<" | ">=":
                return Aged(since, operator, years)
            case "<=":
                return Aged(since, "<", years + 1)
            case ">":
                return Aged(since, ">=", years + 1)
        raise WrongRequest("Years are compared by <, <=, >, >=.")

    def _is(self, field: FieldOf) -> Term:
        if self._tokens.take("older"):
            self._need_type(field, "date")
            self._tokens.need("than")
            months = self._whole()
            self._tokens.need("months")
            return Older(field, months)
        negated = self._tokens.take("not")
        self._tokens.need("missing")
        return No(Missing(field)) if negated else Missing(field)

    def _operator(self) -> Operator:
        for operator in _OPERATORS:
            if self._tokens.take(operator):
                return cast(Operator, operator)
        raise self._tokens.expected("=, !=, <, <=, >, >=, in, not in, is missing, or is older than")

    def _field(self) -> FieldOf:
        token = self._tokens.here
        if token.kind != "name" or token.text.lower() in _WORDS:
            raise self._tokens.expected("the name of a field")
        if token.text not in self._fields:
            known = did_you_mean(token.text, self._fields)
            raise WrongRequest(f"There is no field called {token.text!r} here.{known}")
        self._tokens.next()
        return FieldOf(token.text, self._fields[token.text])

    def _date(self) -> FieldOf:
        field = self._field()
        self._need_type(field, "date")
        return field

    def _other(self, field: FieldOf) -> FieldOf | Written | Today:
        token = self._tokens.here
        if self._tokens.take("today"):
            self._need_type(field, "date")
            return Today()
        if token.kind == "name" and token.text in self._fields:
            other = self._field()
            self._need_type(other, field.type)
            return other
        return Written(self._value(field.type))

    def _members(self, field: FieldOf) -> tuple[str, ...]:
        self._need_type(field, "text")
        self._tokens.need("(")
        values = [str(self._value("text"))]
        while self._tokens.take(","):
            values.append(str(self._value("text")))
        self._tokens.need(")")
        return tuple(dict.fromkeys(values))

    def _value(self, kind: FieldType) -> Any:
        if kind == "integer":
            return self._whole()
        token = self._tokens.here
        if kind == "boolean":
            for word in ("true", "false"):
                if self._tokens.take(word):
                    return word == "true"
        if token.kind == "text":
            text = self._tokens.next().text[1:-1].replace("''", "'")
            if kind == "text":
                return text
            if kind == "date":
                return _date_of(text)
        raise self._tokens.expected(f"a value of type {kind}")

    def _whole(self) -> int:
        token = self._tokens.here
        if token.kind == "number" and token.text.removeprefix("-").isdecimal():
            return int(self._tokens.next().text)
        name = token.text.removeprefix(_THRESHOLD)
        if token.kind == "name" and token.text.startswith(_THRESHOLD):
            if name not in self._thresholds:
                raise WrongRequest(f"There is no threshold called {name!r}.{did_you_mean(name, self._thresholds)}")
            self._tokens.next()
            return self._thresholds[name]
        raise self._tokens.expected("a whole number, or a threshold by its name (threshold.NAME)")

    def _need_type(self, field: FieldOf, kind: FieldType) -> None:
        if field.type != kind:
            raise WrongRequest(f"{field.name} is of type {field.type}, and {kind} is needed here.")


def _date_of(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongRequest(f"{text!r} is no date: write it as '2021-12-31'.") from None
