"""Telling how long work goes on: a live line on a terminal, plain lines in a log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from dataport.cli.report import show_note
from dataport.cli.texts import Screen, shown

Progress = Callable[[str], None]


@contextmanager
def progress(title: str) -> Iterator[Progress]:
    """A function that tells what is going on: one live line on a terminal, stamped lines elsewhere."""
    console = Screen(stderr=True, soft_wrap=True)
    if console.is_terminal:
        with console.status(shown(title)) as live:
            yield lambda text: live.update(shown(f"{title}: {text}"))
        return
    yield _Lines(title)


class _Lines:
    """Plain lines, at most one a second, so that a log of long work stays readable."""

    def __init__(self, title: str) -> None:
        self._title, self._last = title, 0.0

    def __call__(self, text: str) -> None:
        if time.monotonic() - self._last >= 1:
            self._last = time.monotonic()
            show_note(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {self._title}: {text}")
