"""The questions that the bench asks: a mixed set to compile, and some with hand-written SQL to run beside."""

from __future__ import annotations

from collections.abc import Iterator

from dataport.semantic import Catalog, DateRange, Horizon, Request, goes_with

_AT = "valid_from < (select watermark from build) and valid_to >= (select watermark from build)"

# Each with the SQL that somebody who knows the tables would write; the same rows in the same order.
HAND_WRITTEN: tuple[tuple[Request, str], ...] = (
    (
        Request(("active_individuals",)),
        f"select count(*) from fct_population where {_AT} and process_status_code = 'A'",
    ),
    (
        Request(("active_individuals",), ("country_of_asylum",)),
        f"""select country_of_asylum_code, count(*) from fct_population where {_AT} and process_status_code = 'A'
            group by 1 order by 1 nulls last""",
    ),
    (
        Request(("active_individuals",), ("unhcr_bureau",)),
        f"""select bureau_code, count(*) from fct_population as p
            left join (select country_code, bureau_code from dim_country where {_AT}) as c
              on c.country_code = p.country_of_asylum_code
            where {_AT} and process_status_code = 'A' group by 1 order by 1 nulls last""",
    ),
    (
        Request(("share_of_women_and_girls",), ("country_of_origin",)),
        f"""select country_of_origin_code,
                   count(*) filter (where sex_code = 'F') / nullif(count(*) filter (where sex_code is not null), 0)
            from fct_population where {_AT} and process_status_code = 'A'
            group by 1 having count(*) filter (where sex_code is not null) > 0 order by 1 nulls last""",
    ),
    (
        Request(("active_individuals",), ("location",), ("country_of_asylum = 'KEN'",)),
        f"""select place_id, count(*) from fct_population
            where {_AT} and process_status_code = 'A' and country_of_asylum_code = 'KEN'
            group by 1 order by 1 nulls last""",
    ),
    (
        Request(("average_group_size",), ("country_of_asylum",)),
        f"""select country_of_asylum_code, sum(active_member_count)::double / nullif(count(*), 0)
            from fct_group where {_AT} and process_status_code = 'A' group by 1 order by 1 nulls last""",
    ),
)


def questions(catalog: Catalog, horizon: Horizon) -> Iterator[Request]:
    """Every indicator by every breakdown that goes with it, alone, with a filter, with totals, and as a trend."""
    months = DateRange(horizon.first_day, horizon.last_day)
    for name in catalog.public_indicators():
        indicator = catalog.indicator(name)
        for level in catalog.levels.values():
            if goes_with(catalog, indicator, level):
                yield Request((name,), (level.name,))
                yield Request((name,), (level.name,), ("country_of_asylum in ('KEN', 'UGA', 'JOR')",), totals=True)
                yield Request((name,), (level.name,), period=months, grain="month")
