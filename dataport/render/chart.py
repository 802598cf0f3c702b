"""chart: a picture drawn with letters, for a terminal of any width. Every bar has its number beside it, or its mark."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from dataport.disclosure import NOTHING, cell_text
from dataport.render.picture import Picture, Series
from dataport.render.pivot import Cell

_BAR, _AXIS, _HEIGHT = "█", "│", 12
# One letter for each line of a trend.
_MARKS, _SEVERAL = "●○▲■◆▼□△◇▽", "*"
_NARROWEST = 4


def drawn(picture: Picture, width: int) -> list[str]:
    """The lines of a picture."""
    lines = {"bars": _bars, "pyramid": _pyramid, "lines": _trend}[picture.kind](picture, width)
    notes = [line for note in picture.notes for line in wrap(note, width)]
    return [*wrap(picture.title, width), *lines, *notes]


def _text(cell: Cell | None, series: Series) -> str:
    return NOTHING if cell is None else cell_text(cell.value, series.column, cell.code)


def _size(cell: Cell | None) -> float:
    return float(cell.value) if cell is not None and cell.value is not None else 0.0


def _folded(text: str, width: int) -> list[str]:
    return wrap(text, width) or [""]


def _bars(picture: Picture, width: int) -> Iterator[str]:
    """A bar for each member; with several colours, a bar for each of them below the member's name."""
    several = len(picture.series) > 1
    names = [one.name for one in picture.series] if several else list(picture.categories)
    said = [_text(cell, one) for one in picture.series for cell in one.cells]
    beside = max(map(len, said))
    label = max(_NARROWEST, min(max(map(len, names)), width // 3))
    sizes = [_size(cell) for one in picture.series for cell in one.cells]
    low, high = min(0.0, *sizes), max(0.0, *sizes)
    room = max(_NARROWEST, width - label - beside - 3)
    for place, category in enumerate(picture.categories):
        if several:
            yield from _folded(category, width)
        for one in picture.series:
            cell = one.cells[place]
            bar = _bar(_size(cell), low, high, room)
            first, *rest = _folded(one.name if several else category, label)
            yield f"{first:<{label}} {_text(cell, one):>{beside}} {bar}".rstrip()
            yield from rest


def _bar(size: float, low: float, high: float, room: int) -> str:
    """A bar to the right of nothing, or to its left where some numbers are below it."""
    scale = room / ((high - low) or 1.0)
    left = round(-low * scale)
    length = round(abs(size) * scale) or (1 if size else 0)
    if size < 0:
        return " " * (left - min(length, left)) + _BAR * min(length, left)
    return " " * left + _BAR * min(length, room - left) if low < 0 else _BAR * min(length, room)


def _pyramid(picture: Picture, width: int) -> Iterator[str]:
    """Ages from the oldest, the one sex to the left and the other to the right."""
    left, right = picture.series
    said = [_text(cell, one) for one in picture.series for cell in one.cells]
    beside = max(map(len, said))
    label = max(_NARROWEST, min(max(map(len, picture.categories)), width // 4))
    room = max(_NARROWEST, (width - label - 2 * beside - 6) // 2)
    longest = max((abs(_size(cell)) for one in picture.series for cell in one.cells), default=0.0) or 1.0
    yield f"{left.name:>{beside + 1 + room}}  {'':^{label}}  {right.name}"
    for place in reversed(range(len(picture.categories))):
        cells = left.cells[place], right.cells[place]
        bars = [_BAR * (round(abs(_size(one)) / longest * room) or (1 if _size(one) else 0)) for one in cells]
        first, *rest = _folded(picture.categories[place], label)
        numbers = _text(cells[0], left), _text(cells[1], right)
        yield f"{numbers[0]:>{beside}} {bars[0]:>{room}}{_AXIS} {first:^{label}} {_AXIS}{bars[1]} {numbers[1]}"
        for one in rest:
            yield f"{'':>{beside + 1 + room}}{_AXIS} {one:^{label}} {_AXIS}"


def _trend(picture: Picture, width: int) -> Iterator[str]:
    """Periods to the right, sizes upwards; a period without a number stays empty and says why in the table below."""
    cells = [(number, place, cell) for number, one in enumerate(picture.series) for place, cell in enumerate(one.cells)]
    known = [_size(cell) for _, _, cell in cells if cell is not None and cell.value is not None]
    if not known:
        yield "(no period of it has a number)"
        return
    low, high = min(0.0, *known), max(*known, 0.0)
    if low == high:
        high = low + 1
    is_whole = picture.series[0].column.type == "integer"
    ends = [_text(Cell(round(one) if is_whole else one, None), picture.series[0]) for one in (high, low)]
    beside = max(map(len, ends))
    room = max(_NARROWEST, width - beside - 2)
    columns = _columns(len(picture.categories), room)
    field = [[" "] * room for _ in range(_HEIGHT)]
    for number, place, cell in cells:
        if cell is not None and cell.value is not None:
            height = round((_size(cell) - low) / (high - low) * (_HEIGHT - 1))
            line, at = field[_HEIGHT - 1 - height], columns[place]
            line[at] = _MARKS[number % len(_MARKS)] if line[at] == " " else _SEVERAL
    for row, marks in enumerate(field):
        end = ends[0] if row == 0 else ends[1] if row == _HEIGHT - 1 else ""
        yield f"{end:>{beside}} {_AXIS}{''.join(marks)}".rstrip()
    yield f"{'':>{beside}} └{'─' * room}"
    first, last = picture.categories[0], picture.categories[-1]
    yield f"{'':>{beside}}  {first}{last.rjust(max(room - len(first), len(last) + 1)) if last != first else ''}"
    if any(_SEVERAL in marks for marks in field):
        yield f"{_SEVERAL} several at one place"
    for number, one in enumerate(picture.series):
        yield from wrap(f"{_MARKS[number % len(_MARKS)]} {one.name}", width, subsequent_indent="  ")


def _columns(count: int, room: int) -> list[int]:
    """Where each of some periods stands."""
    return [round(place * (room - 1) / max(count - 1, 1)) for place in range(count)]
