"""Look: what is written down of one look, and which looks somebody wants to see again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Look:
    """One look: who asked what, and what became of it. It holds no value of a person.

    Attributes:
        question: in words, once it is bound to public names; before that only its digest is known.
        digest: of the request as typed.
        policy_version: the digest of the definitions and policies that it was judged by.
        outcome: ``answered`` or the code of the error that was told.
        reason: why it was refused, as it was told: in words of the definitions and policies, nothing that was typed.
        withheld: cells that were not shown.
        reaches: of a look at a case that told all of it, up to which moment of recorded time.
        client: through what it was asked, where that is no shell on this machine: a session, a key, a token.
        rights: of such a look, a digest of the rows and fields that the viewer could see, and of their limits.
    """

    door: str
    viewer: str
    os_user: str
    viewer_class: str | None
    purpose: str | None
    question: str | None
    digest: str
    data_version: int | None
    grants_version: int | None
    outcome: str
    rows: int = 0
    withheld: int = 0
    policy_version: str | None = None
    reason: str | None = None
    reaches: str | None = None
    rights: str | None = None
    client: str | None = None

    def fields(self) -> dict[str, Any]:
        """As it is written into the log."""
        said = {name: getattr(self, name) for name in Look.__slots__}
        return said if self.client else {name: value for name, value in said.items() if name != "client"}


@dataclass(frozen=True, slots=True)
class Choice:
    """Which looks are wanted: everybody's at any time, unless it says more. Days are UTC, the last one included."""

    viewer: str | None = None
    outcome: str | None = None
    since: date | None = None
    until: date | None = None

    def takes(self, entry: Mapping[str, Any]) -> bool:
        """Whether a written look is one of them."""
        day = str(entry.get("at"))[:10]
        return (
            (self.viewer is None or entry.get("viewer") == self.viewer)
            and (self.outcome is None or entry.get("outcome") == self.outcome)
            and (self.since is None or day >= self.since.isoformat())
            and (self.until is None or day <= self.until.isoformat())
        )
