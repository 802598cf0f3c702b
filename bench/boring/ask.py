"""What `bench.beside_boring` runs in boring-semantic-layer's own environment: compile its questions, tell as JSON."""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import ibis
from boring_semantic_layer import BSLError, from_yaml, to_semantic_table

MODELS = Path(__file__).with_name("models.yml")


def models(tables: dict[str, str]) -> dict[str, Any]:
    """The models of the file and those that are joined of them."""
    connection = ibis.duckdb.connect()
    for statement in tables.values():
        connection.raw_sql(statement)
    several = from_yaml(str(MODELS), tables={name: connection.table(name) for name in tables})
    country, population, need, grp, everybody, any_need = several.values()
    first = [_first(population, "asylum", "active"), _first(need, "asylum", "active_needs")]
    two = country.join_one(first[0], _of_country).join_one(first[1], _of_country)
    sexes = [_first(population, "sex", "active"), _first(need, "sex", "active_needs")]
    persons = population.join_one(country, _to_country)
    return several | {
        "persons": persons,
        "groups": grp.join_one(country, _to_country),
        # each summed up first, as its documentation advises for facts of different grains
        "two_by_country": two,
        "three_by_country": two.join_one(_first(grp, "asylum", "active_groups"), _of_country),
        "two_by_sex": sexes[0].join_one(sexes[1], lambda one, other: one.sex == other.sex),
        "filtered_needs_of_persons": persons.join_many(need, _of_person),
        "needs_of_persons": everybody.join_one(country, _to_country).join_many(any_need, _of_person),
        "needs_in_countries": country.join_many(everybody, _in_country).join_many(any_need, _in_country),
    }


def _first(model: Any, dimension: str, measure: str) -> Any:
    """A model of what another answers about one dimension."""
    table = model.group_by(dimension).aggregate(measure).to_untagged()
    named = to_semantic_table(table, name=f"{model.name}_first").with_dimensions(**{dimension: lambda t: t[dimension]})
    return named.with_measures(**{measure: lambda t: t[measure].sum()})


def _to_country(fact: Any, country: Any) -> Any:
    return fact.country_of_asylum_code == country.country_code


def _in_country(country: Any, fact: Any) -> Any:
    return country.country_code == fact.country_of_asylum_code


def _of_country(country: Any, first: Any) -> Any:
    return country.country_code == first.asylum


def _of_person(person: Any, need: Any) -> Any:
    return person.individual_key == need.individual_key


def compilation(model: Any, dimensions: list[str], measures: list[str], times: int) -> dict[str, Any]:
    """Milliseconds to compile, and the SQL, or why it is refused."""
    spent = []
    try:
        for _ in range(times):
            started = time.perf_counter()
            sql = str(model.query(dimensions=dimensions, measures=measures).sql())
            spent.append(1000 * (time.perf_counter() - started))
    except (BSLError, ValueError) as problem:
        return {"refused": str(problem)}
    return {"compile": statistics.median(spent), "sql": sql}


if __name__ == "__main__":
    given = json.load(sys.stdin)
    known = models(given["tables"])
    asked, times = given["asked"].items(), given["times"]
    print(json.dumps({name: compilation(known[of], by, what, times) for name, (of, by, what) in asked}))
