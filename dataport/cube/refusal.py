"""refusal: a month that broke the rules is not built again by itself from the same facts under the same rules.

To count and to check a month takes minutes, and would end in the same way each time that a refresh comes by.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from dataport.durable import make_private, read_record, write_record
from dataport.errors import BuildFailed
from dataport.house import House

_FILE = "REFUSED"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was refused, and in which words."""

    day: str
    data_version: int
    policy_version: str
    why: str

    def said(self) -> str:
        return (
            f"{self.why} It is not tried again with version {self.data_version} of the facts and the same rules; "
            "`dataport cube build` tries it all the same."
        )


class RefusedBefore(BuildFailed):
    """A month was refused before, and nothing has changed since."""

    code = "cube_refused_before"


def remember(root: Path, day: date, data_version: int, policy_version: str, why: str) -> None:
    make_private(root)
    write_record(root / _FILE, asdict(Refusal(day.isoformat(), data_version, policy_version, why)))


def forget(root: Path) -> None:
    """A month was built: nothing is refused any more."""
    (root / _FILE).unlink(missing_ok=True)


def remembered(root: Path) -> Refusal | None:
    try:
        return Refusal(**read_record(root / _FILE))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def require_news(house: House, day: date, policy_version: str) -> None:
    """Nothing is tried again that was refused.

    Raises:
        RefusedBefore: this month was, from the same facts and by the same rules.
    """
    found = remembered(house.settings.cube)
    if found is None:
        return
    if (found.day, found.data_version, found.policy_version) == (
        day.isoformat(), house.published().build_number, policy_version,
    ):  # fmt: skip
        raise RefusedBefore(found.said())
