"""oidc: who somebody is, as the organisation's identity provider says it: at sign-in, and in tokens of programs.

It says which account somebody has, and never what they may: that is in the grants. Algorithms are pinned, a token says
for whom it was made, by whom and until when, and keys are read anew for a key that nobody knows, so often at most.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from dataport.errors import Refused, SourceUnavailable
from dataport.settings import OidcSettings

_LEEWAY, _LONGEST = 60, 16_000
# How often keys are read anew for a key that is not among those known, and how old they may be.
_AGAIN, _OLDEST = 60.0, 3600.0
# How long a provider that could not be reached is not asked again: whoever comes meanwhile does not wait for it, too.
_PAUSE = 5.0
# Where a token says which program it was given to: OpenID Connect and Entra, RFC 9068, and those that have a word of
# their own, which is heard where it has neither of the others.
_CLIENT, _CLIENT_ELSEWHERE = ("azp", "client_id"), ("appid", "cid")
# What a token for a program says that it is, where it says so; others that a provider signs are for something else.
_TYPES = frozenset(("jwt", "at+jwt", "application/at+jwt"))
# What only a token that says who signed in at a browser has.
_OF_SIGN_IN = frozenset(("nonce", "at_hash", "c_hash"))


@dataclass(frozen=True, slots=True)
class Vouched:
    """Who somebody is, as the provider says.

    Attributes:
        is_of_organisation: whether the account is the organisation's own.
        opens_cases: of a program's token, whether it was given for that.
    """

    login: str
    is_of_organisation: bool
    opens_cases: bool = False


class Unreachable(SourceUnavailable):
    """The provider cannot be reached, or says nothing that can be used."""

    code = "provider_unavailable"

    def __init__(self) -> None:
        super().__init__("The identity provider cannot be reached just now, so nobody can sign in. Try again later.")


class NotVouched(Refused):
    """The provider does not say who it is, or not in a way that can be trusted."""

    code = "not_vouched"

    def __init__(self) -> None:
        super().__init__("The identity provider did not say who you are in a way that can be trusted. Sign in again.")


class Provider:
    """An identity provider. Nothing is asked of it before somebody wants to sign in."""

    def __init__(self, settings: OidcSettings, redirect: str, now: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._redirect, self._now = settings, redirect, now
        self._lock = threading.Lock()
        self._known: Mapping[str, Any] | None = None
        self._keys: KeySet | None = None
        self._read_at = self._failed_at = -_OLDEST

    @property
    def name(self) -> str:
        """What people call it."""
        return self._settings.name

    def begin(self) -> tuple[str, str]:
        """Where a browser goes to sign in, and what it alone keeps until it comes back.

        Raises:
            Unreachable: the provider cannot be reached.
        """
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._redirect,
            "scope": " ".join(self._settings.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._of('authorization_endpoint')}?{urlencode(asked)}", ".".join((state, nonce, verifier))

    def finish(self, state: str, code: str, begun: str) -> Vouched:
        """Who has come back from the provider, in the browser that went there.

        Raises:
            NotVouched: it was not begun in this browser, or the provider does not vouch for them.
            Unreachable: the provider cannot be reached.
        """
        expected, _, rest = begun.partition(".")
        nonce, _, verifier = rest.partition(".")
        if not (state and nonce and verifier and secrets.compare_digest(expected.encode(), state.encode())):
            raise NotVouched
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect,
            "client_id": self._settings.client_id,
            "code_verifier": verifier,
        }
        secret = self._settings.client_secret
        auth = httpx.BasicAuth(self._settings.client_id, secret.reveal()) if secret else None
        told = _fetched("POST", self._of("token_endpoint"), data=asked, auth=auth)
        claims = self._claims(str(told.get("id_token", "")), self._settings.client_id)[1]
        if not _is_for_sign_in(claims, self._settings.client_id):
            raise NotVouched
        if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise NotVouched
        if self._settings.claim not in claims and "access_token" in told:
            claims = {**self._userinfo(str(told["access_token"]), claims), **claims}
        return self._vouched(claims)

    def bearer(self, token: str) -> Vouched:
        """Who a program's token is of.

        Raises:
            NotVouched: it is not to be trusted, is not for this service, or has ended.
            Unreachable: the provider cannot be reached.
        """
        if self._settings.audience is None:
            raise NotVouched
        kind, claims = self._claims(token, self._settings.audience)
        if kind not in _TYPES or not _OF_SIGN_IN.isdisjoint(claims):
            raise NotVouched  # what says who signed in at a browser, or out, is no key to anything
        named, known = _programs_of(claims), self._settings.clients
        heard = {self._settings.client_id, self._settings.audience, *known}
        # where programs are listed, one that is not named is none of them
        if any(one not in heard for one in named) or (known and not named):
            raise NotVouched
        given = claims.get("scope", claims.get("scp", ""))
        names = given.split() if isinstance(given, str) else given if isinstance(given, list) else []
        return replace(self._vouched(claims), opens_cases=self._settings.cases_scope in names)

    def _vouched(self, claims: Mapping[str, Any]) -> Vouched:
        login = claims.get(self._settings.claim)
        if not isinstance(login, str) or not login.strip() or len(login) > 320:
            raise NotVouched
        # an address that nobody made sure of is anybody's, in whichever type the provider says so
        if self._settings.claim == "email" and claims.get("email_verified", True) not in (True, "true"):
            raise NotVouched
        wanted = self._settings.organisation
        own = bool(wanted) and all(claims.get(name) == value for name, value in wanted.items())
        return Vouched(login, own)

    def _claims(self, token: str, audience: str) -> tuple[str, dict[str, Any]]:
        """Of which kind a token is, and what it says, where it can be trusted."""
        if not token or len(token) > _LONGEST or token.count(".") != 2:
            raise NotVouched
        try:
            found = jwt.decode(token, self._key_set(), algorithms=self._settings.algorithms)
        except (JoseError, ValueError, KeyError, TypeError):
            # it may be signed with a key that is newer than those known
            keys = self._key_set(anew=True)
            try:
                found = jwt.decode(token, keys, algorithms=self._settings.algorithms)
            except (JoseError, ValueError, KeyError, TypeError):
                raise NotVouched from None
        self._require_held(found.claims, audience)
        return str(found.header.get("typ", "jwt")).lower(), dict(found.claims)

    def _require_held(self, claims: Mapping[str, Any], audience: str) -> None:
        need: dict[str, Any] = {
            "iss": {"essential": True, "value": self._settings.issuer},
            "aud": {"essential": True, "value": audience},
            "exp": {"essential": True},
            "sub": {"essential": True},
        }
        try:
            JWTClaimsRegistry(now=lambda: int(time.time()), leeway=_LEEWAY, **need).validate(dict(claims))
        except (JoseError, ValueError, TypeError):
            raise NotVouched from None

    def _userinfo(self, token: str, claims: Mapping[str, Any]) -> Mapping[str, Any]:
        told = _fetched("GET", self._of("userinfo_endpoint"), headers={"Authorization": f"Bearer {token}"})
        if told.get("sub") != claims.get("sub"):
            raise NotVouched
        return told

    def _of(self, name: str) -> str:
        """An address of the provider, as it says itself."""
        if self._known is None:
            told = self._published(f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration")
            if told.get("issuer") != self._settings.issuer:
                raise Unreachable
            self._known = told
        found = self._known.get(name)
        if not isinstance(found, str) or not found.startswith(("https://", self._settings.issuer)):
            raise Unreachable
        return found

    def _published(self, address: str) -> dict[str, Any]:
        """What the provider tells everybody; one that just failed is left alone for a moment."""
        if self._now() - self._failed_at < _PAUSE:
            raise Unreachable
        try:
            return _fetched("GET", address)
        except Unreachable:
            self._failed_at = self._now()
            raise

    def _key_set(self, *, anew: bool = False) -> KeySet:
        with self._lock:
            age = self._now() - self._read_at
            if self._keys is not None and (age < _AGAIN or (not anew and age < _OLDEST)):
                return self._keys
            self._read_at = self._now()  # also where it fails: nobody makes us ask again and again
        try:
            keys = KeySet.import_key_set(self._published(self._of("jwks_uri")))  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError):
            raise Unreachable from None
        with self._lock:
            self._keys = keys
        return keys


def _programs_of(claims: Mapping[str, Any]) -> list[str]:
    """The programs that a token says it was given to, by whichever word its provider uses; most often it is one."""
    said = [claims[name] for name in _CLIENT if name in claims]
    return [str(one) for one in said or [claims[name] for name in _CLIENT_ELSEWHERE if name in claims]]


def _is_for_sign_in(claims: Mapping[str, Any], client: str) -> bool:
    """Whether what says who signed in was given to this service; one that is for several has to say so."""
    audience = claims.get("aud")
    is_for_several = isinstance(audience, list) and len(audience) > 1
    return bool(claims.get("azp", None if is_for_several else client) == client)


def _fetched(method: str, address: str, **more: Any) -> dict[str, Any]:
    """What the provider says, which is not repeated where it cannot be used."""
    try:
        answer = httpx.request(method, address, timeout=10.0, follow_redirects=False, **more)
        found = answer.json() if answer.status_code == 200 and len(answer.content) < 1_000_000 else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError):
        raise Unreachable from None
    if isinstance(found, dict):
        return found
    if method == "POST" and 400 <= answer.status_code < 500:
        raise NotVouched  # the code was none, or was used before
    raise Unreachable
