"""Scorecards, measures, records to correct and the working list, for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich import box
from rich.table import Table as Grid

from dataport.checks import Check
from dataport.cli.grids import print_grid
from dataport.cli.paragraphs import print_paragraph, words
from dataport.cli.quality_output import Wish, screen
from dataport.cli.report import say_json
from dataport.cli.texts import Screen, cell, shown
from dataport.quality import HandedOut, Line, Measure, Records, Scorecard, ToCorrect, Worked
from dataport.quality.tables import EASE, work_table
from dataport.quality.words import (
    NOTHING,
    STAND_INS,
    amount_of,
    count,
    legend,
    points,
    rank_of,
    share,
    target_of,
    value_of,
)

_HEADS = ("KPI", "Measure", "Records", "Of", "Value", "Target", "Change", "Rank", "Excused")


def print_card(card: Scorecard, wish: Wish) -> None:
    """A line for each KPI; what is off its target stands out."""
    with screen(wish) as console:
        if card.unit:
            console.print(shown(f"{card.unit}, as of {card.as_of}", style="bold"))
        if card.is_empty:
            print_paragraph(words(card.notes[0]), console)
        rows = [_cells(one) for one in card.lines]
        shows = [place for place in range(len(_HEADS)) if place < 7 or any(row[place] for row in rows)]
        grid = Grid(header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
        for place in shows:
            grid.add_column(_HEADS[place], justify="left" if place < 2 else "right", no_wrap=place == 0)
        for row, one in zip(rows, card.lines, strict=True):
            style = "bold" if one.meets_target is False else "" if one.is_permitted else "dim"
            grid.add_row(*(cell(row[place]) for place in shows), style=style)
        print_grid(grid, console)
        print_paragraph(words(_score(card)), console)
        for said in _card_notes(card):
            print_paragraph(words(said), console, style="dim")


def _cells(one: Line) -> tuple[str, ...]:
    counts = (amount_of(one, one.numerator), amount_of(one, one.denominator))
    excused = "" if one.excused is None else count(one.excused)
    moved = (value_of(one), target_of(one), points(one.moved), rank_of(one.rank), excused)
    return (one.kpi.name, one.kpi.label, *counts, *moved)


def _score(card: Scorecard) -> str:
    if card.is_empty:
        return "Score: none."
    if card.score is None:
        return (
            "Score: none; a part of it is not known, or not for this viewer's role. `dataport ask quality_score_basic` "
            "is of persons alone, without what is sensitive."
        )
    place = f", place {rank_of(card.score_rank)} among its siblings" if card.score_rank else ""
    before = next((one for one in card.score_trend[:-1] if one.value is not None), None)
    since = f", {share(before.value)} on {before.as_of}" if before else ""
    return f"Score: {share(card.score)} of all that is weighed{since}{place}."


def _card_notes(card: Scorecard) -> Iterable[str]:
    yield from legend(card.lines)
    yield f"As of {card.as_of}; {card.scope}."
    first = next((one.trend[0].as_of for one in card.lines if len(one.trend) > 1), None)
    if first:
        yield f"Change: since {first}."
    yield from card.notes[1 if card.is_empty else 0 :]
    yield STAND_INS


def print_measure(one: Measure, form: str) -> None:
    """What a KPI says, with all that is behind it."""
    if form == "json":
        say_json(one.as_dict())
        return
    console, kpi = Screen(), one.kpi
    console.print(shown(f"{kpi.name} {kpi.label}", style="bold"))
    print_paragraph(words(kpi.description), console)
    better = "less of it is better" if kpi.better == "lower" else "more of it is better"
    facts = (
        f"{kpi.dimension}, {kpi.severity}; {better}",
        f"Target {share(float(kpi.target))} and weight {kpi.weight}: stand-ins",
        f"Asked for as {kpi.indicator}; of {kpi.numerator} among {kpi.denominator}",
        f"Owner: {kpi.owner}. Source: {kpi.source}. Reason: {kpi.reason}",
    )
    for said in facts:
        print_paragraph(words(said), console, hanging="  ")
    for check in one.checks:
        _print_check(check, console)
    if one.thresholds:
        console.print(shown("\nThresholds, all of them stand-ins", style="bold"))
    for limit in one.thresholds:
        text = f"{limit.name}: {limit.value} {limit.unit} ({limit.source}; {limit.reason})"
        print_paragraph(words(text), console, indent="  ", hanging="    ")


def _print_check(check: Check, console: Screen) -> None:
    console.print(shown(f"\n{check.label} ({check.name}, version {check.version})", style="bold"))
    lines = (
        check.says,
        f"Judged: {check.entity.replace('_', ' ')}; {check.severity}; put right {EASE[check.ease]}",
        f"Speaks of: {', '.join(check.fields)}",
        f"Why: {check.reason} ({check.source})",
        *(f"{one.verdict.capitalize()}: {_example(one.fields)}; on {one.today}" for one in check.examples),
    )
    for said in lines:
        print_paragraph(words(said), console, indent="  ", hanging="    ")


def _example(fields: Mapping[str, Any]) -> str:
    said = (f"{name} {'yes' if value is True else 'no' if value is False else value}" for name, value in fields.items())
    return ", ".join(said) or "nothing is filled in"


def print_records(found: Records, wish: Wish) -> None:
    """Each record with what is wrong with it; those that are excused below."""
    with screen(wish) as console:
        console.print(shown(f"{found.kpi.name} {found.kpi.label}, as of {found.as_of}", style="bold"))
        open_ones = [one for one in found.records if one.excuse is None]
        for one in open_ones:
            _print_record(one, console)
        if found.excused:
            console.print(shown("\nExcused", style="bold"))
        for one in found.records:
            if one.excuse is not None:
                _print_record(one, console)
        print_paragraph(words(_counted(found, len(open_ones))), console)
        for said in left_out(found):
            print_paragraph(words(said), console)


def _counted(found: Records, to_correct: int) -> str:
    if not found.records:
        return "No record that you may open fails it."
    records = "1 record" if to_correct == 1 else f"{to_correct:,} records"
    excused = f", and {found.excused:,} excused" if found.excused else ""
    return f"{records} to correct{excused}."


def _print_record(one: ToCorrect, console: Screen) -> None:
    head = " ".join(filter(None, (one.number or "(a number that is not yours to know)", one.name)))
    console.print(shown(f"\n{head}", style="bold"))
    for issue in one.issues:
        since = f"{'≤ ' if one.is_older and issue.since == one.since else ''}{issue.since:%Y-%m-%d}"
        how = f"{issue.check.severity.capitalize()}; put right {EASE[issue.check.ease]}."
        print_paragraph(words(f"{issue.check.says} Since {since}. {how}"), console, indent="  ", hanging="    ")
    more = [
        f"Recorded by {one.recorder}." if one.recorder else "",
        f"Assigned to {one.assignee}." if one.assignee else "",
        f"Excused until {one.excuse.expires_on} by {one.excuse.made_by}: {one.excuse.reason}" if one.excuse else "",
    ]
    print_paragraph(words(" ".join(filter(None, more))), console, indent="  ", hanging="    ")
    for note in one.work.notes:
        said = f"{note.made_at:%Y-%m-%d} {note.made_by}: {note.said}"
        print_paragraph(words(said), console, indent="  ", hanging="    ", style="dim")
    if one.link:
        # on a line of its own, and whole: it is to be opened
        console.print(shown(f"  {one.link}"), soft_wrap=True)


def print_work(found: Worked, wish: Wish) -> None:
    """All that was made of each record, oldest first."""
    table = work_table(found)
    with screen(wish) as console:
        if not table.rows:
            console.print(shown("Nothing is assigned, excused or noted of a record that you may open."))
        else:
            grid = Grid(header_style="bold", box=None, pad_edge=False)
            for column in table.columns:
                grid.add_column(column.label, no_wrap=column.name in ("record", "kpi") or column.type == "date")
            for row in table.rows:
                grid.add_row(*(cell("" if one is None else str(one)) for one in row))
            print_grid(grid, console, stacks=True)
        if said := more_work(found):
            print_paragraph(words(said), console)


def print_kept(found: tuple[HandedOut, ...], console: Screen) -> None:
    """The scorecards that were handed out, a line for each."""
    grid = Grid(header_style="bold", box=None, pad_edge=False)
    for name in ("Number", "Kept", "As of", "Scope", "Score", "Definitions"):
        grid.add_column(name, no_wrap=name in ("Number", "Kept", "As of"))
    for one in found:
        score = one.told["score"]
        told = share(score) if score is not None else NOTHING
        since = "as today" if one.is_of_today else "changed since"
        row = (str(one.number), f"{one.kept_at:%Y-%m-%d %H:%M}", str(one.as_of), one.scope, told, since)
        grid.add_row(*map(cell, row))
    if found:
        print_grid(grid, console)
    else:
        console.print(shown("No scorecard was handed out to you and kept."))


def left_out(found: Records) -> list[str]:
    """Which records are not listed, in sentences; whatever the list is written as, whoever asked is told."""
    more = "1 more may" if found.more == 1 else f"{found.more:,} more may"
    said = [f"{more} be opened: correct these first, or choose others with --where or --unit."] if found.more else []
    stores = found.meta["permissions_expired"]
    return said + [f"Permissions of {one} were read too long ago, so none of its records are listed." for one in stores]


def more_work(found: Worked) -> str:
    """That there is more than what is listed; empty where there is not."""
    return f"Of {found.more:,} more records there is something: they can be opened too." if found.more else ""
