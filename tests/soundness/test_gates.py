"""The gates: nothing but guard, seal and release lets anything through, and none of them can be imitated."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import Any

import pytest
import sqlglot
from figures import catalog, permission, viewer
from sqlglot import exp

from dataport.access import ScopedQuestion, guard
from dataport.disclosure import SafeTable
from dataport.engine import UnsealedError, plan
from dataport.engine.seal import check
from dataport.semantic import Request, resolve
from dataport.semantic.condition import AnyOf, Compare, IsUnknown, OneOf
from dataport.semantic.policy import Who

from .test_horizon import HORIZON

LIMITED = viewer(None, permission("individual", units=["A", "B"]))


def _scoped(**words: Any) -> ScopedQuestion:
    return guard(resolve(Request(("active_individuals",), **words), catalog(), HORIZON), LIMITED)


def _tree(sql: str) -> exp.Query:
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    assert isinstance(tree, exp.Query)
    for found in list(tree.find_all(exp.Placeholder)):
        found.replace(exp.Parameter(this=exp.Var(this=found.name)))
    return tree


GUARD = 'select sex_code from fct_population where "business_unit_id" in ($p1, $p2)'
PARAMETERS = {"p1": "A", "p2": "B", "p3": "C", "p4": ["A", "C"], "p5": ["A"]}

ALL = "select * from fct_population"
SEALED = {
    "the guard itself": GUARD,
    "a guard below": f"select count(*) from ({GUARD}) as s",
    "a narrower guard": "select * from fct_population where business_unit_id in ($p1)",
    "a guard and more": f"{ALL} where business_unit_id in ($p1, $p2) and sex_code = 'F'",
    "a list parameter": "select * from fct_population where business_unit_id in (select unnest($p5))",
    "no rows at all": "select * from fct_population where false",
    "a public dimension": f"select * from ({GUARD}) as s left join dim_country as c on true",
    "a common table": f"with fct_population as ({GUARD}) select * from fct_population, fct_population as b",
    "a common table of a common table": f"with a as ({GUARD}), b as (select * from a) select * from b",
    "a union of guards": f"{GUARD} union all {GUARD}",
}
UNSEALED = {
    "no guard": "select count(*) from fct_population",
    "a guard for somebody else": "select * from fct_population where business_unit_id in ($p1, $p3)",
    "a list with a stranger in it": f"{ALL} where business_unit_id in (select unnest($p4))",
    "an unknown parameter": "select * from fct_population where business_unit_id in ($p9)",
    "a literal instead of the viewer's own": "select * from fct_population where business_unit_id in ('C')",
    "a guard that OR undoes": "select * from fct_population where business_unit_id in ($p1) or true",
    "a guard on another column": "select * from fct_population where operation_code in ($p1)",
    "a guard that is negated": "select * from fct_population where not business_unit_id in ($p1)",
    "a guard on one side of a union": f"{GUARD} union all select sex_code from fct_population",
    "a join beside the guard": f"{ALL} join dim_country on true where business_unit_id in ($p1)",
    "a second reading in a join": f"select * from ({GUARD}) as s join fct_population as t on true",
    "a subquery in a filter": f"select * from ({GUARD}) as s where sex_code in (select sex_code from fct_population)",
    "a scalar subquery": f"select (select count(*) from fct_population) from ({GUARD}) as s",
    "a fact that was not asked for": "select * from fct_group where business_unit_id in ($p1)",
    "a table nobody knows": "select * from dim_individual",
    "another schema": "select * from main.fct_population where business_unit_id in ($p1)",
    "another file": "select * from records.main.dim_country",
    "a name that hides the table it reads": f"with fct_population as ({ALL}) {ALL}",
    "a name used before it is given": f"with a as ({ALL}), fct_population as ({GUARD}) select * from a",
    "a table that only a subquery hides": f"{ALL} where exists (with fct_population as ({GUARD}) select 1)",
    "a list with more in it": f"{ALL} where business_unit_id in (select unnest($p5) union select 'C')",
    "a list from a table": f"{ALL} where business_unit_id in (select $p1 from dim_country where true)",
    "a list that computes": f"{ALL} where business_unit_id in (select unnest($p5) || 'C')",
    "a member that computes": "select * from fct_population where business_unit_id in ($p1 || 'C')",
    "a guard on a computed column": "select * from fct_population where upper(business_unit_id) in ($p1)",
    "a guard beside a lateral": f"{ALL}, lateral (select 1) as l where business_unit_id in ($p1)",
    "a guard after counting": "select business_unit_id from fct_population group by 1 having business_unit_id in ($p1)",
    "a guard on another table's column": f"select ({ALL} where b.business_unit_id in ($p1)) from dim_country as b",
    "a file": "select * from read_parquet('fct_population.parquet')",
    "a function that reads a table": "select * from query('from fct_population')",
    "a name shadowed elsewhere": f"select * from (with fct_population as ({GUARD}) select 1) as s, fct_population",
}


@pytest.mark.parametrize("what", SEALED)
def test_a_guarded_statement_passes(what: str) -> None:
    check(_tree(SEALED[what]), PARAMETERS, _scoped())


@pytest.mark.parametrize("what", UNSEALED)
def test_a_statement_outside_its_guard_is_never_run(what: str) -> None:
    with pytest.raises(UnsealedError):
        check(_tree(UNSEALED[what]), PARAMETERS, _scoped())


# The rows of a viewer of all units from which a policy takes the closed, the unknown and those of one sex.
KEPT_BACK = replace(
    catalog(),
    policies=(
        *catalog().policies,
        replace(
            catalog().policies[0],
            effect="forbid",
            who=Who(),
            rows=AnyOf((Compare("process_status", "=", "C"), IsUnknown("sex"), OneOf("sex", ("M", "U")))),
        ),
    ),
)
OPEN = (
    "select sex_code from fct_population where not (coalesce(sex_code in ($p2, $p3) or process_status_code = $p1 "
    "or sex_code is null, false))"
)
OF_POLICY = {"p1": "C", "p2": "M", "p3": "U", "p4": "A", "p5": ["M", "U"]}
TAMPERED = {
    "no guard": "select sex_code from fct_population",
    "without its negation": OPEN.replace("not (coalesce(", "((").replace(", false))", "))"),
    "without what closes it to unknown": OPEN.replace("coalesce(", "(").replace(", false))", "))"),
    "closed the other way": OPEN.replace("false", "true"),
    "another value": OPEN.replace("$p1", "$p4"),
    "a value of its own": OPEN.replace("$p1", "'C'"),
    "another column": OPEN.replace("process_status_code", "legal_status_code"),
    "one part less": OPEN.replace(" or sex_code is null", ""),
    "and for or": OPEN.replace(" or sex_code is null", " and sex_code is null"),
    "a list cut short": OPEN.replace("($p2, $p3)", "(select unnest($p5) limit 0)"),
    "a list from a table": OPEN.replace("($p2, $p3)", "(select unnest($p5) from dim_country where false)"),
    "a member less": OPEN.replace("$p2, $p3", "$p2"),
    "or everything": OPEN + " or true",
    "another comparison": OPEN.replace("= $p1", "<> $p1"),
    "known for unknown": OPEN.replace("sex_code is null", "sex_code is not null"),
    "another table's column": OPEN.replace("process_status_code", "x.process_status_code"),
}


def _kept_back() -> ScopedQuestion:
    return guard(resolve(Request(("registered_individuals",)), KEPT_BACK, HORIZON), viewer())


def test_a_statement_with_a_policys_predicate_passes() -> None:
    check(_tree(OPEN), OF_POLICY, _kept_back())


@pytest.mark.parametrize("what", TAMPERED)
def test_a_predicate_that_says_anything_else_is_never_run(what: str) -> None:
    with pytest.raises(UnsealedError):
        check(_tree(TAMPERED[what]), OF_POLICY, _kept_back())


def test_only_the_guard_makes_a_scoped_question() -> None:
    scoped = _scoped()
    with pytest.raises(TypeError, match="is made by access"):
        ScopedQuestion(scoped.question, scoped.viewer, scoped.scopes, object())
    with pytest.raises((TypeError, ValueError)):
        dataclasses.replace(scoped, question=scoped.question)
    with pytest.raises(dataclasses.FrozenInstanceError):
        scoped.question = scoped.question  # type: ignore[misc]
    with pytest.raises(TypeError):
        scoped.scopes["population"] = scoped.scopes["population"]  # type: ignore[index]


def test_a_total_mentions_nothing_that_was_not_permitted() -> None:
    scoped = _scoped(by=("country_of_asylum",))
    with pytest.raises(TypeError):
        scoped.spanning((catalog().levels["sex"],))


def test_only_a_scoped_question_is_planned() -> None:
    with pytest.raises(TypeError, match="only a ScopedQuestion"):
        plan(_scoped().question)  # type: ignore[arg-type]


def test_only_the_release_makes_a_safe_table() -> None:
    with pytest.raises(TypeError, match="is made by disclosure"):
        SafeTable((), None, (), (), {}, {}, {}, object())
