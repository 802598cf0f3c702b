"""assets: the files of the web pages as a service hands them out, read once and packed once.

Every file stands under the digest of all of them, so that modules can import each other by relative names, a browser
may keep what it has for ever, and a new version of Dataport is never mixed with an old one.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

STATIC = Path(__file__).parent / "static"
PREFIX = "/static"

# Nothing is loaded from elsewhere, nothing runs that is not one of our files, and nobody frames the pages.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# What is read before the first number: the start, the page for who is not signed in yet, and the dashboards.
FIRST = ("app/main.js", "app/signin.js", "app/look.js")

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
# `import … from "./x.js"` and `export … from "./x.js"` at the head of a line; an import in a call is for later.
_IMPORT = re.compile(r"""^(?:import\s+|(?:import|export)\b[^;'"(]*?\bfrom\s+)["'](\.{1,2}/[^'"]+)["']""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: what it is, and its bytes as they are and packed.

    Attributes:
        packed: by gzip; empty where packing makes it no smaller.
        is_fixed: whether its address never gets other bytes.
    """

    media_type: str
    body: bytes
    packed: bytes
    is_fixed: bool


@dataclass(frozen=True, slots=True)
class Assets:
    """All files of the pages under the addresses at which they are served."""

    base: str
    files: Mapping[str, Asset]
    first_page: Asset

    def find(self, address: str) -> Asset | None:
        """The file at an address; nothing else on this machine has one."""
        return self.files.get(address)

    def page(self) -> Asset:
        """The one page, which names every file that is wanted before the first number."""
        return self.first_page


def load(folder: Path = STATIC) -> Assets:
    """Read the files of a folder."""
    texts = {path.relative_to(folder).as_posix(): path.read_bytes() for path in _paths(folder)}
    digest = hashlib.sha256()
    for name, body in sorted(texts.items()):
        digest.update(f"{name}\0{len(body)}\0".encode() + body)
    base = f"{PREFIX}/{digest.hexdigest()[:16]}"
    page = texts.pop("index.html").decode()
    preloads = "\n".join(
        f'<link rel="modulepreload" href="{base}/{name}">' for name in imported(folder, FIRST) if name != FIRST[0]
    )
    whole = page.replace("{{static}}", base).replace("{{modulepreload}}", preloads).encode()
    files = {f"{base}/{name}": _asset(name, body, is_fixed=True) for name, body in texts.items()}
    return Assets(base, files, _asset("index.html", whole, is_fixed=False))


def imported(folder: Path, names: tuple[str, ...]) -> list[str]:
    """These modules and all that they import at once, by whatever way, in the order in which they are met."""
    found: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = None
            waiting += _imports(folder, name)
    return list(found)


def _imports(folder: Path, name: str) -> Iterator[str]:
    place = PurePosixPath(name).parent
    for wanted in _IMPORT.findall((folder / name).read_text(encoding="utf-8")):
        parts: list[str] = []
        for part in (place / wanted).parts:
            if part == "..":
                parts.pop()
            else:
                parts.append(part)
        yield "/".join(parts)


def _paths(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix in _TYPES)


def _asset(name: str, body: bytes, *, is_fixed: bool) -> Asset:
    packed = gzip.compress(body, 9, mtime=0)
    return Asset(_TYPES[Path(name).suffix], body, packed if len(packed) < len(body) else b"", is_fixed)
