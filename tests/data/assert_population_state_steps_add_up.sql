-- the rollup counts what its fact counts
{{ rollup_differs('population_state_steps', ref('rollup_population_state_steps')) }}
