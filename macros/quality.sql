{#- What the checks say of a record. The job hands them to the run as rows: for each its condition, and its bit in a set of
    checks, which is kept in two numbers. -#}


{#- The sets that are kept of a record: which checks fail, and of which it is known whether they hold. -#}
{% macro verdict_sets() -%}
    {{ return(['failed_1', 'failed_2', 'known_1', 'known_2']) }}
{%- endmacro %}


{#- The sets of the checks of one entity, over the columns that they speak of and a `moment`. -#}
{% macro verdicts(entity) -%}
    {%- set sums = {'failed_1': ['0'], 'failed_2': ['0'], 'known_1': ['0'], 'known_2': ['0']} -%}
    {%- if execute -%}
        {%- set wanted = "select word, mask, failed, known from " ~ source('run', 'run_check') ~ " where entity = '" ~ entity ~ "' order by check_number" -%}
        {%- for row in run_query(wanted).rows -%}
            {%- do sums['failed_' ~ row[0]].append('case when ' ~ row[2] ~ ' then ' ~ row[1] ~ ' else 0 end') -%}
            {%- do sums['known_' ~ row[0]].append('case when ' ~ row[3] ~ ' then ' ~ row[1] ~ ' else 0 end') -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for name in verdict_sets() %}
    cast({{ sums[name] | join('\n        + ') }} as bigint) as {{ name }}
    {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{#- The instants at which time alone may change what checks say of an entity: the field that each is reckoned from, an expression over
    it, and how many months after it that may be. -#}
{% macro clocks_of(entity) -%}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- for row in run_query("select field, moment, months from " ~ source('run', 'run_clock') ~ " where entity = '" ~ entity ~ "' order by 1, 2").rows -%}
            {%- do found.append((row[0], row[1], row[2])) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}


{#- The same instants as a list of expressions over the entity's columns. -#}
{% macro clock_moments(entity) -%}
    {%- set found = ['cast(null as timestamp)'] -%}
    {%- for _, moment, _ in clocks_of(entity) -%}
        {%- do found.append(moment) -%}
    {%- endfor -%}
    [{{ found | join(', ') }}]
{%- endmacro %}


{#- The codes of the KPIs that a fact tells of, in columns called as they are. -#}
{% macro person_kpis() -%}
    {{ return(['k02', 'k03', 'k04', 'k05', 'k06', 'k07', 'k08', 'k09', 'k10', 'k11', 'k12', 'k13', 'k14', 'k15', 'k16',
        'k17', 'k18', 'k19', 'k20', 'k21', 'k22', 'k23', 'k27', 'k28', 'k29', 'k30', 'k31']) }}
{%- endmacro %}


{% macro group_kpis() -%}
    {{ return(['k24', 'k25', 'k26']) }}
{%- endmacro %}


{#- Whether a record fails a KPI: with one of its checks it does; it does not if one holds and none fails; else nobody can say. -#}
{% macro kpi_columns(codes, sets) -%}
    {%- set masks = {} -%}
    {%- if execute -%}
        {%- for row in run_query("select lower(kpi), word, cast(sum(mask) as bigint) from " ~ source('run', 'run_check') ~ " group by 1, 2").rows -%}
            {%- do masks.update({row[0] ~ row[1]: row[2]}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for code in codes %}
    {%- set one, two = masks.get(code ~ 1, 0), masks.get(code ~ 2, 0) %}
    case
        when ({{ sets }}failed_1 & {{ one }}) <> 0 or ({{ sets }}failed_2 & {{ two }}) <> 0 then true
        when ({{ sets }}known_1 & {{ one }}) <> 0 or ({{ sets }}known_2 & {{ two }}) <> 0 then false
    end as {{ code }},
    {%- endfor %}
{%- endmacro %}


{#- The parts of the Completeness Factor, each with the weight of the fields that are filled, and of those asked for. -#}
{% macro completeness_parts() -%}
    {{ return(['global', 'own', 'socio_economic']) }}
{%- endmacro %}


{% macro completeness_columns() -%}
    {%- set filled, asked = {}, {} -%}
    {%- for part in completeness_parts() -%}
        {%- do filled.update({part: ['0']}) -%}
        {%- do asked.update({part: ['0']}) -%}
    {%- endfor -%}
    {%- if execute -%}
        {%- for row in run_query("select part, is_filled, is_asked, weight from " ~ source('run', 'run_mandatory') ~ " order by 1, 2, 3").rows -%}
            {%- do filled[row[0]].append('case when ' ~ row[2] ~ ' and ' ~ row[1] ~ ' then ' ~ row[3] ~ ' else 0 end') -%}
            {%- do asked[row[0]].append('case when ' ~ row[2] ~ ' then ' ~ row[3] ~ ' else 0 end') -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for part in completeness_parts() %}
    cast({{ filled[part] | join(' + ') }} as integer) as {{ part }}_filled,
    cast({{ asked[part] | join(' + ') }} as integer) as {{ part }}_asked
    {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{#- What a stretch of quality is constant in, beside the scope. -#}
{% macro quality_attributes() -%}
    {%- set found = verdict_sets() -%}
    {%- for part in completeness_parts() -%}
        {%- do found.extend([part ~ '_filled', part ~ '_asked']) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{#- Places with what is wrong in the list of places: from their first version on; since ever, if they landed first. -#}
{% macro place_states() -%}
    select
        d.place_id,
        d.level,
        coalesce(
            {%- for level in range(1, 6) %}
            (d.level > {{ level }} and d.level_{{ level }}_id is null){{ ' or' if not loop.last }}
            {%- endfor %}
        , false) as has_gap,
        case
            when d.valid_from = min(d.valid_from) over (partition by d.place_id) and f.place_id is not null
                then timestamp '0001-01-01'
            else d.valid_from
        end as valid_from,
        d.valid_to
    from {{ ref('dim_place') }} as d
    left join (
        select place_id
        from {{ ref('snap_registration__places') }}
        group by place_id
        having min(batch_number) = (select min(batch_number) from {{ ref('snap_registration__places') }})
    ) as f using (place_id)
{%- endmacro %}


{#- Whether a telephone number is one of the numbering plan of a country; NULL where there is none, or the country has no plan that
    we know. Blanks and marks that people type into it count for nothing. -#}
{% macro is_valid_phone(phone, country) -%}
    case {{ known(country) }}
        {%- if execute -%}
        {%- for row in run_query("select country_code, pattern from " ~ source('run', 'run_phone') ~ " order by 1").rows %}
        when '{{ row[0] }}' then regexp_full_match(regexp_replace({{ known(phone) }}, '[-().\/ ]', '', 'g'), '{{ row[1] }}')
        {%- endfor %}
        {%- endif %}
        when '' then cast(null as boolean)
    end
{%- endmacro %}


{#- Where a record is kept: who is recorded elsewhere has moved. -#}
{% macro quality_place() -%}
    {{ return(['business_unit_id', 'operation_code', 'country_of_asylum_code', 'place_id']) }}
{%- endmacro %}


{#- What a boundary of `fct_quality` says in bits to have changed, in their order. -#}
{% macro quality_changes() -%}
    {{ return(person_kpis() + quality_place()) }}
{%- endmacro %}


{#- Columns of one relation as a row, to be compared. -#}
{% macro row_of(names, relation) -%}
    ({% for name in names %}{{ relation }}{{ name }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}
