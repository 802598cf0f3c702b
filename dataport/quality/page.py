"""page: a report as one page of HTML by itself: it loads nothing, runs nothing, prints well, and is read aloud well."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

from dataport.quality.card import Line, Point, Scorecard
from dataport.quality.report import Report
from dataport.quality.tables import NO_WORK_MADE
from dataport.quality.words import (
    NOT_TOLD,
    amount_of,
    count,
    improved_none,
    legend,
    nothing_judged,
    off_target,
    points,
    rank_of,
    share,
    target_of,
    value_of,
)
from dataport.texts import CELL, on_one_line

_STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; margin: 2rem auto; max-width: 62rem;
  padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
.score { font-size: 2.4rem; margin: .2rem 0; }
.wide { overflow-x: auto; margin: .5rem 0 1rem; } .wide:focus { outline: 2px solid #0b5394; outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: #444; padding-bottom: .3rem; }
caption span { display: block; max-width: calc(100vw - 2rem); }
th, td { border-bottom: 1px solid #bbb; padding: .3rem .5rem; text-align: left; vertical-align: top; }
thead th { border-bottom: 2px solid #444; } td.n, th.n { text-align: right; white-space: nowrap; }
tr.off td.v { font-weight: bold; }
svg { display: inline-block; vertical-align: middle; }
dt { font-weight: bold; } dd { margin: 0 0 .4rem 0; }
@media (max-width: 40rem) { body { margin: 1rem auto; } th, td { padding: .3rem .35rem; } }
@media print { body { margin: 0; max-width: none; font-size: 10pt; } h2 { break-after: avoid; }
  .wide { overflow: visible; } caption span { max-width: none; } th, td { padding: .15rem .3rem; }
  tr { break-inside: avoid; } thead { display: table-header-group; } }
"""
# Nothing is loaded from anywhere, and nothing runs, whatever a text in it says.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_WIDTH, _HEIGHT = 96, 24
# So much of a share, at least, lies between the lower edge of a line that is drawn and its upper one.
_LEAST = 0.05


def page_of(told: Report) -> str:
    """The page."""
    card = told.card
    score = _score(card)
    place = f", place {rank_of(card.score_rank)} among its siblings" if card.score_rank else ""
    parts = [
        "<main>",
        f"<h1>{_safe(told.title)}</h1>",
        f"<p>As of the end of {card.as_of} (UTC); {_safe(card.scope)}.</p>",
        *_nothing(card),
        "<h2>Score</h2>",
        f'<p class="score">{_safe(score)}</p>',
        f"<p>Of 100, weighted over all measures{_safe(place + _before(card))}. {_trend('Score', card.score_trend)}</p>",
        "<h2>Furthest from their targets</h2>",
        _lines("The five measures that are furthest from their targets, by weight", told.worst, off_target(card.lines)),
        "<h2>Improved most</h2>",
        _lines("The five measures that came furthest the right way", told.improved, improved_none(card.lines)),
        "<h2>All measures</h2>",
        _lines("Every measure, with how many records fail, of how many are judged", card.lines, "There are none."),
        "<h2>Working list</h2>",
        _sizes(told),
        "<h2>About this report</h2>",
        "<dl>",
        *(f"<dt>{_safe(what)}</dt><dd>{_safe(said)}</dd>" for what, said in told.about),
        "</dl>",
        "</main>",
    ]
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{_safe(told.title)}</title><style>{_STYLE}</style>"
    )
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n' + "\n".join(parts) + "\n</body></html>\n"


def _score(card: Scorecard) -> str:
    if card.score is not None:
        return f"{card.score * 100:.1f}"
    return "none" if card.is_empty else "not known, or not for this role"


def _nothing(card: Scorecard) -> Iterable[str]:
    """That nothing was judged, before all that would otherwise have to be read as if something had been."""
    if card.is_empty:
        yield f"<p><strong>{_safe(nothing_judged(card.unit, card.as_of))}</strong></p>"


def _before(card: Scorecard) -> str:
    first = next((one for one in card.score_trend[:-1] if one.value is not None), None)
    return f"; {(first.value or 0.0) * 100:.1f} on {first.as_of}" if first and card.score is not None else ""


_HEADS = (("Measure", ""), ("Records", "n"), ("Of", "n"), ("Value", "n"), ("Target", "n"), ("Change", "n"))


def _lines(caption: str, lines: Sequence[Line], otherwise: str) -> str:
    if not lines:
        return f"<p>{_safe(otherwise)}</p>"
    beside = [one for one in (_EXCUSED, _TREND, _RANK) if any(one.cell(line) for line in lines)]
    heads = "".join(_head(name, kind) for name, kind in (*_HEADS, *((one.name, one.kind) for one in beside)))
    rows = "".join(_line(one, beside) for one in lines)
    said = ". ".join((caption, *_since(lines), *legend(tuple(lines)), *_otherwise(lines), *_excused(lines)))
    return _table(caption, f"{said}.", heads, rows)


def _since(lines: Sequence[Line]) -> Iterable[str]:
    first = {one.trend[0].as_of for one in lines if len(one.trend) > 1}
    if first:
        yield f"Change: since {min(first)}"


def _otherwise(lines: Sequence[Line]) -> Iterable[str]:
    """Of measures that count no records, what their numbers are."""
    for one in lines:
        if not one.kpi.column:
            yield f"{one.kpi.name} is of {on_one_line(one.kpi.description, longest=CELL).rstrip('.').lower()}"


def _excused(lines: Sequence[Line]) -> Iterable[str]:
    if any(one.excused is not None for one in lines):
        yield "Excused: of the records that fail, those that were excused on this day; they are counted all the same"


def _table(name: str, caption: str, heads: str, rows: str) -> str:
    """A table that is moved by itself where the page is too narrow for it, by keys too."""
    around = f'<div class="wide" tabindex="0" role="region" aria-label="{_safe(name)}">'
    return (
        f"{around}<table><caption><span>{_safe(caption)}</span></caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _head(name: str, kind: str) -> str:
    return f'<th scope="col"{_class(kind)}>{_safe(name)}</th>'


@dataclass(frozen=True, slots=True)
class _Beside:
    """A column that is there where any line has something in it."""

    name: str
    kind: str
    cell: Callable[[Line], str]


def _line(one: Line, beside: Sequence[_Beside]) -> str:
    cells = [
        (amount_of(one, one.numerator), "n"), (amount_of(one, one.denominator), "n"),
        (value_of(one), "n v"), (target_of(one), "n"),
        (points(one.moved) if one.is_permitted else NOT_TOLD, "n"),
    ]  # fmt: skip
    told = "".join(f"<td{_class(kind)}>{_safe(text)}</td>" for text, kind in cells)
    told += "".join(f"<td{_class(more.kind)}>{more.cell(one)}</td>" for more in beside)
    off = ' class="off"' if one.meets_target is False else ""
    return f'<tr{off}><th scope="row">{_safe(f"{one.kpi.name} {one.kpi.label}")}</th>{told}</tr>'


def _trend(name: str, trend: Sequence[Point]) -> str:
    """A line of what it came to, drawn, with the same in words for who does not see it."""
    known = [one for one in trend if one.value is not None]
    if len(known) < 2:
        return ""
    values = [one.value or 0.0 for one in known]
    # what hardly moves is drawn as what hardly moves
    room = max(max(values) - min(values), _LEAST)
    low = (max(values) + min(values) - room) / 2
    step = (_WIDTH - 4) / (len(values) - 1)
    drawn = " ".join(
        f"{2 + step * place:.1f},{_HEIGHT - 3 - (value - low) / room * (_HEIGHT - 6):.1f}"
        for place, value in enumerate(values)
    )
    said = f"{name}: from {share(values[0])} on {known[0].as_of} to {share(values[-1])} on {known[-1].as_of}"
    return (
        f'<svg role="img" width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}"><title>{_safe(said)}'
        f'</title><polyline points="{drawn}" fill="none" stroke="#0b5394" stroke-width="2"/></svg>'
    )


_EXCUSED = _Beside("Excused", "n", lambda one: "" if one.excused is None else count(one.excused))
_TREND = _Beside("Trend", "", lambda one: _trend(one.kpi.label, one.trend))
_RANK = _Beside("Rank", "n", lambda one: rank_of(one.rank))


def _sizes(told: Report) -> str:
    if told.sizes is None:
        return "<p>The working list is told where the account opens records, and it is said what for.</p>"
    if not told.sizes:
        return f"<p>{NO_WORK_MADE}</p>"
    labels = {one.kpi.name: one.kpi.label for one in told.card.lines}
    rows = "".join(
        f'<tr><th scope="row">{_safe(f"{one.kpi} {labels[one.kpi]}")}</th>'
        + "".join(_numbers((one.assigned, one.excused, one.noted)))
        + "</tr>"
        for one in told.sizes
    )
    heads = _head("Measure", "") + "".join(_head(one, "n") for one in ("Assigned", "Excused", "Noted"))
    said = (
        "Records that somebody sees to, that are excused, and of which something was noted, whether or not they fail."
    )
    return _table("Working list", said, heads, rows)


def _numbers(values: Iterable[int]) -> Iterable[str]:
    return (f'<td class="n">{count(one)}</td>' for one in values)


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""


def _safe(text: str) -> str:
    """A text that shows itself and does nothing else."""
    return escape(on_one_line(text, longest=CELL))
