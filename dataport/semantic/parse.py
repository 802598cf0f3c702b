"""The filter language of the contract: text to a condition whose names are not yet bound.

``=  !=  <  <=  >  >=  in  not in  between  is unknown  and  or  not  ( )`` over names and literals. There are no
functions and no arithmetic: what cannot be written cannot leak or raise.
"""

from __future__ import annotations

from decimal import Decimal

from dataport.errors import WrongRequest
from dataport.semantic.condition import (
    AllOf,
    AnyOf,
    Attribute,
    Between,
    Compare,
    Condition,
    IsUnknown,
    Not,
    OneOf,
    Value,
)
from dataport.semantic.names import KEYWORDS
from dataport.semantic.numbers import DIGITS
from dataport.semantic.tokens import END, Language

MAX_LENGTH = 2_000_000
MAX_DEPTH = 40
MAX_CONDITIONS = 200
MAX_MEMBERS = 200_000

_FILTERS = Language(
    "filter",
    ("<=", ">=", "!=", "<>", "=", "<", ">", "(", ")", ","),
    "Write text in single quotes, as in sex = 'F'.",
)


def parse_condition(text: str, attributes: tuple[str, ...] = ()) -> Condition:
    """Parse one EXPR.

    Args:
        attributes: what may stand for a value as ``viewer.NAME``, in policies.

    Raises:
        WrongRequest: the text is not of the grammar; the message points at the place.
    """
    if len(text) > MAX_LENGTH:
        raise WrongRequest(f"A filter may have {MAX_LENGTH:,} characters at most; this one has {len(text):,}.")
    return _Parser(text, attributes).parse()


class _Parser:
    """Recursive descent; one method per rule of the grammar."""

    def __init__(self, text: str, attributes: tuple[str, ...]) -> None:
        self._attributes = {f"viewer.{name}": Attribute(name) for name in attributes}
        self._tokens = _FILTERS.read(text)
        self._depth = 0
        self._conditions = 0

    def parse(self) -> Condition:
        condition = self._any_of()
        if self._tokens.here.kind != END:
            raise self._tokens.expected("and, or, or the end of the filter")
        return condition

    def _any_of(self) -> Condition:
        parts = [self._all_of()]
        while self._tokens.take("or"):
            parts.append(self._all_of())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _all_of(self) -> Condition:
        parts = [self._negation()]
        while self._tokens.take("and"):
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _negation(self) -> Condition:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise WrongRequest(f"A filter may be nested {MAX_DEPTH} deep at most.")
        try:
            if self._tokens.take("not"):
                return Not(self._negation())
            if self._tokens.take("("):
                inner = self._any_of()
                self._tokens.need(")")
                return inner
            return self._comparison()
        finally:
            self._depth -= 1

    def _comparison(self) -> Condition:
        self._conditions += 1
        if self._conditions > MAX_CONDITIONS:
            raise WrongRequest(
                f"A filter may hold {MAX_CONDITIONS} conditions at most. For many members of one breakdown use in (…)."
            )
        level = self._name()
        if self._tokens.take("is"):
            negated = self._tokens.take("not")
            self._tokens.need("unknown")
            return Not(IsUnknown(level)) if negated else IsUnknown(level)
        if self._tokens.take("between"):
            low = self._value()
            self._tokens.need("and")
            return Between(level, low, self._value())
        if self._tokens.take("not"):
            self._tokens.need("in")
            return Not(OneOf(level, self._members()))
        if self._tokens.take("in"):
            return OneOf(level, self._members())
        return self._binary(level)

    def _binary(self, level: str) -> Condition:
        for operator in ("=", "!=", "<>", "<=", ">=", "<", ">"):
            if self._tokens.take(operator):
                return Compare(level, "!=" if operator == "<>" else operator, self._value())  # type: ignore[arg-type]
        raise self._tokens.expected("=, !=, <, <=, >, >=, in, not in, between, or is unknown")

    def _members(self) -> tuple[Value, ...]:
        if self._tokens.here.text in self._attributes:
            return (self._value(),)
        self._tokens.need("(")
        values = [self._value()]
        while self._tokens.take(","):
            values.append(self._value())
            if len(values) > MAX_MEMBERS:
                raise WrongRequest(f"A list may have {MAX_MEMBERS:,} members at most.")
        self._tokens.need(")")
        return tuple(dict.fromkeys(values))

    def _name(self) -> str:
        token = self._tokens.here
        if token.kind != "name" or token.text.lower() in KEYWORDS:
            raise self._tokens.expected("the name of a breakdown")
        return self._tokens.next().text

    def _value(self) -> Value:
        token = self._tokens.here
        if token.text in self._attributes:
            return self._attributes[self._tokens.next().text]
        if token.kind == "text":
            return self._tokens.next().text[1:-1].replace("''", "'")
        if token.kind == "number":
            return _number(self._tokens.next().text)
        for word in ("true", "false"):
            if self._tokens.take(word):
                return word == "true"
        raise self._tokens.expected("a number, true, false or a text in single quotes ('KEN')")


def _number(text: str) -> int | Decimal:
    """A number as it is written; with an exponent, as programs write very large and very small binary fractions."""
    digits, _, exponent = text.lower().partition("e")
    if sum(map(str.isdecimal, digits)) > DIGITS:
        raise WrongRequest(f"A number in this filter is too large: it may have {DIGITS} digits at most.")
    value = Decimal(text)
    if exponent and value == value.to_integral_value() and value.adjusted() < DIGITS:
        return int(value)
    return value if exponent or "." in text else int(value)
