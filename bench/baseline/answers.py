"""Answers as lines of JSON: what was asked, and what was told of it, to the last digit; and how two files differ."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from bench.baseline.drawing import Question
from dataport.api import Answer, Port
from dataport.errors import DataportError

DIGITS = 12
Line = dict[str, Any]


def asked(question: Question, port: Callable[[str], Port]) -> Line:
    """A question with its answer, or with the reason why there is none."""
    words = {name: said for name, said in question.items() if name not in ("viewer", "indicators", "between")}
    door = port(question["viewer"])
    try:
        if "between" in question:
            words = {name: said for name, said in words.items() if name in ("by", "where", "geography", "totals")}
            answer: Answer = door.change(question["indicators"][0], tuple(question["between"]), **words)
        else:
            answer = door.ask(question["indicators"], **words)
    except DataportError as refusal:
        return {"question": question, "refused": f"{type(refusal).__name__}: {refusal}"}
    return {"question": question, "answer": _told(answer)}


def _told(answer: Answer) -> Line:
    safe = answer.safe
    return {
        "columns": [[one.name, one.type, one.unit, one.role] for one in safe.columns],
        "rows": _rows(safe.data),
        "status": [[one.row, one.column, one.code] for one in safe.status],
        "totals": [
            {
                "levels": list(one.levels),
                "rows": _rows(one.data),
                "status": [[cell.row, cell.column, cell.code] for cell in one.status],
            }
            for one in safe.totals
        ],
    }


def _rows(data: pa.Table) -> list[list[Any]]:
    columns = [[_plain(value) for value in column.to_pylist()] for column in data.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def _plain(value: Any) -> Any:
    """As JSON holds it: decimals and dates as texts, so that no digit is lost, and doubles to twelve digits."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS - 1}e}") if value == value else "NaN"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date | datetime) else value


def write(lines: Iterable[Line], path: Path) -> int:
    """Compressed, without a time in it, so that the same answers are the same bytes."""
    texts = [json.dumps(line, ensure_ascii=False, separators=(",", ":")) for line in lines]
    path.write_bytes(gzip.compress("".join(f"{text}\n" for text in texts).encode(), mtime=0))
    return len(texts)


def read(path: Path) -> Iterator[Line]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def compared(before: Iterable[Line], now: Iterable[Line]) -> Iterator[str]:
    """Which question is answered otherwise, and how; nothing where all are the same."""
    answers, asked_before = {_key(line["question"]): line for line in now}, set()
    for line in before:
        asked_before.add(_key(line["question"]))
        other = answers.get(_key(line["question"]))
        if other is None:
            yield f"{_words(line['question'])}\n    is not asked any more"
        elif found := list(_differences(line, other)):
            yield "\n    ".join((_words(line["question"]), *found))
    new = (line for key, line in answers.items() if key not in asked_before)
    yield from (f"{_words(line['question'])}\n    was not asked before" for line in new)


def _differences(before: Line, now: Line) -> Iterator[str]:
    if "refused" in before or "refused" in now:
        if before.get("refused") != now.get("refused"):
            yield f"was {before.get('refused', 'answered')}"
            yield f"is  {now.get('refused', 'answered')}"
        return
    was, told = before["answer"], now["answer"]
    if was["columns"] != told["columns"]:
        yield f"columns: {was['columns']} before, {told['columns']} now"
        return
    names = [one[0] for one in was["columns"]]
    yield from _of_rows("rows", names, was, told)
    totals = {tuple(one["levels"]): one for one in told["totals"]}
    for total in was["totals"]:
        kept = " and ".join(total["levels"]) or "everything"
        other = totals.pop(tuple(total["levels"]), None)
        if other is None:
            yield f"the total by {kept} is gone"
        else:
            yield from _of_rows(f"total by {kept}", names, total, other)
    yield from (f"a total by {' and '.join(levels) or 'everything'} is new" for levels in totals)


def _of_rows(what: str, names: list[str], was: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[str]:
    if len(was["rows"]) != len(told["rows"]):
        yield f"{what}: {len(was['rows'])} before, {len(told['rows'])} now"
    cells = [
        f"{what} {number}, {name}: {one!r} before, {other!r} now"
        for number, (row, now) in enumerate(zip(was["rows"], told["rows"], strict=False), 1)
        for name, one, other in zip(names, row, now, strict=True)
        if one != other or type(one) is not type(other)
    ]
    yield from cells[:3]
    if len(cells) > 3:
        yield f"{what}: {len(cells) - 3} more cells"
    if was["status"] != told["status"]:
        yield f"{what}: status {was['status'][:5]} before, {told['status'][:5]} now"


def _key(question: Question) -> str:
    return json.dumps(question, sort_keys=True)


def _words(question: Question) -> str:
    return ", ".join(f"{name} {said}" for name, said in question.items())
