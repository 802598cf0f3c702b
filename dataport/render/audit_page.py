"""audit_page: the report of an audit as one HTML file that needs nothing else: words, a table, and two pictures."""

from __future__ import annotations

import math
from collections.abc import Iterable

from dataport.attackers.audit import Report
from dataport.attackers.utility import Points
from dataport.render.audit_text import goals, opening, percent, said, standing, told_as_other
from dataport.render.page import inert
from dataport.texts import MESSAGE

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;
border-bottom:1px solid #ddd}.n{text-align:right;font-variant-numeric:tabular-nums}.no{font-weight:700;color:#a40000}
svg{width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:#444}.grid{stroke:#ddd}figcaption{color:#555}
@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}th,td{border-color:#444}svg text{fill:#bbb}
.grid{stroke:#333}figcaption{color:#aaa}.no{color:#ff8a80}}
"""
_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 800, 300, 60, 40, 12


def audit_page(report: Report, title: str) -> str:
    """The whole file.

    Args:
        title: which statistics were audited.
    """
    parts = [
        f"<h1>{_text(title)}</h1><p><b>{_text(opening(report))}</b></p>",
        "<h2>What is guaranteed</h2>" + _list(report.guaranteed),
        "<h2>What is not</h2>" + _list(report.not_guaranteed),
        "<h2>What was measured</h2>" + _attackers(report),
        "<h2>What the statistics are good for</h2>" + _utility(report),
        "<h2>How far off numbers are</h2>" + _errors(report.utility.points),
        "<h2>What is published</h2>" + _published(report.utility.points),
        "<p>The pictures show true sizes of cells: this page is for those who may read the records.</p>",
    ]
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{_text(title)}</title>'
    head = f"<head>{head}<style>{_STYLE}</style></head>"
    return f'<!doctype html><html lang="en">{head}<body>{"".join(parts)}</body></html>\n'


def _text(text: str) -> str:
    return inert(text, longest=MESSAGE)


def _list(sentences: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{_text(one)}</li>" for one in sentences) + "</ul>"


def _attackers(report: Report) -> str:
    rows = []
    for one in report.verdicts:
        passed = standing(one) if one.passed else f'<span class="no">{standing(one)}</span>'
        numbers = "".join(f'<td class="n">{_text(said(value))}</td>' for value in (one.measured, one.limit, one.base))
        rows.append(
            f'<tr><td>{_text(one.name)}</td>{numbers}<td class="n">{one.tried:,}</td><td>{passed}</td>'
            f"<td>{_text(one.says)}. <small>{_text(one.reason)}.</small></td></tr>"
        )
    heads = "<th>Attacker</th><th>Measured</th><th>Limit</th><th>By guessing</th><th>Tried</th><th></th><th>What</th>"
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _utility(report: Report) -> str:
    rows = "".join(
        f'<tr><td>{_text(one.what)}</td><td class="n">{_text(percent(one.measured))}</td>'
        f'<td class="n">{_text(("at least " if one.at_least else "at most ") + percent(one.goal))}</td>'
        f"<td>{'reached' if one.reached else '<b>not reached</b>'}</td></tr>"
        for one in goals(report.utility)
    )
    worst = "; ".join(f"{name} {percent(share)}" for name, share in report.utility.worst)
    table = (
        f"<table><thead><tr><th></th><th>Measured</th><th>Goal</th><th></th></tr></thead><tbody>{rows}</tbody></table>"
    )
    others = f"<p>{_text(told_as_other(report.utility))}.</p>"
    return table + others + f"<p>{_text('Least of tables with two traits is told of: ' + worst)}.</p>"


def _errors(points: Points) -> str:
    """Each published cell: how large it is, along; by how much its number is off, up."""
    if not len(points.sizes):
        return "<p>No cell is published.</p>"
    top = math.ceil(math.log10(max(100.0, float(points.sizes.max()))))
    most = max(1.0, float(points.errors.max()))
    body = [_axis_x(top), _axis_y([(0.0, "0"), (0.5, f"{most / 2:g}"), (1.0, f"{most:g}")])]
    for nth, (size, error) in enumerate(zip(points.sizes.tolist(), points.errors.tolist(), strict=True)):
        colour = "#c2410c" if points.is_sensitive[nth] else "#1d4ed8"
        # cells of one size and error would hide each other
        shift = (nth * 7 % 11 - 5) / 5 * 4
        x, y = _x(math.log10(max(1.0, size)) / top), _y(error / most)
        body.append(f'<circle cx="{x:.1f}" cy="{y + shift:.1f}" r="2" fill="{colour}" fill-opacity=".45"/>')
    caption = (
        "Persons in a cell, along; by how many its number is off, up. Blue: plain; orange: with a sensitive attribute."
    )
    return _figure(body, caption)


def _published(points: Points) -> str:
    """Of all cells in which there is anybody, the share that is told, by size."""
    bands = [band for band in points.bands if band[1]]
    if not bands:
        return "<p>There is nobody in any cell.</p>"
    body = [_axis_y([(0.0, "0 %"), (0.5, "50 %"), (1.0, "100 %")])]
    width = (_WIDTH - _LEFT) / len(bands)
    for nth, (lower, cells, shown) in enumerate(bands):
        x, y = _LEFT + nth * width, _y(shown / cells)
        height = _y(0) - y
        body.append(
            f'<rect x="{x + 6:.1f}" y="{y:.1f}" width="{width - 12:.1f}" height="{height:.1f}" fill="#1d4ed8"/>'
        )
        label = f"{lower:,} and more" if nth == len(bands) - 1 else f"{lower:,}–{bands[nth + 1][0] - 1:,}"
        body.append(_label(x + width / 2, _HEIGHT - 22, label))
        body.append(_label(x + width / 2, _HEIGHT - 6, f"{shown:,} of {cells:,}"))
    return _figure(body, "Persons in a cell, along; the share of such cells that is published, up.")


def _figure(body: list[str], caption: str) -> str:
    label = f'role="img" aria-label="{_text(caption)}"'
    return (
        f'<figure><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" {label}>{"".join(body)}</svg>'
        f"<figcaption>{_text(caption)}</figcaption></figure>"
    )


def _axis_x(top: int) -> str:
    return "".join(
        f'<line class="grid" x1="{_x(nth / top):.1f}" x2="{_x(nth / top):.1f}" y1="{_TOP}" y2="{_y(0):.1f}"/>'
        + _label(_x(nth / top), _HEIGHT - 22, f"{10**nth:,}")
        for nth in range(top + 1)
    )


def _axis_y(ticks: list[tuple[float, str]]) -> str:
    return "".join(
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH}" y1="{_y(share):.1f}" y2="{_y(share):.1f}"/>'
        f'<text x="{_LEFT - 8}" y="{_y(share) + 4:.1f}" text-anchor="end">{_text(text)}</text>'
        for share, text in ticks
    )


def _label(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{_text(text)}</text>'


def _x(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - 30)


def _y(share: float) -> float:
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _BOTTOM - _TOP)
