select
    scheme,
    age_group_code,
    age_group_name,
    cast(from_age as integer) as from_age,
    cast(to_age as integer) as to_age,
    cast(sort_order as integer) as sort_order
from {{ ref('age_group') }}
