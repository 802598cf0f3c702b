"""What happened to a case, what is different in it, and who belongs to it, for people."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from rich.table import Table

from dataport.cli.grids import print_grid
from dataport.cli.paragraphs import enumerated, print_paragraph, words
from dataport.cli.render_case import print_limit
from dataport.cli.texts import Screen, cell, shown
from dataport.history import (
    Act,
    Changes,
    Difference,
    Family,
    OfMember,
    Relative,
    Stay,
    Timeline,
    folded,
    label_of,
    meaning_of,
    plain_of,
)

_STYLES = {"correction": "yellow", "entered scope": "cyan", "left scope": "cyan"}
_READS = (
    "Oldest first, by the day (UTC) on which the store came to know of it; the day on which it happened stands in "
    "brackets where it is another."
)


def print_history(told: Timeline) -> None:
    """A history day by day; what happened alike to several members is told once."""
    console = Screen()
    names = {one.person: one.subject for one in told.entries if one.person is not None}
    subjects = list(dict.fromkeys(one.subject for one in told.entries))
    if len(subjects) == 1:
        print_paragraph(subjects, console, style="bold")
    print_paragraph(words(_READS), console, style="dim")
    if not told.entries:
        console.print(shown("Nothing."))
    for day in folded(told.entries):
        # what all acts of a day share is told once, beside the day
        recorded = {_recorded(act) for act in day.acts}
        shared = recorded.pop() if len(recorded) == 1 else ""
        print_paragraph(words(f"{day.day} {shared}"), console, hanging="    ", style="bold")
        for act in day.acts:
            whose = [] if len(subjects) == 1 else [":", *_whose(act, names, "limited_to" in told.meta)]
            _print_act(act, whose, "" if shared else f"[{_recorded(act)}]", console)
    print_limit(told.meta, console)


def _recorded(act: Act) -> str:
    return f"{act.times}{_by(act.first.by, act.first.channel)}"


def _print_act(act: Act, whose: list[str], recorded: str, console: Screen) -> None:
    one = act.first
    own_day = one.happened_on and one.happened_on != one.recorded_at.date()
    said = words(one.words) + (words(f"(on {one.happened_on})") if own_day else [])
    if whose:
        said[-1] += whose[0]
        said += whose[1:]
    late = f"({one.late_days} days after it was entered on a device)" if one.late_days else ""
    details = "; ".join(detail for detail in one.details if detail != one.words)
    said += words(f"— {details}") if details else []
    said += words(f"{late} {recorded}")
    print_paragraph(said, console, indent="  ", hanging="      ", style=_STYLES.get(one.kind, ""))


def _whose(act: Act, names: Mapping[int, str], is_limited: bool) -> list[str]:
    """Whom an act is about: by name, or all of those who were in the group, where a limit leaves none of them out."""
    if is_limited:
        return enumerated(act.subjects)
    if act.everybody:
        return words(f"all {act.everybody} members")
    rest = [names.get(one) for one in sorted(act.all_but)]
    known = [one for one in rest if one is not None]
    if rest and len(known) == len(rest):
        return [*words("all members but"), *enumerated(known)]
    return enumerated(act.subjects)


def _by(by: str | None, channel: str | None) -> str:
    told = ", ".join(part for part in (by, channel and plain_of("entry_channel_code", channel).lower()) if part)
    return f" by {told}" if told else ""


def print_changes(told: Changes) -> None:
    """What is different, by member; members of whom the same is told have one block."""
    console = Screen()
    since = f"since {_moment(told.since)}"
    if told.look:
        since = f"since your last look, which reached up to {_moment(told.since)}"
    reads = f"What is different {since} (known up to {_moment(told.until)}), by member; newest first."
    print_paragraph(words(reads), console, style="dim")
    if not told.members:
        console.print(shown("Nothing."))
    for _, alike in groupby(sorted(told.members, key=lambda one: _place(one, told)), key=_blocks):
        members = list(alike)
        print_paragraph(enumerated([one.subject for one in members]), console, hanging="  ", style="bold")
        for _, several in groupby(members[0].differences, key=_recorded_alike):
            differences = list(several)
            one = differences[0]
            acts = "; ".join(dict.fromkeys(map(_act_in_words, differences)))
            said = f"{_moment(one.recorded_at)}{_by(one.recorder and str(one.recorder), one.channel)}: {acts}"
            print_paragraph(words(said), console, indent="  ", hanging="      ")
            for line in filter(None, map(difference_in_words, differences)):
                print_paragraph(words(line), console, indent="      ", hanging="        ")
    print_limit(told.meta, console)


def _blocks(one: OfMember) -> tuple[Any, ...]:
    return tuple(
        (_recorded_alike(difference), _act_in_words(difference), difference_in_words(difference))
        for difference in one.differences
    )


def _place(one: OfMember, told: Changes) -> int:
    """Where the first member of whom the same is told stands."""
    return next(place for place, other in enumerate(told.members) if _blocks(other) == _blocks(one))


def _recorded_alike(one: Difference) -> tuple[Any, ...]:
    return one.recorded_at, one.recorder and str(one.recorder), one.channel


def _act_in_words(one: Difference) -> str:
    own_day = one.happened_on and one.happened_on != one.recorded_at.date()
    return f"{one.act} (on {one.happened_on})" if own_day else one.act


def difference_in_words(one: Difference) -> str:
    """A difference as a line; empty where its act says it all."""
    of = f"{one.record}, " if one.record else ""
    match one.how:
        case "changed" | "undone" if one.name:
            path = " → ".join(meaning_of(one.name, value) for value in (one.before, *one.between, one.after))
            undone = " (undone)" if one.how == "undone" else ""
            return f"{of}{label_of(one.name)}: {path}{undone}"
        case "undone":
            return f"{one.record} (undone)" if one.record else "(undone)"
        case "added" | "removed":
            values = one.after if one.how == "added" else one.before
            told = {name: value for name, value in values.items() if not _is_id(name)}
            said = "; ".join(f"{label_of(name).lower()} {plain_of(name, value)}" for name, value in told.items())
            how = "recorded" if one.how == "added" else "removed"
            return f"{one.record} {how}{f' ({said})' if said else ''}" if one.record else ""
    return ""


def _is_id(name: str) -> bool:
    """Whether a field is the id of the record itself, which nobody reads."""
    return name.endswith("_id") and name != "place_id"


def _moment(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def print_family(told: Family) -> None:
    """Who belongs to each group, how they are related, and since and until when."""
    console = Screen()
    reads = (
        f"As of {told.as_of}. Joined and left: the day that the record says, or else on which it was recorded (UTC); "
        "with ≤ and ≥ where somebody was in the group already when they came into sight, or still when they went out "
        "of it."
    )
    print_paragraph(words(reads), console, style="dim")
    for group in told.groups:
        there = sum(one.is_there for one in group.relatives)
        print_paragraph(words(f"Group {group.number or '(not in scope)'}: {there} members now"), console, style="bold")
        grid = Table(header_style="dim", box=None, pad_edge=False)
        for name in ("Member", "Relationship", "Sex", "Born", "Joined", "Left"):
            grid.add_column(name, no_wrap=name in ("Member", "Born", "Joined", "Left"))
        for one in group.relatives:
            *said, joined, left = relative_in_words(one)
            grid.add_row(*map(cell, said), shown(joined), shown(left))
        print_grid(grid, console, stacks=True)
    print_limit(told.meta, console)


def relative_in_words(one: Relative) -> tuple[str, ...]:
    """A member as cells: who, how related, sex, born, joined, left."""
    relation = "" if one.relationship is None else plain_of("relationship_code", one.relationship)
    if one.is_focal_point:
        relation = f"{relation}, focal point" if relation else "focal point"
    said = (one.values.get(name) for name in ("sex_code", "birth_date"))
    sex, born = ("" if value is None else str(value) for value in said)
    joined, left = "\n".join(map(_joined, one.stays)), "\n".join(map(_left, one.stays))
    return one.subject, relation, sex, born, joined, left


def _joined(stay: Stay) -> str:
    return f"{'' if stay.has_joined else '≤ '}{stay.joined_on}"


def _left(stay: Stay) -> str:
    if stay.left_on is None:
        return ""
    return f"{'' if stay.has_left else '≥ '}{stay.left_on}"
