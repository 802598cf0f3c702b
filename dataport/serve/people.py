"""people: who makes a request. Which account it is and through what; what it may, the grants alone say."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from dataport.access import ViewerClass
from dataport.errors import NobodySignedIn, Refused
from dataport.serve.sessions import Sessions
from dataport.state import Scope, Session
from dataport.visit import Asker, machine_account

# Methods by which nothing is changed and nothing is opened.
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# What is open to a person at a browser, as far as their grants go.
PERSONS: frozenset[Scope] = frozenset(("ask", "cases"))
COOKIE, SECURE_COOKIE = "dataport_session", "__Host-dataport_session"
TOKEN_HEADER = "x-csrf-token"


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who is known.

    Attributes:
        login: of the account.
        through: a session, a key or a token, as the log of looks says it.
        session: where it is a person's at a browser.
        as_class: the class that the account is taken for, where it is a lesser one than its own.
        is_vouched: whether the organisation's identity provider says that the account is one of its own.
        scopes: which doors it is let through to; what it may see there, its grants say.
    """

    login: str
    through: str
    session: Session | None = None
    as_class: ViewerClass | None = None
    scopes: frozenset[Scope] = PERSONS
    is_vouched: bool = False

    def require(self, scope: Scope) -> None:
        """Refuse what a key was not made for.

        Raises:
            Refused: it is not one of its scopes.
        """
        if scope not in self.scopes:
            raise Refused(f"This key was not made for this: it opens {', '.join(sorted(self.scopes))} alone.")

    def asker(self, purpose: str | None = None) -> Asker:
        """Who asks, for the doors."""
        return Asker(self.login, machine_account(), self.as_class, purpose, self.through, self.is_vouched)


# What knows a key or a token that came from somewhere: who it is of, or None.
Knows = Callable[[str, str], Who | None]


@dataclass(frozen=True, slots=True)
class People:
    """Everything by which somebody can be known."""

    sessions: Sessions
    is_secure: bool
    bearers: tuple[Knows, ...] = ()
    providers: tuple[tuple[str, str], ...] = ()

    def ways(self) -> list[dict[str, str]]:
        """How somebody may sign in at a browser: what it is called, and where it begins."""
        return [{"name": name, "address": address} for name, address in self.providers]

    @property
    def cookie(self) -> str:
        """What the cookie of a session is called."""
        return SECURE_COOKIE if self.is_secure else COOKIE

    def who(self, connection: HTTPConnection, method: str) -> Who:
        """Who makes a request.

        Raises:
            NobodySignedIn: nobody, or somebody by what is not, or no longer, valid.
            Refused: another site's page had a browser send it.
        """
        header = connection.headers.get("authorization")
        if header is not None:
            return self._by_header(connection, header)
        session = self.sessions.find(connection.cookies.get(self.cookie, ""))
        if session is None:
            raise NobodySignedIn
        _require_own_page(connection, method, session)
        through = f"session {session.name} from {client_of(connection)}"
        return Who(session.login, through, session, is_vouched=session.is_of_organisation)

    def asks_elsewhere(self, connection: HTTPConnection) -> bool:
        """Whether the identity provider may have to be asked about whoever this is, which may take a while."""
        return connection.headers.get("authorization", "").count(".") == 2

    def _by_header(self, connection: HTTPConnection, header: str) -> Who:
        source = client_of(connection)
        scheme, _, given = header.partition(" ")
        secret = given.strip()
        if scheme.lower() == "basic":
            _require_own_site(connection)  # a browser that was once asked for it sends it along, whoever's page asks
            secret = _password(secret)
        elif scheme.lower() != "bearer":
            raise NobodySignedIn
        if not secret or len(secret) > 16_000:
            raise NobodySignedIn
        for knows in self.bearers:
            if found := knows(secret, source):
                return found
        raise NobodySignedIn


def client_of(connection: HTTPConnection) -> str:
    """Where a request comes from."""
    return connection.client.host if connection.client else "this machine"


def _password(given: str) -> str:
    """The password of HTTP Basic, in which a key may be sent; the user's name says nothing."""
    try:
        _, _, password = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise NobodySignedIn from None
    return password


def _require_own_page(connection: HTTPConnection, method: str, session: Session) -> None:
    """A cookie is sent by a browser whoever's page asks it to: only our own pages may."""
    _require_own_site(connection)
    if method not in _SAFE:
        token = connection.headers.get(TOKEN_HEADER, "")
        if not secrets.compare_digest(token.encode(), session.token.encode()):
            raise Refused(
                f"This came without the token of the session ({TOKEN_HEADER}), so nothing was done. `/api/v1/session` "
                "tells it to our own pages; programs send a key instead of a cookie."
            )


def _require_own_site(connection: HTTPConnection) -> None:
    site = connection.headers.get("sec-fetch-site", "same-origin")
    if site not in ("same-origin", "none"):
        raise Refused("This came from the page of another site, so nothing was done. Open Dataport itself.")
