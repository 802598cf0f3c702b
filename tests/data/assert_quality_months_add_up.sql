-- the steps of a month, put together, are that month's steps
{{ rollup_months_differ('quality_steps', ref('rollup_quality_steps'), ref('rollup_quality_months')) }}
