"""plot: the picture that fits an answer, as a chart of Vega-Altair for a notebook."""

from __future__ import annotations

from typing import Any

import altair

from dataport.disclosure import SafeTable, number_text
from dataport.render.picture import Picture, picture_of

_HEIGHT = 18


def plot_of(table: SafeTable) -> Any:
    """The chart. What has no number is not drawn, and the title says what is left out.

    Raises:
        WrongRequest: there is nothing to draw along.
    """
    picture = picture_of(table)
    chart = altair.Chart({"values": _values(picture)})
    title = altair.TitleParams(picture.title, subtitle=list(picture.notes))
    along: dict[str, Any] = {"field": "category", "type": "ordinal", "title": picture.axis}
    size: dict[str, Any] = {"field": "size", "type": "quantitative", "title": picture.title}
    tip = ["category:N", "series:N", "said:N"]
    colour = altair.Color("series:N", title=None, sort=[one.name for one in picture.series])
    if picture.kind == "lines":
        drawn = chart.mark_line(point=True).encode(
            x=altair.X(**along, sort=None), y=altair.Y(**size), color=colour, tooltip=tip
        )
        return drawn.properties(title=title)
    order = list(picture.categories)
    if picture.kind == "pyramid":
        order.reverse()
        axis = altair.Axis(labelExpr="format(abs(datum.value), ',')")
        bars = chart.mark_bar().encode(
            x=altair.X(**size, axis=axis), y=altair.Y(**along, sort=order), color=colour, tooltip=tip
        )
    else:
        bars = chart.mark_bar().encode(
            x=altair.X(**size), y=altair.Y(**along, sort=order), color=colour, tooltip=tip,
            yOffset=altair.YOffset("series:N", sort=[one.name for one in picture.series]),
        )  # fmt: skip
    return bars.properties(title=title, height=altair.Step(_HEIGHT))


def _values(picture: Picture) -> list[dict[str, Any]]:
    found = []
    for number, one in enumerate(picture.series):
        side = -1 if picture.kind == "pyramid" and number == 0 else 1
        for category, cell in zip(picture.categories, one.cells, strict=True):
            if cell is not None:
                size = None if cell.value is None else side * float(cell.value)
                said = number_text(cell.value, one.column, cell.code)
                found.append({"category": category, "series": one.name, "size": size, "said": said})
    return found
