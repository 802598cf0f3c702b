-- the rollup counts what its fact counts
{{ rollup_differs('group_quality_steps', ref('rollup_group_quality_steps')) }}
