"""Questions drawn at random from a seed: every indicator in turn, in every shape that a question can have."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeAlias

from dataport.api import Port
from dataport.errors import DataportError
from dataport.semantic import (
    Catalog,
    DateRange,
    Horizon,
    OrderBy,
    Request,
    breaks_down,
    goes_with,
    resolve,
    resolve_change,
)
from dataport.semantic.model import Indicator, Level

# In words of `port.ask` and `port.change`, so that it can be written down and asked again.
Question: TypeAlias = dict[str, Any]

GLOBAL = "statistician.hq@example.org"
VIEWERS = (
    *[GLOBAL] * 6,
    "analyst.ehagl@example.org",
    "analyst.ken@example.org",
    "registrar.uga@example.org",
    "clerk.ken@example.org",
)
SEED, TRIES = 20260, 40
# Of many members the first few, so that filters find something.
MEMBERS = 5


@dataclass(slots=True)
class Draw:
    """Questions for one home. What a filter may name is asked of the home itself."""

    catalog: Catalog
    horizon: Horizon
    port: Port
    random: random.Random
    _members: dict[str, list[Any]] = field(default_factory=dict)

    def questions(self, count: int) -> Iterator[Question]:
        """So many, each of which can be asked of somebody who may see everything, as far as one can be drawn."""
        names = sorted(self.catalog.public_indicators())
        for number in range(count):
            shape = SHAPES[(number // len(names) + number) % len(SHAPES)]
            question: Question = {"indicators": [names[number % len(names)]]}
            for _ in range(TRIES):
                # few indicators can be taken apart: those that cannot leave their turn to any other
                name = self.random.choice(names) if shape is _why_it_moved else names[number % len(names)]
                drawn = self._drawn(self.catalog.indicator(name), shape)
                if self._can_be_asked(drawn):
                    question = drawn
                    break
            yield question | {"viewer": self.random.choice(VIEWERS)}

    def _drawn(self, indicator: Indicator, shape: Callable[[Draw, Indicator], Question]) -> Question:
        goes = [one for one in self.catalog.levels.values() if breaks_down(self.catalog, indicator, one)]
        by = [one.name for one in self.random.sample(goes, min(len(goes), self.random.choice((0, 1, 1, 1, 2, 2, 3))))]
        question: Question = {"indicators": [indicator.name], "by": by}
        if self.random.random() < 0.5:
            question["where"] = self._filters(indicator)
        if by and self.random.random() < 0.4:
            question["totals"] = True
        if self.random.random() < 0.15:
            question["geography"] = "as-was"
        return question | shape(self, indicator)

    def _filters(self, indicator: Indicator) -> list[str]:
        goes = [one for one in self.catalog.levels.values() if goes_with(self.catalog, indicator, one)]
        chosen = self.random.sample(goes, min(len(goes), self.random.choice((1, 1, 1, 2))))
        return [self._filter(one, indicator) for one in chosen]

    def _filter(self, level: Level, indicator: Indicator) -> str:
        members = [_literal(one) for one in self._members_of(level, indicator)]
        if not members or self.random.random() < 0.05:
            return f"{level.name} is unknown"
        if level.type in ("integer", "number", "date"):
            low, high = sorted(self.random.choices(self._members_of(level, indicator), k=2))
            operator = self.random.choice(("<", "<=", ">", ">=", "="))
            between = f"{level.name} between {_literal(low)} and {_literal(high)}"
            return self.random.choice((f"{level.name} {operator} {_literal(low)}", between))
        one, several = self.random.choice(members), ", ".join(self.random.sample(members, min(2, len(members))))
        forms = ("{} = {one}", "{} = {one}", "{} != {one}", "{} in ({several})", "not {} in ({several})")
        return self.random.choice(forms).format(level.name, one=one, several=several)

    def _members_of(self, level: Level, indicator: Indicator) -> list[Any]:
        if level.name not in self._members:
            try:
                rows = self.port.ask([indicator.name], by=[level.name]).to_dicts()
            except DataportError:
                rows = []
            rows.sort(key=lambda row: row[indicator.name] or 0, reverse=True)
            known = [row[level.name] for row in rows if row[level.name] is not None]
            self._members[level.name] = known[: MEMBERS if level.type in ("text", "boolean") else 200]
        return self._members[level.name]

    def _can_be_asked(self, question: Question) -> bool:
        try:
            request = request_of(question)
            (resolve_change if "between" in question else resolve)(request, self.catalog, self.horizon)
        except DataportError:
            return False
        return True

    def day(self) -> date:
        """A day of history, more often a late one."""
        days = (self.horizon.last_day - self.horizon.first_day).days
        return self.horizon.last_day - timedelta(days=int(days * self.random.random() ** 3))

    def days(self) -> tuple[date, date]:
        first, last = sorted((self.day(), self.day()))
        return (first, last) if first < last else (first - timedelta(days=1), last)

    def month(self, back: int) -> tuple[date, date]:
        """A whole month, so many before the last one begun; it may be cut by the watermark."""
        count = self.horizon.last_day.year * 12 + self.horizon.last_day.month - 1 - back
        following = date((count + 1) // 12, (count + 1) % 12 + 1, 1)
        return date(count // 12, count % 12 + 1, 1), min(following - timedelta(days=1), self.horizon.last_day)


def request_of(question: Mapping[str, Any]) -> Request:
    """The request that the words make."""
    words = {name: said for name, said in question.items() if name not in ("viewer", "between")}
    if "between" in question:
        first, last = map(date.fromisoformat, question["between"])
        words |= {"as_of": last, "compare": first}
    else:
        for name in ("as_of", "compare"):
            if name in words and words[name] not in ("previous", "year-ago"):
                words[name] = date.fromisoformat(words[name])
    if "period" in words:
        words["period"] = DateRange.parse(words["period"])
    words["subtotals"] = tuple(map(tuple, words.get("subtotals", ())))
    words["order"] = tuple(map(OrderBy.parse, words.get("order", ())))
    fields: dict[str, Any] = {name: tuple(said) if isinstance(said, list) else said for name, said in words.items()}
    return Request(**fields)


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"


def _said(days: Sequence[date]) -> str:
    return f"{days[0]}..{days[1]}"


def _today(_: Draw, __: Indicator) -> Question:
    return {}


def _on_a_day(draw: Draw, _: Indicator) -> Question:
    return {"as_of": str(draw.day())}


def _over_days(draw: Draw, _: Indicator) -> Question:
    return {"period": _said(draw.days())}


def _by_month(draw: Draw, _: Indicator) -> Question:
    return {"period": _said((draw.month(draw.random.randrange(2, 14))[0], draw.horizon.last_day)), "grain": "month"}


def _by_another_grain(draw: Draw, _: Indicator) -> Question:
    grain = draw.random.choice(("day", "week", "quarter", "year"))
    first, last = draw.days()
    return {"period": _said((max(first, last - timedelta(days=40)) if grain == "day" else first, last)), "grain": grain}


def _beside_another_time(draw: Draw, _: Indicator) -> Question:
    if draw.random.random() < 0.4:
        return {"as_of": str(draw.day()), "compare": str(draw.day())}
    return {
        "period": _said(draw.month(draw.random.randrange(4))),
        "compare": draw.random.choice(("previous", "year-ago")),
    }


def _the_largest(draw: Draw, indicator: Indicator) -> Question:
    other: Question = {"other": True} if draw.random.random() < 0.5 else {"order": [f"{indicator.name}:desc"]}
    return {"top": draw.random.randrange(1, 6)} | other


def _several_together(draw: Draw, indicator: Indicator) -> Question:
    others = draw.random.sample(sorted(draw.catalog.public_indicators()), 2)
    return {"indicators": list(dict.fromkeys((indicator.name, *others))), "period": _said(draw.month(0))}


def _only_large_numbers(draw: Draw, indicator: Indicator) -> Question:
    return {"where": [*draw._filters(indicator), f"{indicator.name} >= {draw.random.randrange(1, 4)}"]}


def _why_it_moved(draw: Draw, _: Indicator) -> Question:
    return {"between": [str(day) for day in draw.days()]}


SHAPES: tuple[Callable[[Draw, Indicator], Question], ...] = (
    _today,
    _on_a_day,
    _over_days,
    _by_month,
    _by_another_grain,
    _beside_another_time,
    _the_largest,
    _several_together,
    _only_large_numbers,
    _why_it_moved,
)
