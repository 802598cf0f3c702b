"""Settings and keys: what is wrong is named, what is secret is not."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest

from dataport.errors import DataportError, WrongRequest
from dataport.keyring import PURPOSES, open_key
from dataport.settings import read_settings

SECRET = "hunter2"
WRONG = {
    "a field nobody knows": "viewr = 'ana'",
    "a value of another type": "viewer = 5",
    "a value out of range": "grants_max_age_hours = 0",
    "no TOML": "viewer = ",
    "an id that is none": f'[[sources]]\nsource_id = "A B"\nkind = "postgres"\nurl = "postgresql://u:{SECRET}@host/db"',
    "a kind nobody knows": f'[[sources]]\nsource_id = "a"\nkind = "oracle"\nurl = "oracle://u:{SECRET}@host/db"',
    "a field of a source": f'[[sources]]\nsource_id = "a"\nkind = "sqlite"\nurl = "x"\npassword = "{SECRET}"',
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_setting_is_named_without_its_value(tmp_path: Path, what: str) -> None:
    (tmp_path / "dataport.toml").write_text(WRONG[what], encoding="utf-8")
    with pytest.raises(WrongRequest, match=r"dataport\.toml") as refusal:
        read_settings(tmp_path)
    assert SECRET not in str(refusal.value)


def test_a_file_that_is_no_text_is_a_wrong_setting(tmp_path: Path) -> None:
    (tmp_path / "dataport.toml").write_bytes(b"viewer = '\xff'")
    with pytest.raises(WrongRequest, match="it is not UTF-8 text"):
        read_settings(tmp_path)


def test_an_environment_that_cannot_be_read_is_a_wrong_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAPORT_SOURCES", f"postgresql://u:{SECRET}@host/db")
    with pytest.raises(WrongRequest, match="sources") as refusal:
        read_settings(tmp_path)
    assert SECRET not in str(refusal.value)


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dataport.toml").write_text("viewer = 'file'\nkeep_versions = 7", encoding="utf-8")
    monkeypatch.setenv("DATAPORT_VIEWER", "environment")
    settings = read_settings(tmp_path)
    assert (settings.viewer, settings.keep_versions) == ("environment", 7)
    assert settings.home.name == tmp_path.name


def test_addresses_of_stores_do_not_print(tmp_path: Path) -> None:
    text = f'[[sources]]\nsource_id = "a"\nkind = "postgres"\nurl = "postgresql://u:{SECRET}@host/db"'
    (tmp_path / "dataport.toml").write_text(text, encoding="utf-8")
    settings = read_settings(tmp_path)
    assert SECRET not in repr(settings) and SECRET not in str(settings.sources)
    assert SECRET in settings.sources[0].url.reveal()


def test_keys_are_made_once_and_are_private(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "keys.json"
    made = {purpose: open_key(path, purpose) for purpose in PURPOSES}
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0
    assert len({key.secret for key in made.values()}) == len(PURPOSES)
    assert open_key(path, "audit") == made["audit"]
    assert [path.name for path in path.parent.iterdir()] == ["keys.json"]


def test_keys_that_others_can_read_are_not_used(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    open_key(path, "audit")
    for mode in (0o640, 0o604, 0o660):
        path.chmod(mode)
        with pytest.raises(DataportError, match=r"can be read by others\. Run `chmod 600"):
            open_key(path, "audit")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"audit": {}}', '{"audit": {"one": "00"}}', '{"audit": {"1": "xyz"}}']
)
def test_a_file_that_is_no_keyring_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(DataportError, match=r"is not a keyring\. Put the right file there; nothing was changed"):
        open_key(path, "audit")
    assert path.read_text(encoding="utf-8") == text


def test_the_newest_version_is_used_and_no_secret_prints(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"audit": {"9": "aa" * 32, "10": "bb" * 32}}), encoding="utf-8")
    path.chmod(0o600)
    key = open_key(path, "audit")
    assert (key.version, key.secret) == (10, b"\xbb" * 32)
    assert "bb" not in repr(key) and "xbb" not in repr(key)


def _opened(path: Path) -> bytes:
    return open_key(path, "audit").secret


def test_processes_that_make_keys_at_once_get_the_same(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        found = pool.map(_opened, [tmp_path / "keys.json"] * 6)
    assert len(set(found)) == 1
