"""python -m bench.beside_malloy FIGURES FOLDER: the same questions asked of Malloy, over the same file.

FOLDER is one in which ``npm install @malloydata/malloy@0.0.431 @malloydata/db-duckdb@0.0.431 antlr4ts@0.5.0-alpha.4``
was run (of the last, the newest release lacks files); ``node`` is 20 or later. It compiles each question many times
when warm. Its SQL is run here, since the DuckDB that comes with it does not read the file; on views of the rows that
are valid at the date asked, for it has no as-of. The answers are compared.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bench.beside import beside

THEIRS = Path(__file__).parent / "malloy" / "ask.mjs"
QUESTIONS: dict[str, str] = {
    "a stock": "population -> { aggregate: active }",
    "a stock by country": "population -> { group_by: country_of_asylum_code; aggregate: active }",
    "a stock by bureau": "population -> { group_by: country.bureau_code; aggregate: active }",
    "three shares by country": (
        "population -> { group_by: country_of_asylum_code; aggregate: share_women, share_children, share_older }"
    ),
    "average group size by bureau": "grp -> { group_by: country.bureau_code; aggregate: group_size }",
    "persons and needs by bureau": "by_country -> { group_by: bureau_code; aggregate: active, active_needs }",
    "persons, needs and groups by bureau": (
        "by_country -> { group_by: bureau_code; aggregate: active, active_needs, active_groups }"
    ),
}
TRAPS: dict[str, tuple[str, str]] = {
    "persons and needs by bureau, each need joined to its person, the statuses as filters of the sources": (
        "persons and needs by bureau",
        "persons -> { group_by: country.bureau_code; aggregate: active, need.active_needs }",
    ),
    "persons and needs by bureau, each need joined to its person, the statuses in the measures": (
        "persons and needs by bureau",
        "everybody -> { group_by: country.bureau_code; aggregate: active, any_need.active_needs }",
    ),
    "persons, needs and groups by bureau, needs and groups joined to persons, the statuses in the measures": (
        "persons, needs and groups by bureau",
        "everybody -> { group_by: country.bureau_code; "
        "aggregate: active, any_need.active_needs, any_grp.active_groups }",
    ),
    "persons and needs by bureau, both joined to their country": (
        "persons and needs by bureau",
        "in_countries -> { group_by: bureau_code; aggregate: population.active, need.active_needs }",
    ),
    "share of women by country, the status in the measure": (
        "share of women by country",
        "everybody -> { group_by: country_of_asylum_code; aggregate: share_women }",
    ),
    "persons and needs by sex, each need joined to its person, the statuses in the measures": (
        "persons and needs by sex",
        "everybody -> { group_by: sex_code; aggregate: active, any_need.active_needs }",
    ),
    "persons and needs by sex, each summed up by sex first": (
        "persons and needs by sex",
        "by_sex -> { group_by: sex_code; aggregate: all_active, active_needs }",
    ),
}

if __name__ == "__main__":
    beside("Malloy", Path(sys.argv[1]), ["node", str(THEIRS), sys.argv[2]], QUESTIONS, TRAPS)
