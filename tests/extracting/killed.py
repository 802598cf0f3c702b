"""An extract that dies: python killed.py LANDING STEP, the address on standard input.

It kills itself, as a power cut would, at the STEP-th thing that it asks of the disk (a sync, a rename, an opened file
or a removal), before that is done. STEP 0 dies nowhere and prints how many steps there were.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dataport.extract import Source, extract
from dataport.landing import Landing


class Countdown:
    """Counts what is asked of the disk, and ends the process at one of them."""

    def __init__(self, step: int) -> None:
        self.step, self.done = step, 0

    def before(self, module: Any, name: str) -> None:
        """Count the calls of a function from now on."""
        original: Callable[..., Any] = getattr(module, name)

        def counted(*words: Any, **more: Any) -> Any:
            self.done += 1
            if self.done == self.step:
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*words, **more)

        setattr(module, name, counted)


def main(landing: str, step: int) -> None:
    """Extract once."""
    kind, url = sys.stdin.read().split("\n")
    countdown = Countdown(step)
    for name in ("fsync", "open", "replace", "rename"):
        countdown.before(os, name)
    countdown.before(shutil, "rmtree")
    countdown.before(Path, "replace")
    extract(Source("main", kind, url), Landing(Path(landing)))
    print(countdown.done)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
