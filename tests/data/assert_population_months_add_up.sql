-- the steps of a month, put together, are that month's steps
{{ rollup_months_differ('population_steps', ref('rollup_population_steps'), ref('rollup_population_months')) }}
