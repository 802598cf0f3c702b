"""load, for policies: a name that no fact holds is an error at the start, and never a rule that does not bite."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dataport.errors import DataportError
from dataport.semantic.condition import (
    ALWAYS,
    Atom,
    Attribute,
    Compare,
    Condition,
    IsUnknown,
    OneOf,
    mapped,
    values_of,
)
from dataport.semantic.load_indicators import known
from dataport.semantic.model import Catalog, Level
from dataport.semantic.parse import parse_condition
from dataport.semantic.policy import (
    AS_GRANTED,
    ATTRIBUTES,
    DOORS,
    EFFECTS,
    FINEST_PLACE,
    SCOPE,
    TIERS,
    Door,
    Effect,
    Finds,
    Members,
    Policy,
    Who,
)
from dataport.semantic.policy_checks import problems_of
from dataport.semantic.resolve import bind
from dataport.semantic.yaml_entries import Entry, Fields

CLASSES = ("registration", "statistics", "partner", "service")
_FIELDS = ("effect", "who", "on", "rows", "members", "doors", "purpose", "finds", "reason")


def policies_of(entries: Mapping[str, Entry], draft: Catalog) -> tuple[Policy, ...]:
    """The policies of a folder; the one that follows grants where it has none.

    Raises:
        BadDefinition: with file and line, for the first name or value that is not known.
    """
    return tuple(_policy(name, entry, draft) for name, entry in entries.items()) or (AS_GRANTED,)


def _policy(name: str, entry: Entry, draft: Catalog) -> Policy:
    fields = Fields(entry, _FIELDS)
    effect: Effect = fields.need("effect").choice(EFFECTS)
    reason = fields.need("reason").text().strip()
    if not reason:
        raise entry.error("a policy says why it is there.")
    needs_purpose = fields.get("purpose", lambda e: e.choice(("required", "optional")) == "required", False)
    if needs_purpose and effect == "forbid":
        raise entry.error("a purpose is asked for by what permits.")
    entities = tuple(dict.fromkeys(fact.entity for fact in draft.facts.values()))
    policy = Policy(
        name=name,
        effect=effect,
        who=_who(fields.need("who")),
        on=fields.get("on", lambda e: _some(e, lambda one: known(e, "entity", one, dict.fromkeys(entities))), ()),
        rows=_rows(fields.need("rows"), draft),
        members=fields.get("members", lambda e: _members(e, effect, draft), Members()),
        doors=_doors(fields.need("doors")),
        needs_purpose=needs_purpose,
        reason=reason,
        finds=fields.get("finds", _finds, None),
    )
    if policy.finds and (effect == "forbid" or "open" not in policy.doors or not needs_purpose):
        raise entry.error("finds belong to a permit of the door open for which a purpose is required.")
    if problem := next(problems_of(policy, draft), None):
        raise entry.error(problem)
    return policy


def _finds(entry: Entry) -> Finds:
    fields = Fields(entry, ("a_day", "at_once"))
    return Finds(fields.need("a_day").whole(), fields.need("at_once").whole())


def _some(entry: Entry, check: Callable[[str], str]) -> tuple[str, ...]:
    """A list of names, or `all`, which is the empty one."""
    if entry.value == "all":
        return ()
    names = entry.texts() if isinstance(entry.value, list) else (entry.text(),)
    if not names:
        raise entry.error("an empty list would be about nobody; write all, or leave it out.")
    return tuple(check(name) for name in names)


def _who(entry: Entry) -> Who:
    fields = Fields(entry, ("class", "role", "login"))
    if not entry.map():
        raise entry.error("say whom it is about: class, role or login; class: all is everybody.")
    classes = fields.get("class", lambda e: _some(e, lambda one: Entry(e.place, one).choice(CLASSES)), ())
    return Who(classes, fields.get("role", _plain, ()), fields.get("login", _plain, ()))


def _plain(entry: Entry) -> tuple[str, ...]:
    return _some(entry, str)


def _doors(entry: Entry) -> tuple[Door, ...]:
    if not entry.items():
        raise entry.error("a policy is about some door: count, open.")
    return tuple(item.choice(DOORS) for item in entry.items())


def _members(entry: Entry, effect: Effect, draft: Catalog) -> Members:
    names = {**dict.fromkeys(draft.levels), **dict.fromkeys(draft.indicators)}
    if effect == "forbid":
        fields = Fields(entry, ("any_of",))
        return Members(names=_some(fields.need("any_of"), lambda one: known(entry, "level or indicator", one, names)))
    fields = Fields(entry, ("up_to", "places", "except"))
    return Members(
        fields.get("up_to", lambda e: e.choice(TIERS), TIERS[-1]),
        fields.get("places", _place_level, FINEST_PLACE),
        fields.get("except", lambda e: _some(e, lambda one: known(e, "level or indicator", one, names)), ()),
    )


def _place_level(entry: Entry) -> int:
    level = entry.whole()
    if not 0 <= level <= FINEST_PLACE:
        raise entry.error(f"places are told from level 0, the country, to level {FINEST_PLACE}.")
    return level


def _rows(entry: Entry, draft: Catalog) -> Condition:
    """Rows as a condition whose every name is held by a fact and whose every value is of its level's type."""
    if entry.value == "all":
        return ALWAYS
    try:
        return mapped(parse_condition(entry.text(), attributes=ATTRIBUTES), lambda atom: _atom(atom, draft))
    except DataportError as problem:
        raise entry.error(str(problem)) from None


def _atom(atom: Atom, draft: Catalog) -> Condition:
    asks = [value for value in values_of(atom) if isinstance(value, Attribute)]
    if atom.level == SCOPE:
        if not isinstance(atom, OneOf | IsUnknown) and not (isinstance(atom, Compare) and atom.operator in ("=", "!=")):
            raise DataportError(f"{SCOPE} is compared by =, !=, in, not in and is unknown.")
        if any(not isinstance(value, str | Attribute) for value in values_of(atom)):
            raise DataportError(f"{SCOPE} is compared with texts.")
        return atom
    if asks:
        raise DataportError(f"what is known of who asks is compared with {SCOPE} only.")
    bound = bind(atom, draft)  # an unknown name is refused here
    level = draft.levels[atom.level]
    if level.base or level.computed or level.composed_of or not level.on:
        raise DataportError(f"{atom.level!r} is not held by any fact, so rows cannot be judged by it.")
    _check_judged(atom, level, draft)
    return bound


def _check_judged(atom: Atom, level: Level, draft: Catalog) -> None:
    """Rows are judged as they stand in their table, where what counts as unknown may be larger than every number."""
    is_member = isinstance(atom, OneOf) or (isinstance(atom, Compare) and atom.operator in ("=", "!="))
    for name, column in level.on.items():
        found = draft.facts[name].columns.get(column)
        if found is None:
            continue
        if found.kind == "double" and not is_member:
            raise DataportError(
                f"{level.name!r} is binary fractions, which may be no number (NaN) or endless: rows cannot be judged "
                "by their size. Make a view in which it is a decimal."
            )
        if found.is_fine and not isinstance(atom, IsUnknown):
            raise DataportError(
                f"{level.name!r} is instants finer than a microsecond: rows cannot be judged by the day of one. Make "
                "a view that casts it to TIMESTAMP."
            )
