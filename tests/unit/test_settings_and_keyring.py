"""Settings and keys: what is wrong is named, what is secret is not."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest

from dataport.errors import DataportError, WrongRequest
from dataport.keyring import PURPOSES, open_key, open_keys
from dataport.settings import read_settings

SECRET = "hunter2"
WRONG = {
    "a field nobody knows": "viewr = 'ana'",
    "a value of another type": "viewer = 5",
    "a value out of range": "grants_max_age_hours = 0",
    "no TOML": "viewer = ",
    "an id that is none": f'[[sources]]\nsource_id = "A B"\nkind = "postgres"\nurl = "postgresql://u:{SECRET}@host/db"',
    "a kind nobody knows": f'[[sources]]\nsource_id = "a"\nkind = "oracle"\nurl = "oracle://u:{SECRET}@host/db"',
    "a command whose quotes do not match": f'audit_anchor_command = "send \'{SECRET}"',
    "a command that is none": "audit_anchor_command = 5",
    "a time that is none": "audit_anchor_seconds = 0",
    "a field of a source": f'[[sources]]\nsource_id = "a"\nkind = "sqlite"\nurl = "x"\npassword = "{SECRET}"',
}


def _write(home: Path, text: str | bytes) -> None:
    """The settings of a home, private as they must be."""
    path = home / "dataport.toml"
    path.touch(mode=0o600)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_setting_is_named_without_its_value(tmp_path: Path, what: str) -> None:
    _write(tmp_path, WRONG[what])
    with pytest.raises(WrongRequest, match=r"dataport\.toml") as refusal:
        read_settings(tmp_path)
    assert SECRET not in str(refusal.value)


def test_a_file_that_is_no_text_is_a_wrong_setting(tmp_path: Path) -> None:
    _write(tmp_path, b"viewer = '\xff'")
    with pytest.raises(WrongRequest, match="it is not UTF-8 text"):
        read_settings(tmp_path)


def test_an_environment_that_cannot_be_read_is_a_wrong_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAPORT_SOURCES", f"postgresql://u:{SECRET}@host/db")
    with pytest.raises(WrongRequest, match="sources") as refusal:
        read_settings(tmp_path)
    assert SECRET not in str(refusal.value)


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path, "viewer = 'file'\nkeep_versions = 7")
    monkeypatch.setenv("DATAPORT_VIEWER", "environment")
    settings = read_settings(tmp_path)
    assert (settings.viewer, settings.keep_versions) == ("environment", 7)
    assert settings.home.name == tmp_path.name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ()),
        ("audit_anchor_command = ''", ()),
        ("audit_anchor_command = []", ()),
        ("audit_anchor_command = ['send', 'to there', '$HOME']", ("send", "to there", "$HOME")),
        ("audit_anchor_command = \"send 'to there' $HOME\"", ("send", "to there", "$HOME")),
    ],
)
def test_the_command_for_heads_is_words_that_no_shell_reads(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    _write(tmp_path, text)
    assert read_settings(tmp_path).anchor_command == words


def test_the_command_for_heads_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAPORT_AUDIT_ANCHOR_COMMAND", "send --to 'a place'")
    monkeypatch.setenv("DATAPORT_AUDIT_ANCHOR_SECONDS", "0.5")
    settings = read_settings(tmp_path)
    assert (settings.anchor_command, settings.audit_anchor_seconds) == (("send", "--to", "a place"), 0.5)


def test_addresses_of_stores_do_not_print(tmp_path: Path) -> None:
    text = f'[[sources]]\nsource_id = "a"\nkind = "postgres"\nurl = "postgresql://u:{SECRET}@host/db"'
    _write(tmp_path, text)
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
    "text",
    [
        "",
        "[]",
        "{}",
        '{"audit": {}}',
        '{"audit": []}',
        '{"audit": {"one": "00"}}',
        '{"audit": {"1": "xyz"}}',
        '{"audit": {"1": ""}}',
        '{"audit": {"1": 5}}',
        '{"audit": {"1": "00", "01": "11"}}',
    ],
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


def test_every_version_can_still_be_read(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"audit": {"10": "bb" * 32, "9": "aa" * 32}}), encoding="utf-8")
    path.chmod(0o600)
    keys = open_keys(path, "audit")
    assert [key.version for key in keys.versions] == [9, 10]
    assert keys.newest == open_key(path, "audit") == keys.version(10)
    assert keys.version(8) is None
    assert "bb" not in repr(keys) and "xaa" not in repr(keys)


def _opened(path: Path) -> bytes:
    return open_key(path, "audit").secret


def test_processes_that_make_keys_at_once_get_the_same(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        found = pool.map(_opened, [tmp_path / "keys.json"] * 6)
    assert len(set(found)) == 1
