"""Arithmetic of indicators: a closed language of names, numbers, ``+ - * /`` and parentheses. It can do nothing else.

What is not there counts nothing (0), and over 0 there is no value. Expressions are parsed when definitions are loaded
and carried out by the engine once per cell, on numbers that were each counted by themselves: never on other cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from dataport.errors import WrongRequest
from dataport.semantic.tokens import END, Language

MAX_TERMS, MAX_DEPTH = 50, 20
_EXPRESSIONS = Language("expression", ("+", "-", "*", "/", "(", ")"))


@dataclass(frozen=True, slots=True)
class Of:
    """The number of an indicator."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A number as written."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Plus:
    left: Arithmetic
    right: Arithmetic


@dataclass(frozen=True, slots=True)
class Minus:
    left: Arithmetic
    right: Arithmetic


@dataclass(frozen=True, slots=True)
class Times:
    left: Arithmetic
    right: Arithmetic


@dataclass(frozen=True, slots=True)
class Over:
    """A quotient; no value over 0."""

    left: Arithmetic
    right: Arithmetic


@dataclass(frozen=True, slots=True)
class Days:
    """The number of days of the period. It cannot be written; a period's average is divided by it.

    ``counts``: once dates are known, by the first day of each period of a trend; by None without a trend.
    """

    counts: tuple[tuple[date | None, int], ...] = ()


Arithmetic: TypeAlias = Of | Constant | Days | Plus | Minus | Times | Over
_MARKS: dict[type, str] = {Plus: "+", Minus: "-", Times: "*", Over: "/"}


def names_of(arithmetic: Arithmetic) -> Iterator[str]:
    """Names of the indicators in an expression, from left to right."""
    match arithmetic:
        case Of(name):
            yield name
        case Constant() | Days():
            return
        case _:
            yield from names_of(arithmetic.left)
            yield from names_of(arithmetic.right)


def replaced(arithmetic: Arithmetic, by: Callable[[str], Arithmetic]) -> Arithmetic:
    """The same expression with each name replaced."""
    match arithmetic:
        case Of(name):
            return by(name)
        case Constant() | Days():
            return arithmetic
        case _:
            return type(arithmetic)(replaced(arithmetic.left, by), replaced(arithmetic.right, by))


def with_days(arithmetic: Arithmetic, counts: tuple[tuple[date | None, int], ...]) -> Arithmetic:
    """The same expression, for dates that have so many days."""
    match arithmetic:
        case Days():
            return Days(counts)
        case Of() | Constant():
            return arithmetic
        case _:
            return type(arithmetic)(with_days(arithmetic.left, counts), with_days(arithmetic.right, counts))


def has_quotient(arithmetic: Arithmetic) -> bool:
    """Whether an expression divides anywhere, so that its value is no whole number."""
    match arithmetic:
        case Of() | Days():
            return False
        case Constant(value):
            return value != int(value)
        case Over():
            return True
        case _:
            return has_quotient(arithmetic.left) or has_quotient(arithmetic.right)


def in_words(arithmetic: Arithmetic) -> str:
    """The expression as it is written."""
    match arithmetic:
        case Of(name):
            return name
        case Constant(value):
            return str(value)
        case Days():
            return "days"
        case _:
            return f"{_inner(arithmetic.left)} {_MARKS[type(arithmetic)]} {_inner(arithmetic.right)}"


def _inner(part: Arithmetic) -> str:
    return in_words(part) if isinstance(part, Of | Constant | Days) else f"({in_words(part)})"


def parse_arithmetic(text: str) -> Arithmetic:
    """Parse one expression.

    Raises:
        WrongRequest: the text is not of the language; the message points at the place.
    """
    return _Parser(text).parse()


class _Parser:
    """Recursive descent; one method per rank of the operators."""

    def __init__(self, text: str) -> None:
        self._tokens = _EXPRESSIONS.read(text)
        self._depth = 0
        if len(self._tokens) >= 2 * MAX_TERMS:
            raise WrongRequest(f"An expression may have {MAX_TERMS} terms at most.")

    def parse(self) -> Arithmetic:
        found = self._sum()
        if self._tokens.here.kind != END:
            raise self._tokens.expected("+, -, *, / or the end")
        return found

    def _sum(self) -> Arithmetic:
        found = self._product()
        while self._tokens.here.text in ("+", "-"):
            of = Plus if self._tokens.next().text == "+" else Minus
            found = of(found, self._product())
        return found

    def _product(self) -> Arithmetic:
        found = self._factor()
        while self._tokens.here.text in ("*", "/"):
            of = Times if self._tokens.next().text == "*" else Over
            found = of(found, self._factor())
        return found

    def _factor(self) -> Arithmetic:
        here = self._tokens.here
        if here.kind == "name":
            return Of(self._tokens.next().text)
        if here.kind == "number" and "e" not in here.text.lower():
            return Constant(Decimal(self._tokens.next().text))
        if not self._tokens.take("("):
            raise self._tokens.expected("an indicator, a number or (")
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise WrongRequest(f"An expression may be nested {MAX_DEPTH} deep at most.")
        found = self._sum()
        self._tokens.need(")")
        self._depth -= 1
        return found
