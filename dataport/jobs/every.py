"""every: the scheduled job again and again, for figures that are minutes old. A service manager keeps it running.

What is written down does not grow with how often it runs: of runs that follow each other and came to the same end, the
last one stays. Versions stay for an hour at least, so that what was begun on one can be finished.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event

from dataport.errors import Busy, DataportError
from dataport.jobs.alerts import alerting, wrong_with
from dataport.jobs.refresh import Refresh, refresh
from dataport.jobs.runs import forget_repeated
from dataport.settings import Settings

Progress = Callable[[str], None]
KEPT_FOR = timedelta(hours=1)


def refresh_every(
    settings: Settings, seconds: float, progress: Progress, note: Callable[[str], None], stop: Event
) -> Iterator[Refresh | DataportError]:
    """Refresh, wait until the next time is due, and so on, until it is stopped; one that was begun is finished.

    A run that fails is told, and is no reason to end. The operator's command is told of the first of those that fail
    alike, and not of each.

    Args:
        seconds: from the beginning of one run to that of the next; one that takes longer is followed at once.
        progress, note: are told, in words, what happens.
        stop: set when it is to end.
    """
    told: str | None = None
    while not stop.is_set():
        started = time.monotonic()
        try:
            with alerting(settings, "refresh", note, known=told):
                done = refresh(settings, progress, keep_for=KEPT_FOR)
            told = wrong_with(one.source_id for one in done.stopped)
            yield done
        except Busy as problem:
            yield problem
        except DataportError as problem:
            told = str(problem)
            yield problem
        forget_repeated(settings.runs)
        stop.wait(max(0.0, seconds - (time.monotonic() - started)))
