"""What must hold between the answers to different questions, whatever the rows are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from figures import WIDE, Desk, viewer
from hypothesis import assume, given
from hypothesis import strategies as st

from dataport.access import Viewer
from dataport.disclosure import SafeTable
from dataport.semantic import Catalog, Request
from dataport.semantic.condition import in_words
from dataport.semantic.formula import Change, Simple
from generative.strategies import UNITS, common_levels, conditions, extended_catalog, requests, worlds

DESK = Desk(definitions=extended_catalog())
Cells = Mapping[tuple[Any, ...], Any]


def _asked(data: st.DataObject, *, counts_only: bool = True) -> Request:
    """A world to answer from, and a plain request; of counts only, because only counts add up."""
    what = data.draw(worlds(), "world")
    DESK.show(what)
    asked = data.draw(requests(what, DESK.catalog, plain=True), "request")
    counts = tuple(name for name in asked.indicators if _is_count(name, DESK.catalog))
    return replace(asked, indicators=counts or ("happened",), **_fitting(asked, counts)) if counts_only else asked


def _fitting(asked: Request, counts: tuple[str, ...]) -> dict[str, Any]:
    """Events alone do not have every level that others have."""
    return {} if counts else {"by": (), "where": ()}


def _is_count(name: str, catalog: Catalog) -> bool:
    formula = catalog.indicators[name].formula
    return isinstance(formula, Simple) and formula.measure.aggregate == "count"


def _cells(answer: SafeTable, indicator: str) -> Cells:
    """The numbers of one indicator by the members of the levels, and the period of a trend."""
    keys = [one.name for one in answer.columns if one.role == "level"]
    return {tuple(row[name] for name in keys): row[indicator] for row in answer.data.to_pylist()}


def _answer(request: Request, who: Viewer = WIDE) -> SafeTable:
    return DESK.request(request, who)


@given(st.data())
def test_parts_sum_to_the_whole(data: st.DataObject) -> None:
    """Every total is the sum of its parts, the unknown among them, for everything that is counted."""
    asked = _asked(data)
    answer = _answer(replace(asked, totals=True))
    for total in answer.totals:
        spans = [*total.levels, *(["period"] if asked.grain else [])]
        for name in dict.fromkeys(asked.indicators):
            whole = {tuple(row[one] for one in spans): row[name] or 0 for row in total.data.to_pylist()}
            parts = dict.fromkeys(whole, 0)
            for row in answer.data.to_pylist():
                parts[tuple(row[one] for one in spans)] += row[name] or 0
            assert parts == whole


@given(st.data())
def test_a_narrower_filter_never_increases_a_count(data: st.DataObject) -> None:
    asked = _asked(data)
    narrower = in_words(data.draw(conditions(common_levels(asked.indicators, DESK.catalog))))
    before, after = _answer(asked), _answer(replace(asked, where=(*asked.where, narrower)))
    for name in asked.indicators:
        _no_cell_exceeds(_cells(after, name), _cells(before, name))


@given(st.data())
def test_a_narrower_scope_never_increases_a_cell(data: st.DataObject) -> None:
    asked = _asked(data)
    # who has none of something may have it outside the scope: such filters are not of this kind
    reaching = [level.name for level in DESK.catalog.levels.values() if level.through]
    assume(not any(name in text for name in reaching for text in asked.where))
    some = data.draw(st.lists(st.sampled_from(UNITS), max_size=2, unique=True))
    fewer = some[:1] if data.draw(st.booleans()) else []
    for name in asked.indicators:
        wide, limited, least = (_cells(_answer(asked, who), name) for who in (WIDE, viewer(some), viewer(fewer)))
        _no_cell_exceeds(limited, wide)
        _no_cell_exceeds(least, limited)


def _no_cell_exceeds(lower: Cells, upper: Cells) -> None:
    for key, value in lower.items():
        assert (value or 0) <= (upper.get(key) or 0), key


@given(st.data())
def test_a_condition_and_its_opposite_are_everything(data: st.DataObject) -> None:
    asked = _asked(data)
    condition = in_words(data.draw(conditions(common_levels(asked.indicators, DESK.catalog))))
    everything = _answer(asked)
    those = _answer(replace(asked, where=(*asked.where, condition)))
    others = _answer(replace(asked, where=(*asked.where, f"not ({condition})")))
    for name in asked.indicators:
        together = {key: value or 0 for key, value in _cells(those, name).items()}
        for key, value in _cells(others, name).items():
            together[key] = together.get(key, 0) + (value or 0)
        assert _counted(together) == _counted(_cells(everything, name))


def _counted(cells: Cells) -> Cells:
    return {key: value for key, value in cells.items() if value}


@given(st.data())
def test_a_point_of_a_trend_is_the_answer_for_its_date(data: st.DataObject) -> None:
    """Stocks and ratios of stocks: each period of a trend says what the question as of its last day says."""
    what = data.draw(worlds(), "world")
    DESK.show(what)
    asked = data.draw(requests(what, DESK.catalog, plain=True), "request")
    stocks = [name for name in asked.indicators if _is_stock(name)]
    asked = replace(asked, indicators=tuple(stocks) or ("active_individuals",))
    if not stocks:
        asked = replace(asked, by=(), where=())
    trend = replace(asked, as_of=None, period=None, grain=data.draw(st.sampled_from(["month", "quarter", "year"])))
    scope = data.draw(st.sampled_from([WIDE, viewer(UNITS[:1])]))
    drawn = _answer(trend, scope)
    for period in DESK.scoped(trend, scope).question.timeline.periods:
        single = _answer(replace(asked, period=None, grain=None, as_of=period.last), scope)
        for name in asked.indicators:
            of_trend = {key[:-1]: value for key, value in _cells(drawn, name).items() if key[-1] == period.first}
            assert _counted(of_trend) == _counted(_cells(single, name))


@given(st.data())
def test_as_of_the_last_day_is_now(data: st.DataObject) -> None:
    asked = _asked(data, counts_only=False)
    stocks = tuple(name for name in asked.indicators if _is_stock(name))
    asked = replace(asked, period=None, grain=None, indicators=stocks or ("active_individuals",))
    if not stocks:
        asked = replace(asked, by=(), where=())
    now, then = (_answer(replace(asked, as_of=day)) for day in (None, DESK.figures.horizon.last_day))
    assert (now.data, now.status) == (then.data, then.status)


def _is_stock(name: str) -> bool:
    if isinstance(DESK.catalog.indicators[name].formula, Change):
        return False  # a change of one date is from another than that of a period
    leaves = DESK.catalog.leaves(DESK.catalog.indicators[name])
    return all(isinstance(leaf.formula, Simple) and leaf.formula.kind == "stock" for leaf in leaves)


@given(st.data())
def test_indicators_asked_together_are_those_asked_apart(data: st.DataObject) -> None:
    asked = _asked(data, counts_only=False)
    who = data.draw(st.sampled_from([WIDE, viewer(UNITS[:1])]))
    together = _answer(asked, who)
    for name in asked.indicators:
        apart = _cells(_answer(replace(asked, indicators=(name,)), who), name)
        for key, value in _cells(together, name).items():
            assert value == apart[key] if key in apart else not value
        assert set(apart) <= set(_cells(together, name))
