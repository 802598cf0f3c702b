"""The plan in words and the statement of a few questions, as they were last read and found good."""

from __future__ import annotations

import os
from pathlib import Path

import sqlglot
from figures import Desk, world

from dataport.access import Viewer
from dataport.engine import explain, lower, plan, seal
from dataport.semantic import Request
from golden.cases import CASES

GOLDEN = Path(__file__).parent / "plans.md"
DESK = Desk(world())


def _told(request: Request, who: Viewer) -> str:
    scoped = DESK.scoped(request, who)
    planned = plan(scoped)
    statement = seal(lower(planned), scoped)
    texts = [DESK.figures.engine.render(one.tree) for one in statement.queries]
    sql = "\n;\n".join(sqlglot.parse_one(text, dialect="duckdb").sql(dialect="duckdb", pretty=True) for text in texts)
    words = "\n".join(explain(planned))
    return f"{scoped.question.in_words()}; {scoped.in_words()}.\n\n```\n{words}\n```\n\n```sql\n{sql}\n```\n"


def test_plans_are_as_they_were_read() -> None:
    """Look at the difference as prose. If it is meant: ``DATAPORT_GOLDEN=write`` writes it down."""
    now = "\n".join(["# Plans", *(f"\n## {title.capitalize()}\n\n{_told(*case)}" for title, case in CASES.items())])
    if os.environ.get("DATAPORT_GOLDEN") == "write":
        GOLDEN.write_text(now, encoding="utf-8")
    assert now == GOLDEN.read_text(encoding="utf-8")


def test_the_values_of_a_question_are_no_text_of_its_statement() -> None:
    request, _ = CASES["a level behind a level is looked up after counting"]
    for text in DESK.explained(request)[-1:]:
        assert "MENA" not in text.split("ORDER BY")[0]
