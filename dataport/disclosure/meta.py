"""What is told of an answer beside its numbers: of what, as of when, for whom, and what limits were hit."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from dataport.access import ScopedQuestion
from dataport.disclosure.outside import notes_of
from dataport.semantic.limits import limits_of
from dataport.semantic.question import Question


def meta_of(scoped: ScopedQuestion, data_version: int, notes: Iterable[str], started: float) -> dict[str, Any]:
    """The meta data of an answer.

    Args:
        notes: what was found while it was answered.
        started: when the answering began, by `time.perf_counter`.
    """
    question = scoped.question
    line = question.timeline
    return {
        "question": question.in_words(),
        "data_version": data_version,
        "as_of": line.as_of.isoformat(),
        "flows": f"{line.span.first}..{line.span.last}" if line.span else None,
        "compared_with": _compared(question),
        "viewer": scoped.viewer.login,
        "viewer_class": scoped.viewer.viewer_class.value,
        "scope": scoped.in_words(),
        "geography": question.geography,
        "limits": [*limits_of(question), *notes_of(question), *notes],
        "elapsed": round(time.perf_counter() - started, 4),
    }


def _compared(question: Question) -> dict[str, Any] | None:
    """The dates of the other side of a comparison."""
    other = question.compared
    if other is None:
        return None
    flows = f"{other.span.first}..{other.span.last}" if other.span else None
    return {"as_of": other.as_of.isoformat(), "flows": flows}
