-- the rollup counts what its fact counts
{{ rollup_differs('population_place_steps', ref('rollup_population_place_steps')) }}
