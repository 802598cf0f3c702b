"""Settings: read once from the environment and from dataport.toml in the home folder, then passed down frozen."""

from __future__ import annotations

import json
import os
import re
import shlex
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct, ValidationError, convert, field
from msgspec.structs import fields, force_setattr

from dataport.durable import make_private, write_json
from dataport.errors import NewerHome, WrongRequest
from dataport.kinds import ADAPTERS
from dataport.privacy import require_private

FILE_NAME = "dataport.toml"
PREFIX = "DATAPORT_"

# How a home is laid out. Raised when an earlier version could no longer read, or would harm, what this one writes.
LAYOUT = 1
_LAYOUT_FILE = "layout.json"
_LARGEST_FILE = 1_000_000
# The folders of a home that hold what Dataport writes, and what tells a home from any folder with such a folder in it.
_ROOMS = frozenset(
    {"audit", "cube", "exports", "grants", "landing", "published", "reports", "runs", "state", "warehouse"}
)
_MARKS = (_LAYOUT_FILE, FILE_NAME, "published/CURRENT", "grants/CURRENT")

# Memory, as DuckDB writes it: of a build (unless set), of answers of one process, of comparing a table with its store.
BUILD_MEMORY, QUESTION_MEMORY, COMPARISON_MEMORY = "8GB", "2GB", "600MB"

# An address in which the id or number of a record stands, and nothing that a terminal or a page would take for more.
_LINK = re.compile(r"https?://[^\s{}<>\"'`\\]*(?:\{(?:id|number)\}[^\s{}<>\"'`\\]*)+")

_Positive = Annotated[float, Meta(gt=0)]
_Count = Annotated[int, Meta(ge=1)]


class Secret:
    """A text that does not print."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def reveal(self) -> str:
        """The text itself."""
        return self._text


class SourceSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """One registration store that is read: its id, its kind and where it is. The address may hold a credential.

    What else may be set of a kind of source, its adapter says.
    """

    source_id: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
    kind: str
    url: Secret
    options: dict[str, str | int | float | bool] = {}

    def __post_init__(self) -> None:
        if self.kind not in ADAPTERS:
            raise ValueError(f"there is no such kind of source; there are {', '.join(sorted(ADAPTERS))}")


class ConfirmedLogin(Struct, frozen=True, forbid_unknown_fields=True):
    """A login that several stores have, of which somebody has made sure that it is one and the same person's.

    Without it the login is nobody's: equal addresses say nothing of who somebody is.
    """

    login: Annotated[str, Meta(min_length=1)]
    sources: Annotated[tuple[str, ...], Meta(min_length=2)]
    reason: Annotated[str, Meta(min_length=3)]
    confirmed_by: Annotated[str, Meta(min_length=1)]
    confirmed_on: date


class OidcSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The identity provider of the organisation. It says who somebody is, and never what they may.

    Attributes:
        issuer: as tokens name it; what else must be known of it is read from there.
        client_id, client_secret: of this service, as it is registered there.
        audience: whom bearer tokens of programs must be made for; none is heard where it is not said.
        clients: programs whose tokens are heard, by their ids at the provider, beside this service's own.
        cases_scope: the scope with which such a token opens cases; without it they ask for numbers alone.
        claim: which claim of a token is the login of an account.
        organisation: the claims, with their values, of accounts that are the organisation's. Such an account that no
            store has is of class statistics; without this there are none.
        algorithms: by which tokens may be signed.
        name: how people know it.
        scopes: what is asked for at sign-in.
    """

    issuer: Annotated[str, Meta(pattern=r"^https?://")]
    client_id: str
    client_secret: Secret | None = None
    audience: str | None = None
    clients: tuple[str, ...] = ()
    cases_scope: str | None = None
    claim: str = "email"
    organisation: dict[str, str | bool] = {}
    algorithms: tuple[str, ...] = ("RS256", "ES256")
    name: str = "the organisation's account"
    scopes: tuple[str, ...] = ("openid", "email")


class ServeSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How programs and people are served.

    Attributes:
        slots, queue: how many questions a process answers at once, and how many more may wait.
        seconds: how long one may take, and how long it may wait before.
        memory_limit: what the statements of one process may use.
        session_hours: how long somebody stays signed in.
        export_hours: how long a file that somebody had made stays.
        public_url: how browsers reach it, where that is through a proxy: https://…
        certificate, certificate_key: files with which it speaks TLS itself.
        trusted_proxies: addresses, or networks, whose word is taken for where a request came from.
        oidc: the identity provider by which people sign in.
    """

    slots: _Count = field(default_factory=lambda: max(2, os.cpu_count() or 2))
    queue: _Count = 100
    seconds: _Positive = 60.0
    memory_limit: str = QUESTION_MEMORY
    session_hours: _Positive = 12.0
    export_hours: _Positive = 24.0
    public_url: Annotated[str, Meta(pattern=r"^https?://[^/?#]+$")] | None = None
    certificate: Path | None = None
    certificate_key: Path | None = None
    trusted_proxies: tuple[str, ...] = ()
    oidc: OidcSettings | None = None


class RetentionSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How long what people leave behind is kept, where it is another time than the seed `retention_limit` says."""

    saved_days: _Count | None = None
    state_days: _Count | None = None
    looks_days: _Count | None = None


class QualityReportSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Reports on the quality of records that the nightly job makes, once a month.

    Attributes:
        account: the login whose rights they are made with.
        units: the business units that have one each.
        folder: where they are written; beside the state unless it is said.
        purpose: what for; it is written down with the look.
    """

    account: Annotated[str, Meta(min_length=1)]
    units: Annotated[tuple[str, ...], Meta(min_length=1)]
    folder: Path | None = None
    purpose: Annotated[str, Meta(min_length=3)] = "Monthly report on the quality of records"


class SyntheticSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How a synthetic store was made, so that further operations can be migrated into it in the same proportion."""

    scale: Annotated[float, Meta(gt=0, le=1)]
    seed: int


def _keyring() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME", "~/.config")).expanduser() / "dataport" / "keys.json"


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that can be set. Environment variables are the names in capitals, after ``DATAPORT_``.

    Attributes:
        home: the folder everything lives under; it belongs to one service account.
        viewer: who asks on the command line when nobody says --as.
        cube_viewer: the account that the protected statistics are built by. It is shown nothing.
        grants_max_age_hours: permissions read longer ago than this refuse every question.
        keyring: the private file of keys, outside home.
        audit_anchor: the file that the head of the audit log is kept in too, outside home.
        audit_anchor_command: a command that gets each new head as a line of JSON: its words, or one line of them that
            no shell reads.
        audit_anchor_seconds: how long that command may take before the look is refused.
        alert_command: a command that gets one line of JSON about each run of a job that failed; its words, as above.
        alert_seconds: how long that command may take.
        keep_versions: how many published versions stay on disk; fewer where a build would find no room.
        stale_after_hours: without a good refresh for so long, `status` says that the figures are stale.
        threads, memory_limit: what a build may use.
        sources: the registration stores.
        confirmed_logins: logins that several of them have and that are one person's.
        synthetic: how the store was made, where `register create` made it.
        serve: how programs and people are served.
        record_links: for a kind of record, the address in the store that opens it, with ``{id}`` or ``{number}`` in it.
        quality_report, retention: the monthly report that the nightly job makes, if any; for how long it keeps what.
    """

    home: Path = Path(".dataport")
    viewer: str | None = None
    cube_viewer: str | None = None
    grants_max_age_hours: _Positive = 24.0
    keyring: Path = field(default_factory=_keyring)
    audit_anchor: Path | None = None
    audit_anchor_command: str | tuple[str, ...] | None = None
    audit_anchor_seconds: _Positive = 10.0
    alert_command: str | tuple[str, ...] | None = None
    alert_seconds: _Positive = 30.0
    keep_versions: _Count = 3
    stale_after_hours: _Positive = 26.0
    threads: _Count = field(default_factory=lambda: os.cpu_count() or 2)
    memory_limit: str = BUILD_MEMORY
    sources: tuple[SourceSettings, ...] = ()
    confirmed_logins: tuple[ConfirmedLogin, ...] = ()
    synthetic: SyntheticSettings | None = None
    serve: ServeSettings = field(default_factory=ServeSettings)
    record_links: dict[str, str] = {}
    quality_report: QualityReportSettings | None = None
    retention: RetentionSettings = field(default_factory=RetentionSettings)

    def __post_init__(self) -> None:
        # A relative home means the folder it was typed in, whatever folder a child process works in.
        force_setattr(self, "home", self.home.absolute())
        for name in ("audit_anchor_command", "alert_command"):
            words = getattr(self, name)
            if isinstance(words, str):
                try:
                    force_setattr(self, name, tuple(shlex.split(words)))
                except ValueError:
                    raise ValueError(f"{name}: its quotes do not match") from None
        for kind, link in self.record_links.items():
            if not _LINK.fullmatch(link):
                raise ValueError(f"record_links.{kind}: it begins with https:// and holds {{id}} or {{number}}")

    @property
    def landing(self) -> Path:
        return self.home / "landing"

    @property
    def grants(self) -> Path:
        return self.home / "grants"

    @property
    def warehouse(self) -> Path:
        return self.home / "warehouse"

    @property
    def published(self) -> Path:
        return self.home / "published"

    @property
    def links(self) -> Path:
        """Which records of several stores are one person's: data, confirmed by whoever is in charge."""
        return self.home / "links.csv"

    @property
    def cube(self) -> Path:
        """The protected statistics, as they are served."""
        return self.home / "cube"

    @property
    def runs(self) -> Path:
        return self.home / "runs"

    @property
    def state(self) -> Path:
        """What people made here: working lists, excuses, notes, scorecards. Nothing makes it again but a backup."""
        return self.home / "state" / "state.sqlite3"

    @property
    def reports(self) -> Path:
        """Where reports are kept that jobs made."""
        return (self.quality_report.folder if self.quality_report else None) or self.home / "reports"

    @property
    def exports(self) -> Path:
        """Files that somebody had made of answers, until they end."""
        return self.home / "exports"

    @property
    def audit_log(self) -> Path:
        return self.home / "audit" / "looks.jsonl"

    @property
    def anchor(self) -> Path:
        """The audit log's head outside home: as set, or beside the keys."""
        return self.audit_anchor or self.keyring.parent / "audit-heads.json"

    @property
    def anchor_command(self) -> tuple[str, ...]:
        """The words of the command that heads are passed on to; none where there is none."""
        return tuple(self.audit_anchor_command or ())

    @property
    def words_of_alert_command(self) -> tuple[str, ...]:
        """The words of the command that is told of a failed run; none where there is none."""
        return tuple(self.alert_command or ())


def read_settings(home: Path | None = None) -> Settings:
    """The settings of a home folder: the environment goes before the file. Nothing is read from a home that others can.

    Raises:
        NotPrivate: the home is open to others, or is another account's.
        WrongRequest: a setting is wrong; names it, without its value.
        NewerHome: a later version of Dataport has written this home.
    """
    home = home or Path(os.environ.get(PREFIX + "HOME") or ".dataport")
    require_private(home)
    if _layout(home) > LAYOUT:
        raise NewerHome  # before its settings: this version may not know all of them
    try:
        known = {**_file(home / FILE_NAME), **_environment(os.environ), "home": home}
        return convert(known, Settings, strict=False, dec_hook=_read)
    except ValidationError as problem:
        # the message names the place and the type that was expected, and never a value
        raise WrongRequest(f"A setting is wrong: {problem}. Settings are in {FILE_NAME} and {PREFIX}*.") from None
    except UnicodeDecodeError:
        raise WrongRequest(f"{FILE_NAME} cannot be read: it is not UTF-8 text.") from None
    except ValueError as problem:  # no TOML, or a number of thousands of digits
        raise WrongRequest(f"{FILE_NAME} cannot be read: {problem}.") from None
    except RecursionError:
        raise WrongRequest(
            f"A setting is wrong: one nests without end. Settings are in {FILE_NAME} and {PREFIX}*."
        ) from None


def _file(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    if not path.is_file():
        raise WrongRequest(f"{FILE_NAME} cannot be read: it is no file.")
    with path.open("rb") as file:
        content = file.read(_LARGEST_FILE + 1)
    if len(content) > _LARGEST_FILE:
        raise WrongRequest(f"{FILE_NAME} cannot be read: it is larger than {_LARGEST_FILE // 1_000_000} MB.")
    return tomllib.loads(content.decode("utf-8"))


def _environment(variables: Mapping[str, str]) -> dict[str, Any]:
    """What the environment sets; what has several parts is written as JSON there."""
    names = {PREFIX + one.name.upper(): one.name for one in fields(Settings)}
    found: dict[str, Any] = {names[name]: text for name, text in variables.items() if name in names}
    for name in ("sources", "synthetic", "confirmed_logins", "serve", "record_links", "quality_report"):
        if name in found:
            try:
                found[name] = json.loads(found[name])
            except ValueError:
                raise WrongRequest(
                    f"A setting is wrong: {name}: it is not JSON. Settings are in {FILE_NAME} and {PREFIX}*."
                ) from None
    return found


def _read(kind: type, value: Any) -> Any:
    """A text as what msgspec has no type for."""
    if not isinstance(value, str | Path):
        raise ValidationError("Expected `str`")
    return kind(value).expanduser() if kind is Path else kind(value)


def home_of(path: Path) -> Path | None:
    """The home among whose own files a file is, links followed; None if it is in none, or lies beside them."""
    whole = path.resolve()
    for room in whole.parents:
        if room.name in _ROOMS and any((room.parent / mark).exists() for mark in _MARKS):
            return room.parent
    return None


def mark_home(home: Path) -> None:
    """Write down which layout a home has, so that an earlier version of Dataport leaves it alone."""
    if _layout(home) != LAYOUT:
        make_private(home)
        write_json(home / _LAYOUT_FILE, {"layout": LAYOUT})


def _layout(home: Path) -> int:
    """The layout of a home; 0 where nothing is written down."""
    try:
        return int(json.loads((home / _LAYOUT_FILE).read_text(encoding="utf-8"))["layout"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0
