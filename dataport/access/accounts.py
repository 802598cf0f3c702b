"""accounts: who recorded something, as far as a viewer may know them. Nobody may read the id of an account."""

from __future__ import annotations

from dataclasses import dataclass, field

from dataport.access.open import ScopedRecords


@dataclass(frozen=True, slots=True)
class Account:
    """An account of a store, enabled or not, as last published with the grants."""

    source: str
    user_id: str = field(repr=False)
    login: str = field(repr=False)
    full_name: str | None = field(repr=False)
    unit: str | None


def may_know(scoped: ScopedRecords, account: Account, entity: str) -> bool:
    """Whether a viewer may know whose account it is: their own, or one of an office whose persons they may open.

    Args:
        entity: what permissions to open persons are given on.
    """
    viewer = scoped.viewer
    if account.login == viewer.login:
        return True
    roles = {view.role for view in scoped.views.get(entity, ()) if view.row_limit > 0}
    opening = [
        one
        for one in viewer.permissions
        if one.may_open and one.entity == entity and one.row_limit > 0 and one.role in roles
    ]
    within = [one for one in opening if one.source in ("", account.source)]
    return any(one.units is None or account.unit in one.units for one in within)
