"""Completion for bash, zsh and fish by click's own protocol, as a process that imports nothing slow.

Commands, indicators, breakdowns and members are public: completion is no look, opens no home and asks nothing. What it
knows is worked out once for each state of the code, the definitions and the seeds (`completion_words`), and kept as a
private file under their digest; a stroke of the key reads that file and nothing else.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

import click
from click.shell_completion import BashComplete, CompletionItem, add_completion_class, get_completion_class

from dataport import __version__
from dataport.cli.words import VARIABLE

_PACKAGE = Path(__file__).resolve().parent.parent
# Files of earlier states that are left beside the newest: several checkouts may share an account.
_KEPT = 8

Words: TypeAlias = Mapping[str, Any]
# What is offered: what is typed, and what it is.
Offer: TypeAlias = tuple[str, str]


def run(instruction: str, work_out: Callable[[], Words]) -> int:
    """Answer the shell: its script (``bash_source``), or what may stand at the cursor (``bash_complete``).

    Args:
        work_out: what there is to complete, where no file of it is kept.
    """
    shell, _, what = instruction.partition("_")
    known = get_completion_class(shell)
    if known is None or what not in ("source", "complete"):
        return 1
    words = known_words(work_out)
    complete = known(_group("dataport", words["commands"], words), {}, "dataport", VARIABLE)
    click.echo(complete.source() if what == "source" else complete.complete())
    return 0


class _Bash(BashComplete):
    """bash inserts what it is given as it is: what holds blanks or quotes stands in double quotes, as one word."""

    def get_completion_args(self) -> tuple[list[str], str]:
        args, incomplete = super().get_completion_args()
        words = os.environ["COMP_WORDS"].split("\n")
        raw = words[-1] if len(words) > len(args) + 1 else ""
        self._is_quoted = raw[:1] in ("'", '"')
        return args, incomplete

    def format_completion(self, item: CompletionItem) -> str:
        if not self._is_quoted and re.search(r"[\s'\"(]", item.value):
            item = CompletionItem(f'"{item.value}"', item.type)
        return super().format_completion(item)


add_completion_class(_Bash)


def known_words(work_out: Callable[[], Words]) -> Words:
    """What there is to complete, from the file that is kept, or worked out anew."""
    place = _place()
    if place is not None and (kept := _read(place)) is not None:
        return kept
    words = work_out()
    if place is not None:
        with suppress(OSError):  # it is worked out anew next time
            _keep(place, words)
    return words


def _place() -> Path | None:
    """The file for this state of the code, the definitions and the seeds; none where there is no place for it."""
    cache = os.environ.get("XDG_CACHE_HOME") or (f"{home}/.cache" if (home := os.environ.get("HOME")) else "")
    return Path(cache, "dataport", f"completion-{_digest()}.json") if Path(cache).is_absolute() else None


def _digest() -> str:
    shipped = _PACKAGE / "_dbt"
    seeds = (shipped if shipped.is_dir() else _PACKAGE.parent) / "seeds"
    digest = hashlib.sha256(__version__.encode())
    files = [*(_PACKAGE / "cli").glob("*.py"), *(_PACKAGE / "semantic" / "definitions").rglob("*.yml")]
    for path in sorted([*files, *seeds.glob("*.csv")]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:24]


def _read(place: Path) -> Words | None:
    """What is kept, if it is this account's own and nobody else could have written it."""
    with suppress(OSError, ValueError), place.open("rb") as file:
        found = os.fstat(file.fileno())
        if found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            content = json.load(file)
            return content if isinstance(content, dict) else None
    return None


def _keep(place: Path, words: Words) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = place.with_name(f".{place.name}.{os.getpid()}")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(words, file, ensure_ascii=False)
    partial.replace(place)
    older = sorted(place.parent.glob("completion-*.json"), key=lambda one: one.stat().st_mtime, reverse=True)
    for one in older[_KEPT:]:
        one.unlink(missing_ok=True)


def _group(name: str, commands: Words, words: Words) -> click.Group:
    """The commands as click completes them, none of which can be run."""
    group = click.Group(name)
    for one, told in commands.items():
        if "commands" in told:
            group.add_command(_group(one, told["commands"], words))
        else:
            params = [_param(param, words) for param in told["params"]]
            group.add_command(click.Command(one, params=params, short_help=told["help"]))
        group.commands[one].short_help = told["help"]
    return group


def _param(told: Words, words: Words) -> click.Parameter:
    kind: Any = None
    if told["choices"]:
        kind = click.Choice(told["choices"])
    elif told["path"]:
        kind = click.Path(file_okay=told["path"] == "file")
    offers = _offering(told["completes"], words) if told["completes"] else None
    common: dict[str, Any] = {"type": kind, "nargs": told["nargs"], "shell_complete": offers}
    if told["argument"]:
        return click.Argument([told["name"]], required=False, **common)
    if told["flag"]:
        return click.Option([*told["opts"], told["name"]], is_flag=True, multiple=told["multiple"])
    return click.Option([*told["opts"], told["name"]], multiple=told["multiple"], help=told["help"], **common)


def _offering(kind: str, words: Words) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    offered = _OFFERS[kind]

    def offers(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        # behind an option that waits for its value, click has not told arguments apart yet
        params = {**ctx.params, "indicators": ctx.params.get("indicators") or tuple(ctx.args)}
        return [CompletionItem(value, help=_one_line(said)) for value, said in offered(words, params, incomplete)]

    return offers


def _one_line(text: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def _begun(offers: Iterator[Offer] | list[Offer], incomplete: str) -> Iterator[Offer]:
    return (one for one in offers if one[0].startswith(incomplete))


def _indicators(words: Words, params: Mapping[str, Any], incomplete: str) -> Iterator[Offer]:
    taken = params.get("indicators") or ()
    return _begun([(name, one["label"]) for name, one in words["indicators"].items() if name not in taken], incomplete)


def _fitting(words: Words, params: Mapping[str, Any]) -> list[Offer]:
    """The breakdowns that all indicators have which stand on the line already, and the grains of a trend."""
    asked = [*(params.get("indicators") or ()), *filter(None, [params.get("indicator")])]
    fits = [set(words["indicators"][name]["by"]) for name in asked if name in words["indicators"]]
    levels = [(name, one["label"]) for name, one in words["levels"].items() if all(name in each for each in fits)]
    return [*levels, *((grain, "periods of a trend") for grain in words["grains"])]


def _levels(words: Words, params: Mapping[str, Any], incomplete: str) -> Iterator[Offer]:
    taken = params.get("by") or ()
    return _begun([one for one in _fitting(words, params) if one[0] not in taken], incomplete)


def _only_levels(words: Words, params: Mapping[str, Any], incomplete: str) -> Iterator[Offer]:
    return _begun([(name, one["label"]) for name, one in words["levels"].items()], incomplete)


def _across(words: Words, params: Mapping[str, Any], incomplete: str) -> Iterator[Offer]:
    return _begun(_fitting(words, params), incomplete)


def _kept(words: Words, params: Mapping[str, Any], incomplete: str) -> Iterator[Offer]:
    """The breakdowns asked for that a subtotal may keep, with a comma between them."""
    before, comma, last = incomplete.rpartition(",")
    taken = before.split(",")
    names = [(before + comma + one, "") for one in params.get("by") or () if one not in taken]
    return _begun([*names, *([] if comma else [("none", "keeps no breakdown")])], before + comma + last)


def _order(words: Words, params: Mapping[str, Any], incomplete: str) -> Iterator[Offer]:
    names = [*(params.get("indicators") or ()), *(params.get("by") or ())]
    return _begun([(f"{name}{way}", "") for name in names for way in ("", ":desc")], incomplete)


def _period(words: Words, params: Mapping[str, Any], incomplete: str) -> Iterator[Offer]:
    first, dots, last = incomplete.rpartition("..")
    if found := re.match(r"([0-9]{4})-", last):
        year = found[1]
        named = [(f"{first}{dots}{year}-Q{one}", "") for one in range(1, 5)]
        return _begun(named + [(f"{first}{dots}{year}-{one:02}", "") for one in range(1, 13)], incomplete)
    return _begun([(one, "") for one in words["periods"]], incomplete)


def _comparison(words: Words, params: Mapping[str, Any], incomplete: str) -> Iterator[Offer]:
    return _begun([("previous", "the period before"), ("year-ago", "the year before")], incomplete)


def _named(words: Words, params: Mapping[str, Any], incomplete: str) -> Iterator[Offer]:
    every = [(name, one["label"]) for kind in ("indicators", "levels") for name, one in words[kind].items()]
    return _begun(every, incomplete)


def _kpis(words: Words, params: Mapping[str, Any], incomplete: str) -> Iterator[Offer]:
    return _begun(list(words["kpis"].items()), incomplete.upper())


# The end of a filter: a name that is begun, or a member of a level that is compared with.
_NAME = re.compile(r"(?P<head>(?:.*(?:\b(?:and|or|not)\s+|\())?\s*)(?P<name>[a-z][a-z0-9_]*)?", re.DOTALL)
_VALUE = re.compile(
    r"(?P<head>(?:.*[\s(])?(?P<level>[a-z][a-z0-9_]*)\s*(?:!=|=|\bnot\s+in\s*\(|\bin\s*\()\s*"
    r"(?:(?:'(?:[^']|'')*'|[a-z]+)\s*,\s*)*)(?P<value>'(?:[^']|'')*|[^'\s]*)",
    re.DOTALL,
)


def _filter(words: Words, params: Mapping[str, Any], incomplete: str) -> Iterator[Offer]:
    """A filter, from where it ends: the name of a breakdown, then how it compares, then its members."""
    if (found := _VALUE.fullmatch(incomplete)) and found["level"] in words["levels"]:
        yield from _members(words, found["level"], found["head"], found["value"])
    elif found := _NAME.fullmatch(incomplete):
        head, begun = found["head"], found["name"] or ""
        asked = [(name, words["indicators"][name]["label"]) for name in params.get("indicators") or ()
                 if name in words["indicators"]]  # fmt: skip
        names = [*((name, one["label"]) for name, one in words["levels"].items()), *asked]
        several = list(_begun(names, begun))
        if len(several) == 1 or begun in words["levels"]:
            # a name alone is no filter: what it may be is offered at once
            yield from _compared(words, begun if begun in words["levels"] else several[0][0], head)
            several = [one for one in several if one[0] != begun] if len(several) > 1 else []
        yield from ((head + name, said) for name, said in several)


def _compared(words: Words, name: str, head: str) -> Iterator[Offer]:
    level = words["levels"].get(name)
    if level and (level["members"] or level["type"] == "boolean"):
        yield from _members(words, name, f"{head}{name} = ", "")
    elif level and level["type"] == "text":
        yield f"{head}{name} = '", level["label"]
    else:
        yield from ((f"{head}{name} {how} ", "") for how in ("=", ">=", "<=", "between"))
    if level:
        yield f"{head}{name} is unknown", ""


def _members(words: Words, name: str, head: str, begun: str) -> Iterator[Offer]:
    """The members of a level from its public list, by what is begun of their code or label."""
    level = words["levels"][name]
    if level["type"] == "boolean":
        yield from _begun([(head + one, "") for one in ("true", "false")], head + begun)
        return
    typed = begun.removeprefix("'").replace("''", "'").casefold()
    for code, label in words["lists"].get(level["members"], ()):
        if code.casefold().startswith(typed) or label.casefold().startswith(typed):
            quoted = code.replace("'", "''")
            yield f"{head}'{quoted}'", label


_OFFERS: Mapping[str, Callable[[Words, Mapping[str, Any], str], Iterator[Offer]]] = {
    "indicator": _indicators,
    "breakdown": _levels,
    "level": _only_levels,
    "across": _across,
    "subtotal": _kept,
    "order": _order,
    "filter": _filter,
    "period": _period,
    "comparison": _comparison,
    "name": _named,
    "kpi": _kpis,
}
