"""Telling how long work goes on: a live line on a terminal, plain lines in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

Progress = Callable[[str], None]


@contextmanager
def progress(title: str) -> Iterator[Progress]:
    """A function that tells what is going on: one live line on a terminal, stamped lines elsewhere."""
    console = Console(stderr=True, soft_wrap=True)
    if console.is_terminal:
        with console.status(Text(title)) as live:
            yield lambda text: live.update(Text(f"{title}: {text}"))
        return
    yield _Lines(title)


class _Lines:
    """Plain lines, at most one a second, so that a log of long work stays readable."""

    def __init__(self, title: str) -> None:
        self._title, self._last = title, 0.0

    def __call__(self, text: str) -> None:
        if time.monotonic() - self._last >= 1:
            self._last = time.monotonic()
            print(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {self._title}: {text}", file=sys.stderr, flush=True)
