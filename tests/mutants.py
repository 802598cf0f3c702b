"""A seeded sample of mutants: the code is broken in one place at a time, and some test must notice.

`python tests/mutants.py --sample 500` breaks functions of `engine`, `semantic`, `access` and `disclosure` by mutmut
(`[tool.mutmut]` in pyproject.toml) and runs, for each mutant, the tests that reach its function, the quickest first, up
to the first that fails. The sample is the first part of one shuffled list: a larger sample holds the smaller one, code
that is added leaves most of a sample as it was, and what was decided before is not tried again as long as its function
is as it was. A time box ends it early; the figure then says of how many it is.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

MUTANTS = Path("mutants")
SEED = 20220228
# mutmut runs all tests to learn which reaches what, and then those of its mutants once more, which takes as long again
# and says nothing that the first run did not.
RUN = """
import sys
from mutmut import __main__ as mutmut
made = mutmut.get_mutant_runner
def without_a_second_run(workers):
    runner = made(workers)
    type(runner).run_clean_tests = lambda self, tests: 0
    return runner
mutmut.get_mutant_runner = without_a_second_run
mutmut._run(sys.argv[2:], int(sys.argv[1]))
"""
# exit codes of a worker; a mutant that never comes to an end is noticed, one that no test reaches is not
KILLED, SURVIVED, UNREACHED = {1, 3}, {0}, {5, 33}
TIMED_OUT = {36, 24, -24, 152}
# a worker that failed before a test could (255), as it does where a test that it had learnt of is called otherwise now
UNDECIDED = ("not tried", "ended otherwise")


def main() -> int:
    """Try a sample and print its figure; the exit code says whether it is below the floor."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sample", type=int, default=500)
    asked.add_argument("--seed", type=int, default=SEED)
    asked.add_argument("--minutes", type=float, default=None, help="stop after so long and tell what was decided")
    asked.add_argument("--processes", type=int, default=os.cpu_count() or 2)
    asked.add_argument("--floor", type=float, default=0.0, help="the least share that must be killed")
    words = asked.parse_args()
    environment = {**os.environ, "DATAPORT_GENERATED": "short", "PYTHONDONTWRITEBYTECODE": "1"}
    if not verdicts():
        # makes the mutants and learns which test reaches which function
        _mutmut(["dataport.disclosure.flat.*__mutmut_1"], words.processes, environment, None)
    names = sampled(verdicts(), words.sample, words.seed)
    known = verdicts()
    waiting = [name for name in names if _end(known[name]) in UNDECIDED]
    if waiting:
        _mutmut(waiting, words.processes, environment, words.minutes)
    return told(names, verdicts(), words.floor)


def verdicts() -> dict[str, int | None]:
    """Every mutant there is, and how its tests ended; None where it was not tried."""
    return dict(_verdicts())


def _verdicts() -> Iterator[tuple[str, int | None]]:
    for path in sorted(MUTANTS.rglob("*.meta")):
        yield from json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"].items()


def sampled(known: Mapping[str, object], size: int, seed: int) -> list[str]:
    """The first part of all mutants in an order that the seed decides: for each by itself, whatever else there is."""
    return sorted(known, key=lambda name: hashlib.sha256(f"{seed} {name}".encode()).digest())[:size]


def told(names: list[str], known: Mapping[str, int | None], floor: float) -> int:
    """Print what became of a sample, and each mutant that nothing noticed."""
    ends = Counter(_end(known[name]) for name in names)
    decided = sum(count for end, count in ends.items() if end not in UNDECIDED)
    share = (ends["killed"] + ends["timed out"]) / decided if decided else 0.0
    for name in names:
        if _end(known[name]) in ("survived", "reached by no test", "ended otherwise"):
            print(f"{_end(known[name])}: {name}")
    print(f"of {len(known):,} mutants, a sample of {len(names)}: {dict(ends)}")
    print(f"{share:.1%} of {decided} decided were noticed; `mutmut show NAME` shows one")
    return int(share < floor)


def _end(code: int | None) -> str:
    if code is None:
        return "not tried"
    ends = {"killed": KILLED, "timed out": TIMED_OUT, "survived": SURVIVED, "reached by no test": UNREACHED}
    return next((end for end, codes in ends.items() if code in codes), "ended otherwise")


def _mutmut(names: list[str], processes: int, environment: Mapping[str, str], minutes: float | None) -> None:
    """Run mutmut on some mutants; at the end of the time box it is interrupted, and keeps what it has decided."""
    command = [sys.executable, "-P", "-c", RUN, str(processes), *names]
    running = subprocess.Popen(command, env=environment, stdout=sys.stderr, start_new_session=True)
    try:
        running.wait(minutes * 60 if minutes else None)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGINT)
        running.wait()


if __name__ == "__main__":
    sys.exit(main())
