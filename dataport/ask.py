"""Door 1: aggregates. `ask` is the story of a question, from the words of a person to what they may be told."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from dataport.access import ScopedQuestion, Viewer, ViewerClass, guard, identify
from dataport.audit import Look
from dataport.disclosure import SafeTable, release
from dataport.engine import Figures, House, explain, lower, plan, seal
from dataport.errors import DataportError, Refused
from dataport.semantic import Question, Request, resolve

NOBODY = "Nobody is asking: name the viewer with --as LOGIN, or set `viewer` in dataport.toml."


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: an account's login, on whose machine account, as which class, and what for."""

    login: str | None
    os_user: str
    as_class: ViewerClass | None = None
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a question would be answered: the plan in words, and the statement with its parameters by name only."""

    question: str
    scope: str
    steps: tuple[str, ...]
    sql: str


def ask(request: Request, asker: Asker, house: House) -> SafeTable:
    """Answer one request, for one asker, from what is published now. Every look is written down before it is shown.

    Raises:
        DataportError: the request cannot be asked, is refused, or its look could not be written down.
    """
    started = time.perf_counter()
    look = _look("ask", request, asker)
    try:
        viewer = _viewer(asker, house)
        look = replace(look, viewer_class=viewer.viewer_class.value, grants_version=viewer.grants_version)
        figures = house.figures()
        question = resolve(request, house.catalog, figures.horizon)
        look = replace(look, question=question.in_words(), data_version=figures.data_version)
        scoped = guard(question, viewer)
        statement = seal(lower(plan(scoped)), scoped)
        raw = figures.run(statement)
        safe = release(raw, scoped, _meta(scoped, figures, started))
    except DataportError as refusal:
        house.audit().write(replace(look, outcome=refusal.code))
        raise
    withheld = sum(status.code in ("withheld", "not_permitted") for status in safe.status)
    house.audit().write(replace(look, rows=safe.data.num_rows, withheld=withheld))
    return safe


def explain_request(request: Request, asker: Asker, house: House) -> Explanation:
    """How `ask` would answer the same request for the same asker: through the same guard, and written down too."""
    look = _look("explain", request, asker)
    try:
        viewer = _viewer(asker, house)
        question = resolve(request, house.catalog, house.figures().horizon)
        look = replace(look, question=question.in_words(), viewer_class=viewer.viewer_class.value)
        scoped = guard(question, viewer)
        planned = plan(scoped)
        statement = seal(lower(planned), scoped)
    except DataportError as refusal:
        house.audit().write(replace(look, outcome=refusal.code))
        raise
    house.audit().write(look)
    return Explanation(question.in_words(), scoped.in_words(), explain(planned), statement.rows.sql)


def _viewer(asker: Asker, house: House) -> Viewer:
    if not asker.login:
        raise Refused(NOBODY)
    grants = house.grants(asker.login)
    now = datetime.now(UTC).replace(tzinfo=None)
    max_age = timedelta(hours=house.settings.grants_max_age_hours)
    return identify(grants, now=now, max_age=max_age, as_class=asker.as_class)


def _look(door: str, request: Request, asker: Asker) -> Look:
    """A look before its question is bound: what was typed is known by its digest only, for it may hold anything."""
    return Look(
        door=door,
        viewer=(asker.login or "")[:200],
        os_user=asker.os_user,
        viewer_class=None,
        purpose=asker.purpose,
        question=None,
        digest=hashlib.sha256(repr(request).encode()).hexdigest(),
        data_version=None,
        grants_version=None,
        outcome="answered",
    )


def _meta(scoped: ScopedQuestion, figures: Figures, started: float) -> dict[str, Any]:
    question: Question = scoped.question
    line = question.timeline
    return {
        "question": question.in_words(),
        "data_version": figures.data_version,
        "as_of": line.as_of.isoformat(),
        "flows": f"{line.span.first}..{line.span.last}" if line.span else None,
        "viewer": scoped.viewer.login,
        "viewer_class": scoped.viewer.viewer_class.value,
        "scope": scoped.in_words(),
        "geography": question.geography,
        "limits": list(_limits(question)),
        "elapsed": round(time.perf_counter() - started, 4),
    }


def _limits(question: Question) -> tuple[str, ...]:
    """What was cut or chosen for the asker; what concerns flows only where a flow was asked."""
    top = (f"the first {question.top} rows",) if question.top else ()
    flows = question.timeline.flow_notes if question.has_flows else ()
    return (*question.timeline.notes, *flows, *top)
