"""What is proposed instead of a request that cannot be answered: near, possible, and permitted."""

from __future__ import annotations

import shlex
from datetime import date

import pytest
from figures import KENYA, WIDE, Desk, permission, viewer, world

from dataport.access import Viewer, guard
from dataport.engine import plan
from dataport.errors import DataportError
from dataport.semantic import DateRange, OrderBy, Request, nearest, resolve
from dataport.semantic.members import near_members

DESK = Desk(world([{}]))
DAYS = DateRange(date(2021, 1, 1), date(2022, 2, 28))


def proposed(request: Request, who: Viewer = WIDE) -> str | None:
    def planned(other: Request) -> object:
        return plan(guard(resolve(other, DESK.catalog, DESK.figures.horizon), who))

    with pytest.raises(DataportError):
        planned(request)
    found = nearest(request, DESK.catalog, DESK.figures.horizon, planned)
    if found is not None:
        planned(found)
    return found.in_words() if found else None


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (Request(("active_individual",), ("sexx",)), "active_individuals --by sex"),
        (Request(("active_groups",), ("operation", "sex"), totals=True), "active_groups --by operation --totals"),
        (Request(("active_individuals",), as_of=date(2019, 1, 1)), "active_individuals --as-of 2021-12-31"),
        (Request(("active_individuals",), as_of=date(2030, 1, 1)), "active_individuals --as-of 2022-02-28"),
        (Request(("active_individuals",), ("need_category",)), "active_individuals"),
        (
            Request(("active_individuals",), ("need_category",), top=3, other=True),
            "active_individuals --top 3",
        ),
        (
            Request(("active_individuals",), where=("population_type = 'REFF' and sex = 'F'",)),
            "active_individuals --where \"population_type = 'REF' and sex = 'F'\"",
        ),
        (
            Request(("change_in_active_individuals",)),
            "change_in_active_individuals --period 2022-02-01..2022-02-28",
        ),
        (
            Request(("active_individuals",), ("sex",), order=(OrderBy("active_individual", True),)),
            "active_individuals --by sex --order active_individuals:desc",
        ),
        (
            Request(("active_individuals",), where=("contry_of_asylum = 'KEN' and not sexx in ('F', 'MM')",)),
            "active_individuals --where \"country_of_asylum = 'KEN' and not (sex in ('F', 'M'))\"",
        ),
        (
            Request(("active_individuals",), where=("country_of_origin = 'germni'",)),
            "active_individuals --where \"country_of_origin = 'GFR'\"",
        ),
        (
            Request(("active_individuals",), where=("country_of_origin in ('KEN', 'Egipt')",)),
            "active_individuals --where \"country_of_origin in ('KEN', 'unhcr:ARE')\"",
        ),
        (
            Request(("active_individuals",), ("need_category", "sex"), across="need_category"),
            "active_individuals --by sex",
        ),
        (
            Request(("active_individuals",), where=("age_group = '5-1'",)),
            "active_individuals --where \"age_group = '5-11'\"",
        ),
        (
            Request(("active_individuals",), grain="month", as_of=date(2022, 1, 31)),
            "active_individuals --as-of 2022-01-31",
        ),
        (
            Request(("change_in_active_individuals",), as_of=date(2022, 2, 20)),
            "change_in_active_individuals --period 2022-02-01..2022-02-20",
        ),
    ],
)
def test_the_nearest_changes_little(request_: Request, words: str) -> None:
    assert proposed(request_) == words


@pytest.mark.parametrize(
    "where",
    [
        ("sex = 'F'", "need_status = 'A'"),
        ("sex = 'F' and no_such_thing_at_all = 'A'",),
        ("sex = F",),
        ("sex = 5",),
        ("country_of_origin = 'AUS'",),
        ("country_of_origin != 'aus'",),
        ("active_groups >= 10",),
        ("country_of_asylum = 'iso3:KENYA'",),
    ],
)
def test_a_filter_that_cannot_be_mended_is_never_left_out(where: tuple[str, ...]) -> None:
    assert proposed(Request(("active_individuals",), ("operation",), where=where)) is None


def test_members_are_proposed_for_what_names_none() -> None:
    countries = DESK.catalog.code_lists[DESK.catalog.levels["country_of_origin"].code_list or ""]
    for right in ("KEN", "ken", "Kenya", "kenya", "unhcr:KEN", "AUS", "DEU", "deu"):
        assert near_members(countries, right) == (), right
    assert near_members(countries, "Kenja") == ("KEN",)
    # as near to Romania as to Germany: whoever copied the one would get the number of the other
    assert near_members(countries, "Germania") == ()


def test_what_names_a_system_is_the_same_code_or_nothing() -> None:
    """A code that is only like it is another country."""
    countries = DESK.catalog.code_lists[DESK.catalog.levels["country_of_origin"].code_list or ""]
    for wrong, meant in {
        "iso3:aus": "AUL", "unhcr:aus": "unhcr:AUS", "iso3:SUD": "SUD", "unhcr:SDN": "SUD", "fips:KEN": "KEN",
    }.items():  # fmt: skip
        assert near_members(countries, wrong) == (meant,), wrong
    # of a system that there is not, a code that means two countries means none
    for wrong in ("iso2:AR", "iso3:XQX", "fips:AUS", "iso3:", ":"):
        assert near_members(countries, wrong) == (), wrong


def test_a_name_with_which_several_begin_is_none_of_them() -> None:
    assert proposed(Request(("active_individuals",), ("country",))) == "active_individuals"
    assert proposed(Request(("active_individuals",), where=("country = 'KEN'",))) is None


def test_a_filter_on_what_the_viewer_may_not_name_is_never_left_out() -> None:
    coarse = viewer(None, permission("individual", highest_tier="T0"))
    for by in ((), ("operation",), ("sex",)):
        assert proposed(Request(("active_individuals",), by, where=("sex = 'F'",)), coarse) is None


def test_rows_that_a_filter_on_numbers_hides_are_not_put_into_coarser_ones() -> None:
    request = Request(("active_groups",), ("operation", "sex"), where=("active_groups >= 10",))
    assert proposed(request) is None


def test_a_trend_of_too_many_dates_becomes_coarser() -> None:
    desk = Desk(world([{}], watermark=DESK.figures.horizon.watermark.replace(year=2023)))
    request = Request(("median_age",), period=DateRange(date(2022, 1, 1), date(2022, 12, 31)), grain="day")
    found = nearest(
        request,
        desk.catalog,
        desk.figures.horizon,
        lambda other: plan(guard(resolve(other, desk.catalog, desk.figures.horizon), WIDE)),
    )
    assert found and found.in_words() == "median_age --period 2022-01-01..2022-12-31 --grain week"


def test_what_is_counted_over_days_is_proposed_between_them_and_not_as_two_spans_that_share_days() -> None:
    last, first = date(2022, 2, 10), date(2022, 1, 10)

    def found(*indicators: str) -> str:
        request = Request(indicators, ("operation",), ("operation = 'KEN'",), as_of=last, compare=first)
        near = nearest(
            request,
            DESK.catalog,
            DESK.figures.horizon,
            lambda other: plan(guard(resolve(other, DESK.catalog, DESK.figures.horizon), WIDE)),
        )
        assert near
        return near.in_words()

    asked = "--by operation --where \"operation = 'KEN'\""
    assert found("births") == f"births {asked} --period 2022-01-11..2022-02-10"
    assert found("net_change") == f"net_change {asked} --period 2022-01-11..2022-02-10"
    assert found("active_individuals") == f"active_individuals {asked} --as-of 2022-02-10 --compare 2022-01-10"
    assert "--compare" in found("birth_rate")


def test_nothing_is_proposed_that_the_viewer_may_not_ask() -> None:
    coarse = viewer(None, permission("individual", highest_tier="T0"))
    assert (
        proposed(Request(("active_individuals",), ("operation", "sex")), coarse) == "active_individuals --by operation"
    )
    nobody = Viewer("joe", KENYA.viewer_class, (), 1)
    assert proposed(Request(("active_individuals",)), nobody) is None


def test_a_long_filter_is_not_gone_over_again() -> None:
    members = ", ".join(f"'{number}'" for number in range(100_000))
    assert proposed(Request(("active_groups",), where=(f"sex in ({members})",))) is None


def test_filters_are_quoted_for_a_shell() -> None:
    filters = ("sex = 'F'", "name = '\"$(rm) `x` \\ !'")
    words = Request(("x",), where=filters).in_words()
    assert shlex.split(words) == ["x", "--where", filters[0], "--where", filters[1]]
    assert f'--where "{filters[0]}"' in words
