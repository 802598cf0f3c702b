"""Each leak that other systems are known for, named after what leaked there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from figures import KENYA, WIDE, Desk, permission, tuples, viewer, world

from dataport.access import Viewer
from dataport.errors import DataportError, Refused, UnknownName
from dataport.semantic import OrderBy, Request
from dataport.semantic.condition import ALWAYS, Compare
from dataport.semantic.policy import Members, Policy, Who

ABROAD = {
    "business_unit_id": "UGA-CO",
    "operation_code": "UGA",
    "country_of_asylum_code": "UGA",
    "place_id": "20UGA001",
}
HOME = world(
    [{"individual_key": 1, "sex_code": "F"}, {"individual_key": 2, "sex_code": "M"}],
    [{"group_key": 1, "active_member_count": 2}],
    [{"individual_key": 1}],
    [{"individual_key": 1, "need_category_code": "DS"}],
    [{"individual_key": 1}],
    [{"individual_key": 1}],
)
EVERYWHERE = world(
    [{"individual_key": 1, "sex_code": "F"}, {"individual_key": 2, "sex_code": "M"}]
    + [{"individual_key": n, **ABROAD, "birth_date": date(1900 + n, 1, 1)} for n in range(3, 40)],
    [{"group_key": 1, "active_member_count": 2}, {"group_key": 2, **ABROAD, "active_member_count": 9}],
    [{"individual_key": 1}, {"individual_key": 3, **ABROAD}],
    [{"individual_key": 1, "need_category_code": "DS"}, {"individual_key": 3, **ABROAD, "need_category_code": "WR"}],
    [{"individual_key": 1}, {"individual_key": 3, **ABROAD}],
    [{"individual_key": 1}, {"individual_key": 3, **ABROAD}],
)
NO_SEX = viewer(["KEN-CO"], highest_tier="T0")


def same_in_both(request: Request, who: Viewer = KENYA) -> Any:
    """What the viewer is told, if it is the same whether or not there is anybody elsewhere."""
    told = [_told(Desk(what), request, who) for what in (HOME, EVERYWHERE)]
    assert told[0] == told[1]
    return told[0]


def _told(desk: Desk, request: Request, who: Viewer) -> Any:
    try:
        answer = desk.request(request, who)
    except DataportError as refusal:
        return type(refusal).__name__, str(refusal)
    return tuples(answer.data), [tuples(total.data) for total in answer.totals], answer.status, dict(answer.members)


@pytest.mark.parametrize(
    "indicator",
    [
        "active_specific_needs",
        "individuals_with_specific_needs",
        "new_registrations",
        "valid_documents",
        "share_with_valid_document",
        "active_groups",
        "average_group_size",
        "persons_assisted",
        "needs_per_person_in_need",
    ],
)
def test_child_facts_that_forget_the_rows_of_their_parent(indicator: str) -> None:
    same_in_both(Request((indicator,)))


def test_totals_that_are_counted_over_everybody() -> None:
    request = Request(("active_individuals", "share_of_women_and_girls"), ("country_of_asylum", "sex"), totals=True)
    rows, totals, _, _ = same_in_both(request)
    assert totals[0][0][2:] == (2, 0.5) and sum(row[2] for row in rows) == 2


def test_shares_of_a_whole_that_holds_everybody() -> None:
    rows, *_ = same_in_both(Request(("share_of_active_total", "share_of_active_parent"), ("country_of_asylum",)))
    assert rows == [("KEN", 1.0, 1.0)]


@pytest.mark.parametrize("level", ["country_of_asylum", "location", "age_group", "need_category"])
def test_distinct_values_of_a_breakdown(level: str) -> None:
    indicator = "active_specific_needs" if level == "need_category" else "active_individuals"
    rows, *_ = same_in_both(Request((indicator,), (level,)))
    assert all("UGA" not in str(row) and "WR" not in str(row) for row in rows)


def test_an_answer_kept_for_one_viewer_is_given_to_another() -> None:
    """Whoever asked before, and whatever: each is answered from their own rows."""
    desk, request = Desk(EVERYWHERE), Request(("active_individuals",))
    for who, count in ((WIDE, 39), (KENYA, 2), (WIDE, 39), (viewer(["UGA-CO"]), 37), (KENYA, 2)):
        assert tuples(desk.request(request, who).data) == [(count,)]


def test_an_answer_kept_from_before_a_permission_was_withdrawn() -> None:
    desk, request = Desk(EVERYWHERE), Request(("active_individuals",), ("sex",))
    assert desk.request(request, KENYA).data.num_rows == 2
    with pytest.raises(Refused):
        desk.request(request, NO_SEX)


@pytest.mark.parametrize(
    "words",
    [
        {"by": ("sex",)},
        {"where": ("sex = 'F'",)},
        {"where": ("not (sex = 'F' or sex is unknown)",)},
        {"where": ("country_of_asylum = 'KEN' or sex = 'F'",)},
        {"where": ("sex is unknown",)},
    ],
)
def test_a_filter_or_breakdown_on_a_forbidden_member(words: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="more sensitive"):
        Desk(EVERYWHERE).ask("active_individuals", who=NO_SEX, **words)


@pytest.mark.parametrize("indicator", ["share_of_women_and_girls", "median_age", "share_of_children", "sex_ratio"])
def test_a_derived_field_that_reads_a_forbidden_one(indicator: str) -> None:
    with pytest.raises(Refused, match="more sensitive"):
        Desk(EVERYWHERE).ask(indicator, who=NO_SEX)


def test_a_sort_by_a_forbidden_member() -> None:
    desk = Desk(EVERYWHERE)
    for name in ("sex", "share_of_women_and_girls", "median_age"):
        with pytest.raises(DataportError):
            desk.ask("active_individuals", by=("country_of_asylum",), order=(OrderBy(name),), who=NO_SEX)


def test_a_having_on_a_forbidden_indicator() -> None:
    with pytest.raises(DataportError):
        Desk(EVERYWHERE).ask("active_individuals", where=("share_of_women_and_girls > 0.4",), who=NO_SEX)


def test_a_having_that_searches_for_somebody() -> None:
    """Narrowing a number step by step finds out nothing of rows elsewhere."""
    for bound in (1, 2, 3, 30):
        same_in_both(Request(("active_individuals",), ("sex",), where=(f"active_individuals >= {bound}",)))


def test_an_empty_list_of_grants_that_filters_nothing() -> None:
    desk = Desk(EVERYWHERE)
    assert desk.rows("active_individuals", "active_groups", "valid_documents", who=viewer([])) == [(0, 0, 0)]
    with pytest.raises(Refused):
        desk.ask("active_individuals", who=viewer(None, permission("event")))


def test_a_list_of_grants_that_holds_no_value() -> None:
    """A unit that is null in the grants is nobody's, and so is a row without a unit."""
    desk = Desk(world([{"business_unit_id": None}, {}]))
    odd = viewer(None, permission("individual", [None]))  # type: ignore[list-item]
    assert desk.rows("active_individuals", who=odd) == [(0,)]


@pytest.mark.parametrize("value", ["'x'' or 1=1 --'", "'KEN'", "'\x00'", "'" + "9" * 5000 + "'"])
def test_an_expression_that_raises_on_rows_elsewhere(value: str) -> None:
    """Nothing that the viewer writes is computed on a row before the guard: no cast, no function, no quotient."""
    same_in_both(Request(("active_individuals",), where=(f"operation = {value}",)))


@pytest.mark.parametrize("word", ["1/0", "cast(sex as int) = 1", "length(sex) > 1", "sex || 'a' = 'Fa'", "error('x')"])
def test_an_expression_of_the_viewers_own(word: str) -> None:
    told = same_in_both(Request(("active_individuals",), where=(word,)))
    assert told[0] == "WrongRequest"


def test_a_masked_value_that_an_aggregate_uncovers() -> None:
    """The extreme ages of people elsewhere are in no quantile, average or band of this viewer's."""
    for indicator in ("median_age", "average_group_size", "median_group_size"):
        same_in_both(Request((indicator,)))
    same_in_both(Request(("active_individuals",), ("age",)))


def test_a_suggestion_that_names_what_is_elsewhere() -> None:
    """Names that are nearly right are corrected from public lists only."""
    for request in (
        Request(("active_individual",)),
        Request(("active_individuals",), ("sexx",)),
        Request(("active_individuals",), where=("operation = 'UGB'",)),
        Request(("active_individuals",), where=("location = '20UGA00'",)),
    ):
        told = same_in_both(request)
        assert "20UGA001" not in str(told)


def test_a_top_that_is_cut_by_members_elsewhere() -> None:
    same_in_both(Request(("active_individuals",), ("country_of_asylum",), top=1))
    same_in_both(Request(("active_individuals",), ("country_of_asylum",), top=1, other=True))


def test_a_trend_that_shows_a_period_because_somebody_elsewhere_had_one() -> None:
    rows, *_ = same_in_both(Request(("active_individuals", "new_registrations"), ("country_of_asylum",), grain="month"))
    assert {row[0] for row in rows} <= {"KEN"}


def test_a_move_across_the_edge_that_is_told_from_beyond_it() -> None:
    """Who left is counted no more, who came is counted from then on; where they went or came from is not told."""
    moved = datetime(2022, 2, 1)
    came = [{"individual_key": 1, **ABROAD, "valid_to": moved}, {"individual_key": 1, "valid_from": moved}]
    stayed = [{"individual_key": 1, "valid_from": moved}]
    desks = [Desk(world(rows)) for rows in (came, stayed)]
    request = Request(("active_individuals",), ("country_of_asylum",), grain="month")
    assert tuples(desks[0].request(request, KENYA).data) == tuples(desks[1].request(request, KENYA).data)


def test_a_rollup_that_forgets_the_guard() -> None:
    desk = Desk(EVERYWHERE)
    for rollups in (True, False):
        for day in (None, date(2022, 1, 15)):
            request = Request(("active_individuals",), ("country_of_asylum",), as_of=day)
            assert tuples(desk.request(request, KENYA, rollups=rollups).data) == [("KEN", 2)]


def test_one_policy_that_opens_what_another_closes() -> None:
    """Where rules are combined by OR, one that permits is enough; here a forbid is stronger, wherever it stands."""
    forbid = Policy(
        "no_women", "forbid", Who(), (), Compare("sex", "=", "F"), Members(), ("count",), False, "For a test."
    )
    desk = Desk(EVERYWHERE)
    for rules in ((*desk.catalog.policies, forbid), (forbid, *desk.catalog.policies)):
        desk.catalog = replace(desk.catalog, policies=rules)
        assert desk.rows("registered_individuals", who=KENYA) == [(1,)]


def test_a_change_that_tells_what_a_policy_keeps_back() -> None:
    """Whoever passes into rows that a policy keeps back left scope, and its cause is not told, whatever it is."""
    forbid = Policy(
        "no_holds",
        "forbid",
        Who(),
        ("individual",),
        Compare("process_status", "=", "H"),
        Members(),
        ("count",),
        False,
        "For a test.",
    )
    held = datetime(2022, 1, 20)
    told = []
    for cause in ("status_changed", "inactivated", "moved"):
        rows = [
            {"individual_key": 1, "valid_to": held},
            {"individual_key": 1, "process_status_code": "H", "valid_from": held, "start_cause_code": cause},
            {"individual_key": 2},
        ]
        desk = Desk(world(rows))
        desk.catalog = replace(desk.catalog, policies=(*desk.catalog.policies, forbid))
        change = desk.change("registered_individuals", (date(2021, 12, 31), date(2022, 2, 28)), KENYA)
        told.append(change.data.to_pylist())
    assert told == [[{"start": 2, "left_scope": -1, "end": 1}]] * 3


def test_a_cause_that_a_policy_or_a_role_keeps_back() -> None:
    """Causes are kinds of events: who may not ask by those is told none. Nor is a document told by its change."""
    rows = [
        {"individual_key": 1, "valid_to": datetime(2022, 1, 20)},
        {
            "individual_key": 1,
            "process_status_code": "I",
            "valid_from": datetime(2022, 1, 20),
            "start_cause_code": "died",
        },
        {
            "individual_key": 2,
            "has_valid_document": False,
            "education_level_code": "NE",
            "valid_to": datetime(2022, 1, 20),
        },
        {
            "individual_key": 2,
            "education_level_code": "03",
            "valid_from": datetime(2022, 1, 20),
            "start_cause_code": "document_changed",
        },
    ]
    days = date(2021, 12, 31), date(2022, 2, 28)
    desk = Desk(world(rows))
    assert desk.change("active_individuals", days).data.to_pylist() == [{"start": 2, "deaths": -1, "end": 1}]
    told = desk.change("active_individuals", days, by=("education_level",), where=("education_level is not unknown",))
    assert set(told.data.column_names) == {"education_level", "start", "updated_in", "updated_out", "end"}
    forbid = Policy(
        "no_kinds",
        "forbid",
        Who(),
        (),
        ALWAYS,
        Members(names=("event_type",)),
        ("count",),
        False,
        "Kinds are kept back",
    )
    desk.catalog = replace(desk.catalog, policies=(*desk.catalog.policies, forbid))
    with pytest.raises(Refused, match="Kinds are kept back"):
        desk.change("active_individuals", days)
    assert desk.rows("active_individuals") == [(1,)]


def test_a_move_that_explains_what_is_no_move() -> None:
    """Somebody was transferred and learned something at one instant: by education nobody moved, by country they did."""
    then = datetime(2022, 1, 20)
    moved = {
        "business_unit_id": "KEN-SO",
        "country_of_asylum_code": "UGA",
        "valid_from": then,
        "start_cause_code": "moved",
    }
    rows = [
        {"individual_key": 1, "education_level_code": "NE", "valid_to": then},
        {"individual_key": 1, "education_level_code": "03", "valid_from": then, **moved},
    ]
    days = date(2021, 12, 31), date(2022, 2, 28)
    for who in (WIDE, viewer(["KEN-CO", "KEN-SO"])):
        desk = Desk(world(rows))
        names = [
            set(desk.change("active_individuals", days, who, by=(level,)).data.column_names)
            for level in ("education_level", "country_of_asylum")
        ]
        assert {"updated_in", "updated_out"} <= names[0] and not {"moved_in", "moved_out"} & names[0]
        assert {"moved_in", "moved_out"} <= names[1]


@pytest.mark.parametrize(
    "words", [{"where": ("active_individuals < 2",)}, {"top": 1}, {"order": (OrderBy("active_individuals"),)}]
)
def test_a_change_that_is_told_in_part(words: dict[str, Any]) -> None:
    desk = Desk(world([{}]))
    with pytest.raises(DataportError, match="told in every cell"):
        desk.change("active_individuals", (date(2021, 12, 31), date(2022, 2, 28)), by=("sex",), **words)


def test_what_is_refused_costs_no_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal is decided before any row is read, so how long it takes tells nothing of rows."""
    desk = Desk(EVERYWHERE)
    monkeypatch.setattr(type(desk.figures), "run", lambda *_: pytest.fail("a statement was run"))
    for request, kind in (
        (Request(("active_individuals",), ("sex",)), Refused),
        (Request(("active_individuals",), ("nothing",)), UnknownName),
        (Request(("active_individuals",), where=("operation = 'XXX'",)), DataportError),
    ):
        with pytest.raises(kind):
            desk.request(request, NO_SEX)
