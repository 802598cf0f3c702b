-- the rollup counts what its fact counts
{{ rollup_differs('quality_steps', ref('rollup_quality_steps')) }}
