"""What the protected cube is counted from: one row per active person on a day, by fixed statements, whoever asks.

Whether the whole register may be read for it is decided before (`cube/granted.py`); no row of it leaves the build.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

from dataport.engines.duckdb.failures import failed
from dataport.warehouse.sealed import open_sealed

# Of the records that a confirmed link makes one person's, the one that stands; see `engine/registrations.py`.
_STANDS = """
qualify row_number() over (
    partition by p.registration_key order by p.registration_rank nulls last, p.individual_key
) = 1
"""
# A place that is not in the country of asylum is none that can be told: geography stays nested.
_PERSONS = """
with recorded as (
    select p.*
    from fct_population as p
    where p.valid_from < $instant and p.valid_to >= $instant
    {stands}
),

person as (
    select * from recorded where process_status_code = 'A'
),

need as (
    select individual_key, bit_or(1::bigint << (list_position($needs, need_category_code) - 1)) as needs
    from fct_specific_need
    where need_status_code = 'A' and valid_from < $instant and valid_to >= $instant
        and list_contains($needs, need_category_code)
    group by individual_key
)

select
    coalesce(p.registration_key, p.individual_key) as person,
    coalesce(p.group_key, -p.individual_key) as family,
    p.business_unit_id as unit,
    c.bureau_code as unhcr_bureau,
    p.country_of_asylum_code as country_of_asylum,
    case when d.country_code = p.country_of_asylum_code then d.level_1_id end as location_level_1,
    case when d.country_code = p.country_of_asylum_code then p.place_id end as location,
    p.sex_code as sex,
    p.age_group_code as age_group_detailed,
    p.country_of_origin_code as country_of_origin,
    p.population_type_code as population_type,
    p.marital_status_code as marital_status,
    e.education_band_code as education_band,
    p.accommodation_code as accommodation,
    coalesce(p.has_specific_need, false) as has_specific_need,
    coalesce(p.is_focal_point, false) as is_focal_point,
    cast(
        year($day) - year(p.birth_date)
        - (month($day) * 100 + day($day) < month(p.birth_date) * 100 + day(p.birth_date))::integer as smallint
    ) as age,
    coalesce(need.needs, 0) as needs
from person as p
left join dim_country as c
    on c.country_code = p.country_of_asylum_code and c.valid_from < $instant and c.valid_to >= $instant
left join dim_place as d on d.place_id = p.place_id and d.valid_from < $instant and d.valid_to >= $instant
left join dim_education as e on e.education_level_code = p.education_level_code
left join need on need.individual_key = p.individual_key
order by 1
"""
# The texts of one column are few: Arrow keeps each once.
_TEXTS = (
    "unit", "unhcr_bureau", "country_of_asylum", "location_level_1", "location", "sex", "age_group_detailed",
    "country_of_origin", "population_type", "marital_status", "education_band", "accommodation",
)  # fmt: skip
_MEMORY = "6GB"


def active_persons(
    path: Path, instant: datetime, needs: Sequence[str], *, has_links: bool, threads: int = 2, memory: str = _MEMORY
) -> pa.Table:
    """The active persons as of an instant, ordered by their stable key.

    Args:
        path: published figures.
        needs: the categories of needs that become bits of `needs`, in this order.
        has_links: whether records of several stores may be one person's.
    """
    connection = open_sealed(path, memory_limit=memory, threads=threads)
    try:
        sql = _PERSONS.format(stands=_STANDS if has_links else "")
        parameters = {"instant": instant, "needs": list(needs), "day": (instant - timedelta(days=1)).date()}
        with connection.cursor() as cursor:
            reader = cursor.sql(sql, params=parameters).to_arrow_reader(1_000_000)
            return pa.Table.from_batches([_encoded(batch) for batch in reader], schema=_schema(reader.schema))
    except duckdb.Error as problem:
        raise failed(problem) from None
    finally:
        connection.close()


def _schema(schema: pa.Schema) -> pa.Schema:
    for name in _TEXTS:
        place = schema.get_field_index(name)
        schema = schema.set(place, pa.field(name, pa.dictionary(pa.int32(), pa.string())))
    return schema


def _encoded(batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = [
        _as_text(column).dictionary_encode() if name in _TEXTS else column
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=_schema(batch.schema))


def _as_text(column: pa.Array) -> pa.Array:
    """A column of texts: an enum numbers its members otherwise than the others are numbered."""
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def all_units(path: Path) -> frozenset[str]:
    """Every unit that owns a record, now or ever."""
    connection = open_sealed(path)
    try:
        rows = connection.execute("select distinct business_unit_id from fct_population").fetchall()
        return frozenset(unit for (unit,) in rows if unit is not None)
    except duckdb.Error as problem:
        raise failed(problem) from None
    finally:
        connection.close()


_SCOPES = """
select list(distinct u.business_unit_id) as units
from permission as p
left join permission_unit as u using (permission_key)
where p.may_count or p.may_open
group by p.login
having not bool_or(p.row_scope = 'all')
"""


def exact_scopes(path: Path) -> frozenset[frozenset[str]]:
    """The sets of units whose rows some account may count or open, by the published grants.

    Args:
        path: published grants.
    """
    connection = open_sealed(path)
    try:
        rows = connection.execute(_SCOPES).fetchall()
        return frozenset(frozenset(unit for unit in units if unit is not None) for (units,) in rows)
    except duckdb.Error as problem:
        raise failed(problem) from None
    finally:
        connection.close()
