"""What unfolds without end, nests without end or does not end is refused at once, whichever file it stands in."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from dataport.audit import AuditFailed
from dataport.audit.heads import Heads
from dataport.checking.project import sections_of
from dataport.errors import BadDefinition, DataportError, WrongRequest
from dataport.keyring import open_keys
from dataport.semantic import load_catalog
from dataport.settings import read_settings

NAMES = [f"n{number}" for number in range(40)]
LAUGHS = "a: &n0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}_: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in pairwise(NAMES)
)
MAPS = "a: &n0 {x: 1, y: 2}\n" + "".join(
    f"{name}_: &{name} {{p: *{before}, q: *{before}, r: *{before}}}\n" for before, name in pairwise(NAMES)
)
HOSTILE = {
    "a billion laughs": (LAUGHS, r"model.yml:\d+: this unfolds to more than"),
    "a billion laughs of fields": (MAPS, r"model.yml:\d+: this unfolds to more than"),
    "a billion laughs in a section": (
        "indicators:\n  " + LAUGHS.rstrip().replace("\n", "\n  "),
        r"unfolds to more than",
    ),
    "lists without end": ("a: " + "[" * 500_000, r"model.yml:1: .*(nests deeper than|nesting depth)"),
    "maps without end": ("{a: " * 200_000, r"model.yml:1: this nests deeper than"),
    "blocks without end": ("".join(" " * n + "a:\n" for n in range(1_500)), r"nests deeper than"),
    "dashes without end": ("- " * 400_000, r"nests deeper than"),
    "a name that nests without end": ("? " * 400_000, r"nests deeper than"),
    "within itself": ("a: &x [*x]", r"model.yml:1: this stands within itself"),
    "within itself, further in": ("a: &x {b: {c: [*x]}}", r"stands within itself"),
    "nothing of that name": ("a: *x", r"nothing before this is named &x"),
    "a second document": ("a: 1\n---\nb: 2\n", r"model.yml:\d: a second document begins here"),
    "a name of many": ("? &x [a]\n: 1\n", r"a name is a text"),
    "a large file": ("# " + "x" * 3_000_000, r"model.yml: this is larger than 2 MB"),
    "a long list": ("a: [" + "x," * 300_000 + "]", r"unfolds to more than"),
}


@contextmanager
def soon(seconds: int = 300) -> Iterator[None]:
    """What happens in the block comes to an end: unfolded, the files above would take years."""

    def too_long(*_: object) -> None:
        raise AssertionError(f"no end after {seconds} seconds")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("what", HOSTILE)
def test_definitions_that_unfold_without_end_are_refused(tmp_path: Path, what: str) -> None:
    text, said = HOSTILE[what]
    (tmp_path / "model.yml").write_text(text)
    with soon(), pytest.raises(BadDefinition, match=said):
        load_catalog(tmp_path, {})


@pytest.mark.parametrize("what", HOSTILE)
def test_a_check_of_definitions_tells_it_too(tmp_path: Path, what: str) -> None:
    (tmp_path / "model.yml").write_text(HOSTILE[what][0])
    problems: list[object] = []
    with soon():
        sections_of(tmp_path, tmp_path, problems)  # type: ignore[arg-type]
    assert len(problems) == 1


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "model.yml")
    with soon(), pytest.raises(BadDefinition, match=r"model.yml: this is no file"):
        load_catalog(tmp_path, {})
    (tmp_path / "model.yml").unlink()
    (tmp_path / "model.yml").symlink_to("/dev/zero")
    with soon(), pytest.raises(BadDefinition, match=r"model.yml: this is no file"):
        load_catalog(tmp_path, {})


def test_an_anchor_is_still_what_it_names(tmp_path: Path) -> None:
    """One condition that two indicators share is written once."""
    (tmp_path / "model.yml").write_text("facts: &none {}\nlevels: *none\n'n': &n x\n")
    with pytest.raises(BadDefinition, match=r"model.yml:3: there is no"):
        load_catalog(tmp_path, {})


SETTINGS = {
    "lists without end": "viewer = " + "[" * 50_000,
    "tables without end": "viewer = " + "{a=" * 50_000,
    "a number without end": "keep_versions = " + "9" * 50_000,
    "a large file": "#" * 3_000_000,
}


@pytest.mark.parametrize("what", SETTINGS)
def test_settings_that_do_not_end_are_refused(tmp_path: Path, what: str) -> None:
    (tmp_path / "dataport.toml").touch(mode=0o600)
    (tmp_path / "dataport.toml").write_text(SETTINGS[what])
    with soon(), pytest.raises(WrongRequest, match=r"dataport\.toml"):
        read_settings(tmp_path)


@pytest.mark.parametrize("name", ["SOURCES", "CONFIRMED_LOGINS", "SYNTHETIC"])
def test_an_environment_that_does_not_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(f"DATAPORT_{name}", "[" * 60_000)
    with soon(), pytest.raises(WrongRequest, match="A setting is wrong"):
        read_settings(tmp_path)


def test_keys_and_heads_that_do_not_end_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.touch(mode=0o600)
    for text in ("[" * 100_000, '{"audit":' * 50_000, json.dumps({"audit": {"9" * 5_000: "00"}})):
        path.write_text(text)
        with soon(), pytest.raises(DataportError, match="is not a keyring"):
            open_keys(path, "audit")
        with soon(), pytest.raises(AuditFailed, match="does not hold the heads"):
            Heads(path).of("log") if "9999" not in text else Heads(path).of("audit")
