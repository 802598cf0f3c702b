"""The report: what came of the cases, by files of the suite and by constructs; what was refused or wrong, and why."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import get_args

from bench.metricflow_suite.running import Outcome, Verdict
from bench.metricflow_suite.translating import Types

TITLES: Mapping[Types, str] = {
    "all": "Types of levels and indicators stated",
    "levels": "Types of levels alone stated",
    "none": "No type stated",
}
VERDICTS: tuple[str, ...] = get_args(Verdict)


def printed(found: Mapping[Types, list[Outcome]], revision: str) -> str:
    return "\n".join(_lines(found, revision))


def _lines(found: Mapping[Types, list[Outcome]], revision: str) -> Iterator[str]:
    versions = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "sqlglot", "pyarrow"))
    yield f"MetricFlow's suite at {revision}; Python {platform.python_version()}, {versions}"
    for types, some in found.items():
        yield f"\n## {TITLES[types]}\n"
        yield from _by_file(some)
        yield from _by_construct(some)
        for verdict in ("refused", "wrong"):
            yield from _listed(some, verdict)


def _by_file(some: list[Outcome]) -> Iterator[str]:
    yield f"| file of the suite | cases | {' | '.join(VERDICTS)} |"
    yield "|---" * (2 + len(VERDICTS)) + "|"
    for file in dict.fromkeys(one.file for one in some):
        yield _row(file.removeprefix("itest_"), [one for one in some if one.file == file])
    yield _row("**all**", some)


def _row(name: str, some: list[Outcome]) -> str:
    counts = Counter(one.verdict for one in some)
    return f"| {name} | {len(some)} | " + " | ".join(str(counts[one]) for one in VERDICTS) + " |"  # type: ignore[index]


def _by_construct(some: list[Outcome]) -> Iterator[str]:
    counts = Counter(one.reason for one in some if one.verdict == "not expressible")
    if counts:
        yield "\n| not expressible | cases |\n|---|---|"
        yield from (f"| {construct} | {count} |" for construct, count in counts.most_common())


def _listed(some: list[Outcome], verdict: str) -> Iterator[str]:
    listed = [one for one in some if one.verdict == verdict]
    if listed:
        yield f"\n{verdict}:"
        yield from (f"* {one.file}/{one.name}: {one.reason}" for one in listed)
