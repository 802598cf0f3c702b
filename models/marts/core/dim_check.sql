-- the checks that this build judged records by, with the bit of each in the sets of `fct_quality` and `fct_group_quality`
select
    cast(check_number as integer) as check_number,
    check_name,
    kpi as kpi_code,
    entity as entity_code,
    label,
    says,
    dimension as dimension_code,
    severity as severity_code,
    cast(ease as integer) as ease,
    cast(version as integer) as version,
    md5(failed || ' ' || known) as condition_digest,
    cast(word as integer) as word,
    mask
from {{ source('run', 'run_check') }}
