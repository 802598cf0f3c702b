-- the rollup counts what its fact counts
{{ rollup_differs('population_steps', ref('rollup_population_steps')) }}
