"""What came from elsewhere steers no terminal."""

from __future__ import annotations

import pytest

from dataport.cli.texts import shown


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a\x1b[2K\rb", "a\\x1b[2K\\rb"),
        ("two\nlines", "two\nlines"),
        ("right to \u202eleft", "right to \\u202eleft"),
        ("أحمد Øre", "أحمد Øre"),
    ],
)
def test_what_would_steer_a_terminal_is_written_out(text: str, told: str) -> None:
    assert shown(text).plain == told
