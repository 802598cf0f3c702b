"""What runs dbt in a child process of its own: its words in, what it says from notices up as lines out."""

from __future__ import annotations

import gc
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner

_SAID = frozenset(("info", "warn", "error"))


def main(project: Any = None) -> None:
    """Run dbt with the words of this process, and end it: with 0 where all went well.

    Args:
        project: what dbt has made of the project's files, where somebody has had them read (`dbtRunnerResult.result`).

    Without the collector of cycles, which takes a sixth of a run: dbt holds what it makes until it ends, some 100 MB.
    What became of each node is written in any case, where dbt is to write nothing else of what it knows, too.
    Without dbt's own loggers, which write out each of some 10,000 events, and look for secrets in it, to drop it then.
    """
    gc.disable()
    words = [*sys.argv[1:], "--log-level", "none", "--log-level-file", "none"]
    outcome = dbtRunner(manifest=project, callbacks=[_say]).invoke(words)
    if outcome.exception:
        print(outcome.exception, flush=True)
    elif "--no-write-json" in words:
        outcome.result.write(str(Path(words[words.index("--target-path") + 1]) / "run_results.json"))
    sys.exit(0 if outcome.success else 2 if outcome.exception else 1)


def _say(event: Any) -> None:
    if event.info.level in _SAID:
        print(f"{datetime.now(UTC):%H:%M:%S}  {event.info.msg}", flush=True)
