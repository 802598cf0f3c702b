-- the steps of a month, put together, are that month's steps
{{ rollup_months_differ('population_state_steps', ref('rollup_population_state_steps'), ref('rollup_population_state_months')) }}
