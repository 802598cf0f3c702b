"""static: the files of the web as they are handed out: packed as a browser takes them, and kept by it for ever."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

import brotli
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from dataport.serve.headers import has_already, takes
from dataport.web.assets import Asset, load

_FOR_EVER = "public, max-age=31536000, immutable"
_PACKED = ("text/", "application/json", "image/svg")


class Static:
    """The files of the web as they are when the process starts."""

    def __init__(self) -> None:
        self._assets = load()

    def page(self, request: Request) -> Response:
        """The one page, which says beforehand what it begins with."""
        return _sent(request, self._assets.page())

    def file(self, request: Request) -> Response:
        """A file at its address; only those that were there when the process started."""
        found = self._assets.find(request.scope["path"])
        if found is None:
            raise HTTPException(404)
        return _sent(request, found)


def _sent(request: Request, asset: Asset) -> Response:
    body, encoding = _encoded(asset, request.headers.get("accept-encoding", ""))
    headers = {"Vary": "Accept-Encoding", "Cache-Control": _FOR_EVER if asset.is_fixed else "no-cache"}
    headers["ETag"] = f'"{_digest(body)}"'
    if encoding:
        headers["Content-Encoding"] = encoding
    if has_already(request.headers, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=asset.media_type)


def _encoded(asset: Asset, accepted: str) -> tuple[bytes, str | None]:
    """The bytes of a file as a browser takes them, and how they are packed."""
    if asset.packed and asset.media_type.startswith(_PACKED):
        if takes(accepted, "br"):
            return _brotli(asset.body), "br"
        if takes(accepted, "gzip"):
            return asset.packed, "gzip"
    return asset.body, None


@cache
def _brotli(body: bytes) -> bytes:
    """Packed once, when it is first asked for."""
    return bytes(brotli.compress(body))


@cache
def _digest(body: bytes) -> str:
    return sha256(body).hexdigest()[:32]
