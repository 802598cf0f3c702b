"""The URL of a store: what it may be, and how it prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataport.errors import WrongRequest
from dataport.store.url import parse_url


@pytest.mark.parametrize(
    ("url", "kind", "safe"),
    [
        ("sqlite:///var/a%20b.sqlite", "sqlite", "sqlite:///var/a%20b.sqlite"),
        ("sqlite:////var/a.sqlite", "sqlite", "sqlite:///var/a.sqlite"),
        (
            "postgresql://me:secret@db.example.org:5433/reg?password=secret",
            "postgres",
            "postgresql://db.example.org:5433/reg",
        ),
        ("postgres://db/reg", "postgres", "postgresql://db/reg"),
        ("postgresql:///reg?host=/run&user=me", "postgres", "postgresql:///reg"),
    ],
)
def test_a_url_prints_without_credentials(url: str, kind: str, safe: str) -> None:
    parsed = parse_url(url)
    assert (parsed.kind, parsed.safe) == (kind, safe)
    assert "secret" not in repr(parsed)


def test_the_file_of_an_embedded_store() -> None:
    assert parse_url("sqlite:///var/a%20b.sqlite").path == parse_url("sqlite:////var/a%20b.sqlite").path
    assert parse_url("sqlite:///var/a%20b.sqlite").path == Path("/var/a b.sqlite")


@pytest.mark.parametrize(
    "url", ["", "mysql://me:secret@h/d", "sqlite://", "sqlite://host/x", "postgresql://h:secret/d"]
)
def test_what_is_no_store_is_not_repeated(url: str) -> None:
    with pytest.raises(WrongRequest, match="This is not the URL of a registration store") as caught:
        parse_url(url)
    assert "secret" not in str(caught.value)
