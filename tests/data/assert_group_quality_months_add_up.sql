-- the steps of a month, put together, are that month's steps
{{ rollup_months_differ('group_quality_steps', ref('rollup_group_quality_steps'), ref('rollup_group_quality_months')) }}
