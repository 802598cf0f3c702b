"""packing: answers are packed on their way out where whoever asked takes them so: field offices have thin lines.

Each piece is packed and sent by itself, so that the first answers of a batch arrive while others are worked out.
"""

from __future__ import annotations

import zlib
from collections.abc import MutableMapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dataport.serve.headers import takes

_KINDS = (b"application/json", b"application/problem+json", b"application/x-ndjson", b"text/csv")
# What holds a secret is sent as it is: packed beside anything that others could choose, its length would tell of it.
_AS_IT_IS = ("/api/v1/session",)
_LEAST, _LEVEL, _GZIP = 600, 6, 31


class Packing:
    """An application whose texts are packed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] == "HEAD" or scope["path"] in _AS_IT_IS or not _takes(scope):
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _Packed(send))


def _takes(scope: Scope) -> bool:
    told = [value.decode("latin-1") for name, value in scope["headers"] if name == b"accept-encoding"]
    return takes(",".join(told), "gzip")


class _Packed:
    """One answer on its way out."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._packer: Any = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        if self._start is not None:
            self._begin(message)
            await self._send(self._start)
            self._start = None
        if self._packer is not None and message["type"] == "http.response.body":
            message = {**message, "body": self._piece(message)}
        await self._send(message)

    def _begin(self, first: Message) -> None:
        """Whether this one is packed: what is short, or is packed already, goes as it is."""
        start: MutableMapping[str, Any] = self._start or {}
        headers = dict(start.get("headers", ()))
        is_text = headers.get(b"content-type", b"").startswith(_KINDS)
        is_as_asked = b"content-encoding" in headers or b"content-range" in headers
        if not is_text or is_as_asked or not (first.get("more_body") or len(first.get("body", b"")) >= _LEAST):
            return
        self._packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
        vary = b", ".join(filter(None, (headers.get(b"vary"), b"Accept-Encoding")))
        # nor is it said that parts can be asked for: they are parts of what is not packed, and would not fit
        kept = [one for one in start["headers"] if one[0] not in (b"content-length", b"vary", b"accept-ranges")]
        self._start = {**start, "headers": [*kept, (b"content-encoding", b"gzip"), (b"vary", vary)]}

    def _piece(self, message: Message) -> bytes:
        packed: bytes = self._packer.compress(message.get("body", b""))
        more = message.get("more_body")
        rest: bytes = self._packer.flush(zlib.Z_SYNC_FLUSH if more else zlib.Z_FINISH)
        return packed + rest
