-- the steps of a month, put together, are that month's steps
{{ rollup_months_differ('population_place_steps', ref('rollup_population_place_steps'), ref('rollup_population_place_months')) }}
