"""tokens: a program's token of the identity provider, as whom it is known."""

from __future__ import annotations

from dataport.serve.oidc import NotVouched, Provider, Vouched
from dataport.serve.people import Who
from dataport.state import Scope


class ByToken:
    """Knows the tokens of a provider. A token is looked at each time, for it ends by the clock."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def __call__(self, secret: str, source: str) -> Who | None:
        if secret.count(".") != 2:
            return None
        try:
            found: Vouched = self._provider.bearer(secret)
        except NotVouched:
            return None
        scopes: frozenset[Scope] = frozenset(("ask", "cases") if found.opens_cases else ("ask",))
        return Who(found.login, f"token from {source}", scopes=scopes, is_vouched=found.is_of_organisation)
