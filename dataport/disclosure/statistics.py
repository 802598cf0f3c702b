"""statistics: a question of a viewer of class statistics, from its words to what it is told, by served files alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from datetime import time as midnight
from hashlib import sha256
from typing import Any

from dataport.dictionary import disclosure_limit
from dataport.disclosure.protected.answer import answer
from dataport.disclosure.protected.lattice import lattice
from dataport.disclosure.protected.mapping import Mapped, NotProtected, levels_named, mapped
from dataport.disclosure.protected.served import NotServed, ServedCube
from dataport.disclosure.release import SafeTable, release_protected
from dataport.errors import DataportError
from dataport.semantic import Catalog, Horizon, Question, Request, resolve
from dataport.semantic.model import Indicator, Level

Bind = Callable[[Request, Catalog, Horizon], Question]


@dataclass(frozen=True, slots=True)
class ServedStatistics:
    """The served snapshots of a home, by the day that they are of."""

    series: int
    snapshots: Mapping[date, Callable[[], ServedCube]]
    _open: dict[date, ServedCube] = field(default_factory=dict, init=False, repr=False)

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(sorted(self.snapshots))

    @property
    def horizon(self) -> Horizon:
        """What a question may ask about: from the first snapshot to the last.

        Raises:
            NotServed: there is none.
        """
        if not self.snapshots:
            raise NotServed()
        start, end = (datetime.combine(day, midnight.max) for day in (self.days[0], self.days[-1]))
        return Horizon(start, end)

    def of(self, day: date) -> ServedCube | None:
        """The snapshot of a day; None where there is none of it."""
        if day not in self.snapshots:
            return None
        if day not in self._open:
            self._open[day] = self.snapshots[day]()
        return self._open[day]


def bound(request: Request, catalog: Catalog, served: ServedStatistics, bind: Bind = resolve) -> Mapped:
    """A request bound to its canonical tables and to served days. No snapshot is opened for it.

    Raises:
        NotProtected: it is not among the protected statistics.
        WrongRequest: it says what nobody could be answered.
    """
    asked = mapped(bind(request, catalog, served.horizon))
    question = asked.question
    stated = [question.timeline] if not question.timeline.grain else []
    for line in (*stated, *([question.compared] if question.compared else [])):
        if line.as_of not in served.snapshots:
            raise NotProtected()
    return asked


def statistics_of(
    asked: Mapped, served: ServedStatistics, who: Mapping[str, Any], readings: Iterable[str], started: float
) -> SafeTable:
    """What is told of a question.

    Args:
        who: the viewer, for the answer's meta data.
        readings: what was chosen for the asker, in words.
    """
    question = asked.question
    rows = answer(asked, served.of)
    last = served.of(question.timeline.as_of if question.timeline.as_of in served.snapshots else served.days[-1])
    assert last
    named = {*asked.where.has, *asked.by, *(name for one in asked.leaves.values() for name in one.has)}
    is_sensitive = any(one.name in named and one.is_secret for one in lattice().sensitive)
    most = disclosure_limit("cube_sensitive_most" if is_sensitive else "cube_plain_most")
    has_mean = any(one.is_mean for one in asked.leaves.values())
    since = sorted({one.since for part in rows for column in part.cells.values() for one in column if one.since})
    meta = {
        "question": question.in_words(),
        "data_version": last.manifest.data_version,
        "as_of": question.timeline.as_of.isoformat(),
        "flows": None,
        "compared_with": {"as_of": question.compared.as_of.isoformat(), "flows": None} if question.compared else None,
        **who,
        "scope": "protected statistics of the whole register",
        "geography": "as-was",
        "protected": {
            "series": served.series,
            "most_off": most,
            "recoded": list(recoded_in(asked)),
            "p_tables": dict(last.manifest.p_tables),
            "policy_version": last.manifest.policy_version,
            "key_version": last.manifest.key_version,
        },
        "limits": [*question.readings, *readings, *_foot(asked, most, since, has_mean=has_mean)],
        "elapsed": round(time.perf_counter() - started, 4),
    }
    return release_protected(rows, question, meta)


def recoded_in(asked: Mapped) -> tuple[str, ...]:
    """The levels that a question or its indicators name of which rare categories of a country are in its Other."""
    names = dict.fromkeys(levels_named(asked))
    return tuple(name for name in names if (level := lattice().level(name)) and level.is_recoded)


def _foot(asked: Mapped, most: int, since: list[date], *, has_mean: bool) -> list[str]:
    """What holds of protected numbers, said once."""
    recoded = [
        f"{_in_other(recoded_in(asked))}: a number may lack more than {most} persons by that, and "
        "one month more of them than another; a share is of those who are left"
    ]
    kept = recoded if recoded_in(asked) else []
    kept += [f"† values are of {', '.join(map(str, since))}"] if since else []
    if has_mean:
        kept.insert(0, "an average age is a perturbed sum, the oldest hundredth cut, over a perturbed number")
    return [
        f"protected: each number may be off by up to {most} persons, a sum or a difference by so much for each number "
        "in it; totals are counted by themselves, so rows need not add up to them; `:` may be any value, zero too",
        *kept,
    ]


def _in_other(names: tuple[str, ...]) -> str:
    """What is said of levels whose rare categories are put together."""
    return (
        f"who is of a category of {' or '.join(names)} that is rare in their country is counted in that country's "
        "Other, also where countries are added up"
    )


def explained(asked: Mapped) -> tuple[str, ...]:
    """How a question is answered, in words."""
    tables = sorted({asked.table(leaf, asked.by).name for leaf in asked.leaves})
    plain, sensitive = (disclosure_limit(f"cube_{kind}_most") for kind in ("plain", "sensitive"))
    return (
        f"look up the protected table {' and '.join(tables)} of each month asked about",
        *(f"keep {name} = {member or 'unknown'}" for name, member in asked.where.members.items()),
        *([_in_other(recoded_in(asked))] if recoded_in(asked) else []),
        f"numbers are off by up to {plain} persons, {sensitive} with a sensitive attribute; nothing else is read",
    )


def protected_catalog(catalog: Catalog) -> Catalog:
    """What of the definitions the cube holds: all that a viewer of class statistics is shown of them."""
    known = _NARROWED.get(catalog.digest)
    if known is None:
        known = _NARROWED[catalog.digest] = _narrowed(catalog)
    return known


_NARROWED: dict[str, Catalog] = {}
_ANY_DAY = Horizon(datetime(2000, 1, 1), datetime(2000, 12, 31))


def _narrowed(catalog: Catalog) -> Catalog:
    shape = lattice()
    names = {level.name for levels in shape.hierarchies for level in levels} | {one.level for one in shape.sensitive}
    levels = {name: _by_itself(level, names, catalog) for name, level in catalog.levels.items() if name in names}
    told = {name for name in catalog.public_indicators() if is_held(Request((name,)), catalog)}
    indicators = {
        name: _described(one, catalog) if name in told else one
        for name, one in catalog.indicators.items()
        if one.internal or name in told
    }
    digest = sha256(f"{catalog.digest} statistics".encode()).hexdigest()
    # what an indicator is made of stands in its formula, and stays known, as an input that is not asked for by itself
    made_of = {leaf.name: leaf for name in told for leaf in catalog.leaves(catalog.indicators[name])}
    inputs = {name: replace(leaf, internal=True) for name, leaf in made_of.items() if name not in told}
    return replace(catalog, levels=levels, indicators=indicators | inputs, digest=digest)


def _by_itself(level: Level, names: set[str], catalog: Catalog) -> Level:
    """A level as it stands where the one that it is reached from is not among those that are told."""
    if level.base is None or level.base in names:
        return level
    on = {fact: column for fact in catalog.facts if (column := catalog.column(level, fact))}
    return replace(level, on=on)


def _described(one: Indicator, catalog: Catalog) -> Indicator:
    """An indicator with what its condition leaves out in protected statistics."""
    recoded = recoded_in(mapped(resolve(Request((one.name,)), catalog, _ANY_DAY)))
    if not recoded:
        return one
    return replace(one, description=f"{one.description.rstrip('.')}. In the protected statistics, {_in_other(recoded)}")


def is_held(request: Request, catalog: Catalog) -> bool:
    """Whether the protected statistics hold what a request asks for; nothing of them is read."""
    try:
        mapped(resolve(request, catalog, _ANY_DAY))
    except DataportError:
        return False
    return True
