{{ config(severity='warn') }}
-- confirmed links that name a record which no store has: they join nothing
select line_number
from {{ ref('int_registration__confirmed') }}
where first_key is null or second_key is null
