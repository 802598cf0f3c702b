-- the individuals whose quality this run makes again: what is said of them changed, or of the group or the place they are in,
-- or a moment has passed at which time alone changes what a check says; empty in a full run
{% if is_full_run() %}
select cast(null as bigint) as individual_key
where false
{% else %}
{%- set judged -%}
    (
        select * from {{ ref('snap_registration__individuals') }}
        where valid_to = {{ open_end() }} and process_status_code in ('A', 'H')
    )
{%- endset %}
{%- set documents -%}
    (select * from {{ ref('snap_registration__documents') }} where valid_to = {{ open_end() }} and not is_deleted)
{%- endset %}
with places as (
    select place_id from {{ ref('dim_place') }} where {{ changed_since() }}
),

units as (
    select individual_key
    from {{ ref('fct_population') }}
    semi join {{ ref('int_group__touched') }} using (group_key)
),

focal as (
    select p.individual_key, g.source_id, g.registration_date as group_registration_date
    from {{ ref('fct_population') }} as p
    inner join {{ ref('snap_registration__groups') }} as g using (group_key)
    where p.is_focal_point and p.valid_to = {{ open_end() }} and g.valid_to = {{ open_end() }}
),

struck as (
    {{ struck_by_clock('individual', judged, 'individual_key') }}
    union all
    {{ struck_by_clock('document', documents, 'individual_key', {'expiry_date': expiry_end('expiry_date')}) }}
    union all
    {{ struck_by_clock('group_of_person', 'focal', 'individual_key') }}
)

select individual_key from {{ ref('int_individual__touched') }}
union
select individual_key
from {{ ref('snap_registration__addresses') }}
where individual_key is not null and {{ changed_since() }}
union
select individual_key from units
union
select individual_key from {{ ref('fct_population') }} semi join places using (place_id)
union
select individual_key from {{ ref('snap_registration__addresses') }} semi join places using (place_id) where individual_key is not null
union
select individual_key from struck where individual_key is not null
{% endif %}
