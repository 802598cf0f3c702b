"""dataport cube audit: the served statistics, attacked: what is guaranteed, what was measured, their use."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table

from dataport.attackers.audit import Report
from dataport.cli.grids import print_grid
from dataport.cli.options import format_option, home_option, settings_of
from dataport.cli.paragraphs import print_paragraph, words
from dataport.cli.progress import progress
from dataport.cli.report import say, say_json, show_note
from dataport.cli.texts import Screen
from dataport.jobs.auditing import audit_statistics
from dataport.named_file import check_place, named_file
from dataport.render.audit_page import audit_page
from dataport.render.audit_text import as_record, goals, opening, percent, said, standing, told_as_other

_TITLE = "Protected statistics, attacked"


@click.command()
@click.option("--page", type=click.Path(path_type=Path), metavar="FILE.html", help="Write the report as a page, too.")
@click.option("--overwrite", is_flag=True, help="Replace the file of --page if it is there already.")
@home_option
@format_option("table", "json")
def audit(page: Path | None, overwrite: bool, home: Path | None, form: str) -> None:
    """Download everything that is served and try to learn of people from it. Exit code 1 if an attack gets through.

    \b
    Examples:
      dataport cube audit
      dataport cube audit --page audit.html
      dataport cube audit --format json
    """
    settings = settings_of(home)
    if page:
        check_place(page, replace=overwrite, home=settings.home)
    with progress("Attacking the protected statistics") as tell:
        report = audit_statistics(settings, tell)
    if page:
        with named_file(page, replace=overwrite) as file:
            file.write(audit_page(report, _TITLE).encode())
        show_note(f"Written to {page}. It shows true sizes of cells: it is for those who may read the records.")
    if form == "json":
        say_json(as_record(report))
    else:
        _tell(report)
    if not report.passed:
        raise SystemExit(1)


def _tell(report: Report) -> None:
    screen = Screen()
    say(opening(report), bold=True)
    for title, sentences in (("Guaranteed", report.guaranteed), ("Not guaranteed", report.not_guaranteed)):
        say()
        say(title, bold=True)
        for sentence in sentences:
            print_paragraph(words(sentence), screen, indent="  ")
    grid = Table("Attacker", header_style="bold", box=None, pad_edge=False)
    for head in ("measured", "limit", "by guessing", "tried"):
        grid.add_column(head, justify="right", no_wrap=True)
    grid.add_column("")
    for one in report.verdicts:
        figures = (said(one.measured), said(one.limit), said(one.base), f"{one.tried:,}")
        grid.add_row(one.name, *figures, standing(one))
    say()
    print_grid(grid, screen)
    say()
    for one in report.verdicts:
        print_paragraph([f"{one.name}:", *words(one.says)], screen, indent="  ", hanging="    ")
    use = Table("What the statistics are good for", header_style="bold", box=None, pad_edge=False)
    use.add_column("measured", justify="right", no_wrap=True)
    use.add_column("goal", justify="right", no_wrap=True)
    use.add_column("")
    for goal in goals(report.utility):
        sign = "≥" if goal.at_least else "≤"
        reached = "reached" if goal.reached else "not reached"
        use.add_row(goal.what, percent(goal.measured), f"{sign} {percent(goal.goal)}", reached)
    say()
    print_grid(use, screen, stacks=True)
    print_paragraph(words(f"{told_as_other(report.utility)}."), screen)
    worst = "; ".join(f"{name} {percent(share)}" for name, share in report.utility.worst)
    print_paragraph(words(f"Least is told of: {worst}."), screen)
