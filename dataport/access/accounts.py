"""accounts: who recorded something, as far as a viewer may know them. Ids of accounts are nobody's to read."""

from __future__ import annotations

from dataclasses import dataclass, field

from dataport.access.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Account:
    """An account of a store, enabled or not, as last published with the grants."""

    source: str
    user_id: str = field(repr=False)
    login: str = field(repr=False)
    full_name: str | None = field(repr=False)
    unit: str | None


def may_know(viewer: Viewer, account: Account) -> bool:
    """Whether a viewer may know whose account it is: their own, and those of offices whose records they may open."""
    if account.login == viewer.login:
        return True
    opening = [one for one in viewer.permissions if one.may_open and one.source in ("", account.source)]
    return any(one.units is None or account.unit in one.units for one in opening)
