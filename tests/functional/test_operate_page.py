"""What docs/operate.md says can be typed, read and started."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from dataport.cli.main import cli
from dataport.settings import read_settings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
EXAMPLES = {"carry-head", "tell-somebody"}


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def _commands() -> Iterator[list[str]]:
    """Every command of ours that stands in a block or between backticks."""
    lines = [line for kind in ("bash", "cron") for block in blocks(kind) for line in block.splitlines()]
    lines += re.findall(r"`(dataport [^`]+)`", PAGE)
    lines += [line for block in blocks("ini") for line in re.findall(r"dataport(?:/bin/dataport)? .*", block)]
    for line in lines:
        for found in re.findall(r"(?:^|[\s/'])dataport ((?:[a-z]+).*?)(?:>|2>|&&|'|$)", line):
            words = shlex.split(found.replace("…", "x"))
            if words and words[0] in cli.list_commands(click.Context(cli)):
                yield words


def test_every_command_is_one(tmp_path: Path) -> None:
    found = list(_commands())
    assert {"refresh", "status", "backup", "restore", "prune", "keys", "audit", "check"} <= {
        words[0] for words in found
    }
    for words in found:
        command: click.Command | None = cli
        context = click.Context(cli)
        while isinstance(command, click.Group) and words:
            command = command.get_command(context, words.pop(0))
        assert command is not None and not isinstance(command, click.Group), words
        known = {name for one in command.params for name in one.opts}
        assert {word for word in words if word.startswith("--")} <= known, words


def test_the_settings_are_settings(tmp_path: Path) -> None:
    (tmp_path / "dataport.toml").touch(mode=0o600)
    for text in reversed(blocks("toml")):  # the first is that of the whole
        (tmp_path / "dataport.toml").write_text(text)
        settings = read_settings(tmp_path)
    assert settings.anchor.is_absolute() and settings.words_of_alert_command and settings.sources


def test_units_are_units(tmp_path: Path) -> None:
    names = re.findall(r"`/etc/systemd/system/([\w.-]+)`", PAGE)
    units = dict(zip(names, blocks("ini"), strict=True))
    assert len(units) == 5
    for name, text in units.items():
        assert all(re.match(r"\[\w+\]$|\w+=\S", line) for line in text.splitlines() if line), name
        # the machine that runs this has neither the account nor the program
        text = text.replace("/opt/dataport/bin/dataport", shutil.which("true") or "/bin/true")
        (tmp_path / name).write_text(re.sub(r"^(User|Group)=.*$", r"\1=root", text, flags=re.MULTILINE))
    if not shutil.which("systemd-analyze"):
        pytest.skip("there is no systemd-analyze here")
    done = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / name) for name in units)], capture_output=True, text=True
    )
    complaints = [line for line in done.stderr.splitlines() if any(name in line for name in units)]
    assert not complaints, complaints


def test_every_place_is_absolute() -> None:
    places = re.findall(r"(?:ExecStart|Environment=\w+|keyring|audit_anchor)\s*=\s*\"?([^\s\"]+)", PAGE)
    assert places and all(one.startswith("/") for one in places)
    for block in blocks("cron"):
        assert all(len(line.split()) > 6 and line.count("DATAPORT_") == 2 for line in block.splitlines())


def test_the_container_keeps_no_home_in_its_image() -> None:
    (text,) = blocks("dockerfile")
    assert text.startswith("FROM ") and "USER dataport" in text and "COPY . " not in text
    assert re.search(r'VOLUME \["/srv/dataport/home", "/keys", "/heads"\]', text)


def test_the_readme_leads_here() -> None:
    assert "(docs/operate.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
