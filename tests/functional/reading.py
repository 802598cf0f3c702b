"""A reader who asks all day: python -m tests.functional.reading HOME STOP; a line per answer until STOP is there."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import dataport

WORDS = ["registered_individuals", "active_individuals", "average_group_size"]


def main(home: str, stop: str) -> None:
    """Ask the same again and again, in one process that stays open over every new version."""
    port = dataport.open(home=home)
    while not Path(stop).exists():
        answer = port.ask(WORDS, by=["country_of_asylum"], totals=True)
        told = json.dumps(answer.to_dicts(), default=str)
        print(answer.meta["data_version"], hashlib.sha256(told.encode()).hexdigest(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
