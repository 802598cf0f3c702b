"""dataport ask, dataport explain."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from dataport.ask import ask as ask_door
from dataport.ask import explain_request, open_house
from dataport.cli.options import asker_of, format_option, question_options, request_of, settings_of
from dataport.cli.outputs import OUTPUT, output_of, output_options, write_answer
from dataport.cli.report import say_json
from dataport.cli.texts import Screen, shown
from dataport.jobs.freshen import freshen_grants
from dataport.semantic.timeline import PERIOD

# A plan and its statement are told to the end.
_WHOLE = 1_000_000


@click.command()
@question_options
@output_options
def ask(home: Path | None, login: str | None, as_class: str | None, **words: Any) -> None:
    """Ask for one or more indicators.

    \b
    Examples:
      dataport ask active_individuals --by country_of_asylum --top 10
      dataport ask share_of_children --by sex --where "unhcr_bureau = 'MENA'" --totals
      dataport ask active_individuals new_registrations --grain month --period 2021-12-01..2022-02-28
      dataport ask active_individuals --by country_of_asylum --where "active_individuals >= 1000" --compare year-ago
      dataport ask active_individuals --by country_of_asylum --as-of 2021-12-31 --format json
      dataport ask active_individuals --by country_of_origin --by sex --labels both --output origins.csv
      dataport ask active_individuals --by age_group --pivot sex --chart
    """
    settings = settings_of(home)
    wanted = output_of(settings, **{name: words.pop(name) for name in OUTPUT})
    freshen_grants(settings)
    words["by"] = broken_down(words, wanted.look.across)
    words["subtotals"] = summed(words, wanted.look.across)
    request = request_of(**words, across=wanted.look.across)
    table = ask_door(request, asker_of(settings, login, as_class), open_house(settings))
    write_answer(table, wanted)


def broken_down(words: dict[str, Any], across: str | None) -> tuple[str, ...]:
    """The breakdowns asked for, with the level that goes across: who names it there need not name it twice."""
    by: tuple[str, ...] = words["by"]
    is_there = across is None or across in (*by, words["grain"], PERIOD)
    return by if is_there else (*by, str(across))


def summed(words: dict[str, Any], across: str | None) -> tuple[tuple[str, ...], ...]:
    """The subtotals asked for; in a table with a level across, totals have one for each column too."""
    asked: tuple[tuple[str, ...], ...] = words["subtotals"]
    is_level = across in words["by"] and len(words["by"]) > 1
    return (*asked, (str(across),)) if words["totals"] and is_level and (across,) not in asked else asked


@click.command()
@question_options
@format_option("table", "json")
def explain(home: Path | None, login: str | None, as_class: str | None, form: str, **words: Any) -> None:
    """How a question would be answered, without answering it.

    \b
    Example:
      dataport explain average_group_size --by country_of_asylum
    """
    settings = settings_of(home)
    freshen_grants(settings)
    told = explain_request(request_of(**words), asker_of(settings, login, as_class), open_house(settings))
    if form == "json":
        say_json(asdict(told), indent=2)
        return
    console = Screen(soft_wrap=True)
    console.print(shown(told.question, style="bold"))
    console.print(shown("\n".join((f"scope: {told.scope}", *told.readings, ""))))
    console.print(shown("\n".join(told.steps), longest=_WHOLE))
    console.print(shown(f"\n{told.sql}", style="dim", longest=_WHOLE))
