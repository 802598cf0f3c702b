"""scorecards: those that were handed out, as they were told then: a definition that changes later changes none."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from dataport.errors import Damaged
from dataport.state.database import State

_COLUMNS = "scorecard_id, viewer, scope, as_of, data_version, definitions, kept_at, told, told_sha256"


@dataclass(frozen=True, slots=True)
class KeptScorecard:
    """One scorecard as it was handed out.

    Attributes:
        viewer: the account whose rights it was made with; whoever it is shown to later must be that account.
        scope: what it is about, in words, as it says itself.
        definitions: the digest of the definitions that it was made by.
        told: all of it.
    """

    number: int
    viewer: str
    scope: str
    as_of: date
    data_version: int
    definitions: str
    kept_at: datetime
    told: Mapping[str, Any] = field(repr=False)


class Scorecards:
    """The scorecards of a home."""

    def __init__(self, state: State, now: Callable[[], datetime] | None = None) -> None:
        self._state = state
        self._now = now or (lambda: datetime.now(UTC).replace(tzinfo=None, microsecond=0))

    def keep(
        self, told: Mapping[str, Any], *, viewer: str, scope: str, as_of: date, data_version: int, definitions: str
    ) -> int:
        """Keep one for ever; returns its number."""
        content = json.dumps(told, ensure_ascii=False, sort_keys=False, default=str)
        digest = hashlib.sha256(content.encode()).hexdigest()
        at = self._now().isoformat()
        with self._state.writing() as connection:
            made = connection.execute(
                "insert into scorecard (viewer, scope, as_of, data_version, definitions, kept_at, told, told_sha256) "
                "values (?, ?, ?, ?, ?, ?, ?, ?)",
                (viewer, scope, as_of.isoformat(), data_version, definitions, at, content, digest),
            )
            assert made.lastrowid is not None
            return made.lastrowid

    def of(self, viewer: str) -> tuple[KeptScorecard, ...]:
        """Those that were made with an account's rights, oldest first.

        Raises:
            Damaged: one is not as it was kept.
        """
        with self._state.reading() as connection:
            rows = connection.execute(
                f"select {_COLUMNS} from scorecard where viewer = ? order by scorecard_id", (viewer,)
            ).fetchall()
        return tuple(_kept(rows))


def _kept(rows: list[tuple[Any, ...]]) -> Iterator[KeptScorecard]:
    for number, viewer, scope, as_of, version, definitions, kept_at, told, digest in rows:
        if hashlib.sha256(told.encode()).hexdigest() != digest:
            raise Damaged(
                f"The scorecard {number} is not as it was kept, so none is shown. Put the state of the newest backup "
                "in its place (home/state in the folder that `dataport backup` made)."
            )
        day, at = date.fromisoformat(as_of), datetime.fromisoformat(kept_at)
        yield KeptScorecard(number, viewer, scope, day, version, definitions, at, json.loads(told))
