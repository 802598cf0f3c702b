"""The questions that the bench asks: a mixed set to compile, and some with hand-written SQL to run beside."""

from __future__ import annotations

from collections.abc import Iterator

from dataport.semantic import Catalog, DateRange, Horizon, Request, breaks_down

# the instant of the question stands for `:now`, as a literal
_AT = "valid_from < :now and valid_to >= :now"

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
    (
        Request(("share_of_children", "share_of_older_persons", "share_of_working_age"), ("country_of_asylum",)),
        f"""select country_of_asylum_code,
                   count(*) filter (where age_group_code in ('0-4', '5-11', '12-17'))
                       / nullif(count(*) filter (where age_group_code is not null), 0),
                   count(*) filter (where age_group_code = '60+')
                       / nullif(count(*) filter (where age_group_code is not null), 0),
                   count(*) filter (where age_group_code in ('18-24', '25-49', '50-59'))
                       / nullif(count(*) filter (where age_group_code is not null), 0)
            from fct_population where {_AT} and process_status_code = 'A' group by 1
            having count(*) filter (where age_group_code is not null) > 0 order by 1 nulls last""",
    ),
    (
        Request(("active_individuals",), ("country_of_origin", "sex")),
        f"""select country_of_origin_code, sex_code, count(*) from fct_population
            where {_AT} and process_status_code = 'A' group by 1, 2
            order by 1 nulls last, case sex_code when 'F' then 0 when 'M' then 1 when 'X' then 2 end nulls last,
                     2 nulls last""",
    ),
    (
        Request(("active_individuals",), ("location_level_1",), ("country_of_asylum = 'UGA'",)),
        f"""select level_1_id, sum(n) from (
                select place_id, count(*) as n from fct_population
                where {_AT} and process_status_code = 'A' and country_of_asylum_code = 'UGA' group by 1)
            left join (select place_id, level_1_id from dim_place where {_AT}) using (place_id)
            group by 1 order by 1 nulls last""",
    ),
    (
        Request(
            ("active_individuals",), ("country_of_asylum",), ("sex = 'F'", "age_group_detailed in ('0-4', '5-11')")
        ),
        f"""select country_of_asylum_code, count(*) from fct_population
            where {_AT} and process_status_code = 'A' and sex_code = 'F' and age_group_code in ('0-4', '5-11')
            group by 1 order by 1 nulls last""",
    ),
    (
        Request(("active_individuals",), ("country_of_asylum",), top=10),
        f"""select country_of_asylum_code, count(*) from fct_population where {_AT} and process_status_code = 'A'
            group by 1 order by 2 desc, 1 nulls last limit 10""",
    ),
    (
        Request(("individuals_with_specific_needs", "active_individuals"), ("unhcr_bureau",)),
        f"""select bureau_code, sum(needy), sum(n) from (
                select country_of_asylum_code, count(*) filter (where has_specific_need) as needy, count(*) as n
                from fct_population where {_AT} and process_status_code = 'A' group by 1)
            left join (select country_code, bureau_code from dim_country where {_AT}) as c
              on c.country_code = country_of_asylum_code
            group by 1 order by 1 nulls last""",
    ),
    (
        Request(("active_specific_needs",), ("need_category",)),
        f"""select need_category_code, count(*) from fct_specific_need
            where {_AT} and need_status_code = 'A' and process_status_code = 'A' group by 1
            order by (select sort_order from dim_code where code_list = 'need_category' and code = need_category_code)
                     nulls last, 1 nulls last""",
    ),
    (
        Request(("active_individuals",), (), ("need_category = 'DS'",)),
        f"""select count(*) from fct_population where {_AT} and process_status_code = 'A' and individual_key in (
                select individual_key from fct_specific_need
                where {_AT} and need_status_code = 'A' and need_category_code = 'DS')""",
    ),
    (
        Request(("median_age",), ("country_of_asylum",)),
        f"""select country_of_asylum_code, quantile_cont(date_diff('year', birth_date, day)
                   - case when strftime(birth_date, '%m%d') > strftime(day, '%m%d') then 1 else 0 end, 0.5)
            from fct_population, (select cast(:now as date) as day)
            where {_AT} and process_status_code = 'A' and birth_date <= day
            group by 1 order by 1 nulls last""",
    ),
    (
        Request(("active_individuals",), ("age",)),
        f"""select date_diff('year', birth_date, day)
                   - case when strftime(birth_date, '%m%d') > strftime(day, '%m%d') then 1 else 0 end,
                   count(*)
            from fct_population, (select cast(:now as date) as day)
            where {_AT} and process_status_code = 'A' group by 1 order by 1 nulls last""",
    ),
    (
        Request(("median_group_size",), ("country_of_origin",)),
        f"""select country_of_origin_code, median(active_member_count) from fct_group
            where {_AT} and process_status_code = 'A' group by 1 order by 1 nulls last""",
    ),
    (
        Request(("share_of_one_person_groups",), ("unhcr_bureau",)),
        f"""select bureau_code, sum(one) / nullif(sum(n), 0) from (
                select country_of_asylum_code, count(*) filter (where active_member_count = 1) as one, count(*) as n
                from fct_group where {_AT} and process_status_code = 'A' group by 1)
            left join (select country_code, bureau_code from dim_country where {_AT}) as c
              on c.country_code = country_of_asylum_code
            group by 1 order by 1 nulls last""",
    ),
    (
        Request(("needs_per_person_in_need",), ("country_of_asylum",)),
        f"""select country_of_asylum_code, n / nullif(persons, 0) from (
                select country_of_asylum_code, count(*) as n from fct_specific_need
                where {_AT} and need_status_code = 'A' and process_status_code = 'A' group by 1)
            full join (select country_of_asylum_code, count(*) as persons from fct_population
                       where {_AT} and process_status_code = 'A' and has_specific_need group by 1)
            using (country_of_asylum_code) order by 1 nulls last""",
    ),
    (
        Request(("share_with_valid_document", "share_updated_within_a_year"), ("operation",)),
        f"""select operation_code, count(*) filter (where has_valid_document) / count(*),
                   count(*) filter (where has_recent_contact) / count(*)
            from fct_population where {_AT} and process_status_code = 'A' group by 1 order by 1 nulls last""",
    ),
    (
        Request(("valid_documents",), ("country_of_asylum",)),
        f"""select country_of_asylum_code, count(*) from fct_document
            where {_AT} and is_valid and process_status_code = 'A' group by 1 order by 1 nulls last""",
    ),
    (
        Request(("active_individuals",), ("marital_status", "accommodation"), ("legal_status = 'REF'",)),
        f"""select marital_status_code, accommodation_code, n from (
                select marital_status_code, accommodation_code, count(*) as n from fct_population
                where {_AT} and process_status_code = 'A' and legal_status_code = 'REF' group by 1, 2)
            left join (select code, sort_order as m from dim_code where code_list = 'marital_status') as a
                on a.code = marital_status_code
            left join (select code, sort_order as k from dim_code where code_list = 'accommodation') as b
                on b.code = accommodation_code
            order by m nulls last, 1 nulls last, k nulls last, 2 nulls last""",
    ),
    (
        Request(("share_of_groups_headed_by_a_woman",), ("country_of_asylum", "country_of_origin")),
        f"""select country_of_asylum_code, country_of_origin_code,
                   count(*) filter (where focal_point_sex_code = 'F')
                       / nullif(count(*) filter (where focal_point_sex_code is not null), 0)
            from fct_group where {_AT} and process_status_code = 'A' group by 1, 2
            having count(*) filter (where focal_point_sex_code is not null) > 0
            order by 1 nulls last, 2 nulls last""",
    ),
)


# What the rollup answers.
SERVED: tuple[Request, ...] = (
    Request(("active_individuals",)),
    Request(("active_individuals", "individuals_on_hold", "registered_individuals"), ("country_of_asylum",)),
    Request(("share_of_women_and_girls", "share_of_children"), ("unhcr_bureau",)),
    Request(("active_individuals",), ("country_of_origin", "sex", "age_group")),
    Request(("active_individuals",), ("country_of_asylum",), ("population_type = 'REF'",)),
)


def questions(catalog: Catalog, horizon: Horizon) -> Iterator[Request]:
    """Every indicator by every breakdown that goes with it, alone, with a filter, with totals, and as a trend."""
    months = DateRange(horizon.first_day, horizon.last_day)
    for name in catalog.public_indicators():
        indicator = catalog.indicator(name)
        for level in catalog.levels.values():
            if breaks_down(catalog, indicator, level):
                yield Request((name,), (level.name,))
                yield Request((name,), (level.name,), ("country_of_asylum in ('KEN', 'UGA', 'JOR')",), totals=True)
                yield Request((name,), (level.name,), period=months, grain="month")
