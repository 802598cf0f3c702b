"""guarding: around every request, whoever answers it: what is too large, what browsers are told, what is noted."""

from __future__ import annotations

import asyncio
import logging
import os
import time

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dataport.serve.metrics import Metrics
from dataport.serve.problems import of_status
from dataport.serve.proxies import Proxies, is_loopback
from dataport.web.assets import POLICY

_LARGEST = 4 * 1024 * 1024
# How long the next piece of a body may take, and how long somebody may take to read a piece of what is sent.
_PATIENCE, _READING = 30.0, 120.0
_HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_RAW = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
_NO_STORE = (b"cache-control", b"no-store")
_STRICT = (b"strict-transport-security", b"max-age=31536000")
log = logging.getLogger("dataport.access")


class _TooLarge(HTTPException):
    """A body goes on for longer than any request of ours."""

    def __init__(self) -> None:
        super().__init__(413)


class _NotRead(Exception):
    """Whoever asked does not read what is sent, and keeps it in memory here."""


class Guarding:
    """An application with the same care around each request."""

    def __init__(self, app: ASGIApp, metrics: Metrics, proxies: Proxies, *, is_secure: bool, is_open: bool) -> None:
        self._app, self._metrics, self._proxies, self._is_open = app, metrics, proxies, is_open
        self._headers = [*_RAW, *([_STRICT] if is_secure else [])]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        one = _One(scope, receive, send, self._headers)
        started = time.perf_counter()
        self._metrics.begin()
        try:
            if one.declared > _LARGEST:
                raise _TooLarge
            if not self._is_from_here_or_trusted(scope):
                await of_status(403)(scope, receive, one.send)
                return
            await self._app(scope, one.receive, one.send)
        except _TooLarge:
            if not one.status:
                await of_status(413)(scope, receive, one.send)
        except _NotRead:
            log.info("Somebody did not read what was sent for %.0f s", _READING)
        except Exception as defect:  # it is answered already; a traceback may hold values of persons
            log.error("A defect: %s in %s", type(defect).__name__, scope["method"][:10])
            if os.environ.get("DATAPORT_DEBUG"):
                raise
        finally:
            seconds = time.perf_counter() - started
            # the template of the address and not what stands in it, which may be anything
            route = getattr(scope.get("route"), "path", "(none)")
            self._metrics.end(scope["method"] if scope["method"] in _METHODS else "(other)", route, one.status, seconds)
            log.info("%s %s %d %.0f ms %d bytes", scope["method"][:10], route, one.status, seconds * 1000, one.sent)

    def _is_from_here_or_trusted(self, scope: Scope) -> bool:
        """Whether it came by a way that may be taken: where a proxy speaks TLS, nobody else is heard without it.

        Where it came from is put in its place, as those say whose word is taken.
        """
        peer, port = scope.get("client") or ("", 0)
        if not self._proxies:
            return True
        scope["client"] = (self._proxies.origin(peer, _told(scope)), port)
        return self._is_open or not peer or self._proxies.trusts(peer) or is_loopback(peer)


def _told(scope: Scope) -> dict[bytes, bytes]:
    """The headers by name; what is said on several lines is one list, in its order."""
    told: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        told[name] = b"%b, %b" % (told[name], value) if name in told else value
    return told


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class _One:
    """One request on its way in, and its answer on its way out."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        self._receive, self._send, self._headers = receive, send, headers
        self._taken, self._is_read = 0, False
        self.status = self.sent = 0
        given = dict(scope["headers"]).get(b"content-length", b"0")
        self.declared = int(given) if given.isdigit() and len(given) < 20 else _LARGEST + 1

    async def receive(self) -> Message:
        if self._is_read:
            return await self._receive()
        try:
            # not wait_for, which forgets that it was cancelled where a message comes at the same moment
            async with asyncio.timeout(_PATIENCE):
                message = await self._receive()
        except TimeoutError:
            return {"type": "http.disconnect"}  # whoever sends so slowly is not waited for
        self._taken += len(message.get("body", b""))
        self._is_read = not message.get("more_body", False)
        if self._taken > _LARGEST:
            raise _TooLarge
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = list(message.get("headers", ()))
            # who may keep an answer says so; whatever says nothing is kept by nobody between here and its reader
            kept = [] if any(name.lower() == b"cache-control" for name, _ in given) else [_NO_STORE]
            message["headers"] = [*given, *kept, *self._headers]
        elif message["type"] == "http.response.body":
            self.sent += len(message.get("body", b""))
        try:
            async with asyncio.timeout(_READING):
                await self._send(message)
        except TimeoutError:
            raise _NotRead from None
