"""python -m bench.baseline: what a home answers, written down before the code is changed and held against it after.

    python -m bench.baseline home HOME                  # a small home that is the same each time it is made
    python -m bench.baseline write HOME ANSWERS         # 500 questions and their answers, as compressed lines of JSON
    python -m bench.baseline check HOME ANSWERS         # the same questions again; which differ, and how
    python -m bench.baseline compare ANSWERS ANSWERS    # two such files

The questions stand in the file of answers, so that a new indicator does not change what is asked. The keys of the
home's log lie beside it (HOME.keys.json) unless DATAPORT_KEYRING names others.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import dataport.api
from bench.baseline.answers import Line, asked, compared, read, write
from bench.baseline.drawing import GLOBAL, SEED, Draw
from dataport.ask import open_house
from dataport.cli.register import make_store
from dataport.jobs.refresh import refresh
from dataport.settings import read_settings
from dataport.store import connect
from dataport.synthetic import DEFAULT_SEED, advance

SCALE, ONBOARDED, YEARS, MONTHS, COUNT = 0.0007, 117, 2, (31, 28), 500


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.baseline", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("home", "write", "check", "compare"))
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    given = parser.parse_args()
    if len(given.paths) != (1 if given.what == "home" else 2):
        parser.error("home takes a HOME; the others take two paths.")
    if given.what == "compare":
        return _told(compared(*map(read, given.paths)))
    home: Path = given.paths[0]
    os.environ.setdefault("DATAPORT_KEYRING", str(home.resolve()) + ".keys.json")
    if given.what == "home":
        _made(home)
    elif given.what == "write":
        print(f"{write(_answers(home), given.paths[1])} answers")
    else:
        before = list(read(given.paths[1]))
        return _told(compared(before, (asked(line["question"], _ports(home)) for line in before)))
    return 0


def _made(home: Path) -> None:
    """The invented people of one seed, their mistakes, and two months that pass."""
    make_store(read_settings(home), scale=SCALE, onboarded=ONBOARDED, url=None, seed=DEFAULT_SEED, tell=_quiet,
               history=YEARS, dirty=True)  # fmt: skip
    settings = read_settings(home)
    store = connect(settings.sources[0].url.reveal())
    refresh(settings, _quiet)
    for days in MONTHS:
        advance(store, days, DEFAULT_SEED, _quiet)
        refresh(settings, _quiet)
    store.close()


def _answers(home: Path) -> Iterator[Line]:
    house, port = open_house(read_settings(home)), _ports(home)
    draw = Draw(house.catalog, house.figures().horizon, port(GLOBAL), random.Random(SEED))
    for question in draw.questions(COUNT):
        yield asked(question, port)


def _ports(home: Path) -> Callable[[str], dataport.api.Port]:
    """A door for each viewer, opened once."""
    return cache(lambda login: dataport.api.open(home=home, viewer=login))


def _told(differences: Iterator[str]) -> int:
    count = 0
    for one in differences:
        print(one)
        count += 1
    print(f"{count} questions are answered otherwise" if count else "every question is answered alike")
    return 1 if count else 0


def _quiet(_: str) -> None:
    """Progress that nobody reads."""


if __name__ == "__main__":
    sys.exit(main())
