"""Settings: read once from the environment and from dataport.toml in the home folder, then passed down frozen."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from dataport.durable import make_private, write_json
from dataport.errors import NewerHome, WrongRequest

FILE_NAME = "dataport.toml"

# How a home is laid out. Raised when an earlier version could no longer read, or would harm, what this one writes.
LAYOUT = 1
_LAYOUT_FILE = "layout.json"


class SourceSettings(BaseModel):
    """One registration store that is read: its id, its kind and where it is. The address may hold a credential."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source_id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")
    kind: str = Field(pattern=r"^(sqlite|postgres)$")
    url: SecretStr


class SyntheticSettings(BaseModel):
    """How a synthetic store was made, so that further operations can be migrated into it in the same proportion."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scale: float = Field(gt=0, le=1)
    seed: int


class Settings(BaseSettings):
    """Everything that can be set. Environment variables are the names in capitals, after ``DATAPORT_``.

    Attributes:
        home: the folder everything lives under; it belongs to one service account.
        viewer: who asks on the command line when nobody says --as.
        grants_max_age_hours: permissions read longer ago than this refuse every question.
        keyring: the private file of keys, outside home.
        audit_anchor: where the head of the audit log is kept too, outside home.
        keep_versions: how many published versions stay on disk; fewer where a build would find no room.
        stale_after_hours: without a good refresh for so long, `status` says that the figures are stale.
        threads, memory_limit: what a build may use.
        sources: the registration stores.
        synthetic: how the store was made, where `register create` made it.
    """

    model_config = SettingsConfigDict(env_prefix="DATAPORT_", frozen=True, extra="forbid")

    home: Path = Field(default=Path(".dataport"), validate_default=True)
    viewer: str | None = None
    grants_max_age_hours: float = Field(default=24.0, gt=0)
    keyring: Path = Path(os.environ.get("XDG_CONFIG_HOME", "~/.config")).expanduser() / "dataport" / "keys.json"
    audit_anchor: Path | None = None
    keep_versions: int = Field(default=3, ge=1)
    stale_after_hours: float = Field(default=26.0, gt=0)
    threads: int = Field(default=os.cpu_count() or 2, ge=1)
    memory_limit: str = "8GB"
    sources: tuple[SourceSettings, ...] = ()
    synthetic: SyntheticSettings | None = None

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        """A relative home means the folder it was typed in, whatever folder a child process works in."""
        return home.absolute()

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
    def runs(self) -> Path:
        return self.home / "runs"

    @property
    def audit_log(self) -> Path:
        return self.home / "audit" / "looks.jsonl"

    @property
    def anchor(self) -> Path:
        """The audit log's head outside home: as set, or beside the keys."""
        return self.audit_anchor or self.keyring.parent / "audit-heads.json"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        home = Path(init_settings().get("home") or os.environ.get("DATAPORT_HOME") or ".dataport")
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, home / FILE_NAME)


def read_settings(home: Path | None = None) -> Settings:
    """The settings of a home folder.

    Raises:
        WrongRequest: a setting is wrong; names it, without its value.
        NewerHome: a later version of Dataport has written this home.
    """
    given: dict[str, Any] = {"home": home} if home else {}
    if _layout(home or Path(os.environ.get("DATAPORT_HOME") or ".dataport")) > LAYOUT:
        raise NewerHome  # before its settings: this version may not know all of them
    try:
        return Settings(**given)
    except ValidationError as problem:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in problem.errors())
        raise WrongRequest(f"A setting is wrong: {wrong}. Settings are in {FILE_NAME} and DATAPORT_*.") from None
    except SettingsError as problem:
        raise WrongRequest(f"A setting is wrong: {problem}. Settings are in {FILE_NAME} and DATAPORT_*.") from None
    except tomllib.TOMLDecodeError as problem:
        raise WrongRequest(f"{FILE_NAME} cannot be read: {problem}.") from None
    except UnicodeDecodeError:
        raise WrongRequest(f"{FILE_NAME} cannot be read: it is not UTF-8 text.") from None


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
