"""What a service costs whoever asks it: a week's questions, what HTTP adds, many at once, and some who hang up.

The server and whoever asks share one machine. The home is changed: looks are written down, and a refresh is published
in the middle of the week; the keys by which the accounts are known are revoked at the end.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.asking import timed
from bench.refreshing import changed
from bench.week import Asked, Week, week_of
from dataport import api
from dataport.ask import Asker, House, ask, open_house
from dataport.render.programs import as_json, json_text
from dataport.settings import Settings, read_settings
from dataport.state import AccessKeys, Scope, State
from dataport.visit import machine_account

Row = tuple[str, str]

# A week of 50,000 questions in 50 minutes. A question that is late is counted from when it was due.
RATE = 50_000 / 3_000
_SENDERS, _PAIRS, _STARTS = 64, 200, 3
_AT_ONCE, _EACH, _HANG_UP = 200, 5, 50
_PORTS, _COMPARED, _ONE_IN = 6, 200, 10_000
# Permissions of a home that was not refreshed today are no reason to refuse what is measured.
_HOURS = "8760"
_SCOPES: frozenset[Scope] = frozenset(("ask", "metrics"))


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as it came: by when, from which data, and what of it is the same each time."""

    asked: Asked
    began: float
    seconds: float
    status: int
    version: str = ""
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Server:
    """A service in a process of its own."""

    address: str
    process: int
    started: float
    key: str = field(repr=False)

    def connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.address)
        return http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=300)

    def memory(self, name: str) -> float:
        """VmRSS or VmHWM, in MB."""
        lines = Path(f"/proc/{self.process}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1000

    def metric(self, name: str) -> int:
        connection = self.connection()
        connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {self.key}"})
        lines = connection.getresponse().read().decode().splitlines()
        connection.close()
        return int(next(line for line in lines if line.startswith(f"dataport_http_{name} ")).split()[1])


def serving(home: Path, count: int) -> Iterator[Row]:
    """Rows of the table."""
    os.environ["DATAPORT_GRANTS_MAX_AGE_HOURS"] = _HOURS
    settings = read_settings(home)
    house = open_house(settings)
    week = week_of(house)
    kinds = Counter(account.kind for account in week.accounts)
    yield "accounts", ", ".join(f"{number} of {kind}" for kind, number in sorted(kinds.items()))
    with _keys(settings, week) as keys:
        yield _first_answers(home, week, keys)
        with _served(home, keys) as server:
            yield from _week(settings, house, week, keys, server, count)
            yield _beside_port(home, week, keys, server)
            yield _at_once(week, keys, server)
            yield _hanging_up(week, keys, server)
            yield "memory of the service, now and at most", _memory(server)
    house.close()


def _memory(server: Server) -> str:
    return f"{server.memory('VmRSS'):,.0f} MB, {server.memory('VmHWM'):,.0f} MB"


@contextmanager
def _keys(settings: Settings, week: Week) -> Iterator[Mapping[str, str]]:
    """A key of each account, for as long as it is measured."""
    keys, by = AccessKeys(State(settings.state)), machine_account()
    ends = datetime.now(UTC).replace(tzinfo=None, microsecond=0) + timedelta(days=1)
    made = {
        one.login: keys.make(one.login, "A measurement", scopes=_SCOPES, made_by=by, expires_at=ends)
        for one in week.accounts
    }
    try:
        yield {login: one.key for login, one in made.items()}
    finally:
        for one in made.values():
            keys.revoke(one.known.key_id, by)


@contextmanager
def _served(home: Path, keys: Mapping[str, str]) -> Iterator[Server]:
    words = [sys.executable, "-m", "dataport", "serve", "--port", "0", "--format", "json", "--home", str(home)]
    started = time.perf_counter()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log)
        assert process.stdout
        try:
            address = json.loads(process.stdout.readline())["address"]
            yield Server(address, process.pid, started, next(iter(keys.values())))
        finally:
            process.terminate()
            process.wait(60)


def _send(connection: http.client.HTTPConnection, asked: Asked, key: str, due: float) -> Told:
    """Ask once, and read all of the answer; status 0 where none came."""
    try:
        connection.request("POST", "/api/v1/query", json.dumps(asked.words), _headers(key))
        found = connection.getresponse()
        body = found.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        return Told(asked, due, time.perf_counter() - due, 0)
    version = found.headers.get("Dataport-Data-Version", "")
    return Told(asked, due, time.perf_counter() - due, found.status, version, body)


def _headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}


def _first_answers(home: Path, week: Week, keys: Mapping[str, str]) -> Row:
    """From the start of the process to the first answer."""
    taken = []
    asked = next(one for one in week.drawn() if not one.is_new)
    for _ in range(_STARTS):
        with _served(home, keys) as server:
            connection = server.connection()
            if _send(connection, asked, keys[asked.login], server.started).status != 200:
                sys.exit("The first question was not answered.")
            taken.append(time.perf_counter() - server.started)
            connection.close()
    return f"first answer after a start, {_STARTS} times", f"{min(taken):.1f} to {max(taken):.1f} s"


def _week(
    settings: Settings, house: House, week: Week, keys: Mapping[str, str], server: Server, count: int
) -> Iterator[Row]:
    refreshed = _Refreshing(settings)
    begun = time.perf_counter()
    told = _sent(_until_published(week, count, refreshed), keys, server)
    seconds = time.perf_counter() - begun
    count = len(told)
    failed = Counter(one.status for one in told if one.status != 200)
    named = ", ".join(f"{number} of {status or 'no answer'}" for status, number in sorted(failed.items()))
    yield f"{count:,} mixed questions, due in {count / RATE:,.0f} s", f"{seconds:,.0f} s; {sum(failed.values())} failed"
    if named:
        yield "… failed", named
    yield "… all", _percentiles(told)
    known, again = set(), []
    for one in told:
        what = (one.asked.login, repr(one.asked.request), one.version)
        again.append(what in known)
        known.add(what)
    yield (
        "… asked before by the same account",
        _percentiles([one for one, is_so in zip(told, again, strict=True) if is_so]),
    )
    yield "… asked for the first time", _percentiles([one for one, is_so in zip(told, again, strict=True) if not is_so])
    yield "… while the refresh was under way", _percentiles([one for one in told if refreshed.covers(one.began)])
    yield "… the refresh", refreshed.told()
    versions = Counter(one.version for one in told if one.status == 200)
    yield "… answers by version of the data", ", ".join(f"{found}: {n:,}" for found, n in sorted(versions.items()))
    yield "… answers of two versions at once, or other than in process", _mixed(told, house)


def _until_published(week: Week, count: int, refreshed: _Refreshing) -> Iterator[Asked]:
    """So many questions, with a refresh that begins after the first fifth; more where it takes longer than they do."""
    drawn, fifth = week.drawn(), count // 5
    asked = itertools.chain(list(itertools.islice(drawn, count)), drawn)  # drawing most of them costs nothing meanwhile
    yield from itertools.islice(asked, fifth)
    refreshed.begin()
    yield from itertools.islice(asked, count - 2 * fifth)
    while not refreshed.is_over:
        yield next(asked)
    yield from itertools.islice(asked, fifth)


def _percentiles(told: list[Told]) -> str:
    taken = sorted(one.seconds * 1000 for one in told if one.status == 200)
    if len(taken) < 20:
        return f"{len(taken)} answers: too few"
    cuts = statistics.quantiles(taken, n=100)
    return (
        f"{len(taken):,}: p50 {cuts[49]:.0f} ms, p95 {cuts[94]:.0f} ms, p99 {cuts[98]:.0f} ms, at most {taken[-1]:.0f}"
    )


class _Refreshing:
    """A refresh in a process of its own, as the nightly job runs, after something has changed in the store."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._running = threading.Thread(target=self._run)
        self._began = self._ended = 0.0
        self._code: int | None = None

    def begin(self) -> None:
        self._running.start()

    @property
    def is_over(self) -> bool:
        return not self._running.is_alive()

    def covers(self, moment: float) -> bool:
        """Whether it was under way then."""
        return bool(self._began) and self._began <= moment <= (self._ended or moment)

    def told(self) -> str:
        if self._code is None:
            return "it did NOT take place"
        return f"{self._ended - self._began:,.0f} s" + (f"; it FAILED ({self._code})" if self._code else "")

    def _run(self) -> None:
        changed(self._settings, _ONE_IN)
        words = [sys.executable, "-m", "dataport", "refresh", "--home", str(self._settings.home)]
        self._began = time.perf_counter()
        self._code = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
        self._ended = time.perf_counter()


def _sent(asked: Iterator[Asked], keys: Mapping[str, str], server: Server) -> list[Told]:
    """Every question when it is due, whatever became of those before it."""
    told: list[Told] = []
    numbered, drawing, begun = enumerate(asked), threading.Lock(), time.perf_counter()

    def send() -> None:
        connection = server.connection()
        while True:
            with drawing:
                place, one = next(numbered, (0, None))
            if one is None:
                break
            due = begun + place / RATE
            time.sleep(max(0.0, due - time.perf_counter()))
            told.append(_send(connection, one, keys[one.login], due))
        connection.close()

    _together(_SENDERS, send)
    return sorted(told, key=lambda one: one.began)


def _together(count: int, work: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()


def _mixed(told: list[Told], house: House) -> str:
    """How many answers are not of one version, differ from another of the same question, or from what a process says.

    Nothing older may be answered to a question that is asked after something newer was, either; the protected cube
    keeps the version that it was made of.
    """
    found = Counter[str]()
    known: dict[tuple[str, str, str], str] = {}
    answered = [one for one in told if one.status == 200]
    for one in answered:
        found["of two versions"] += str(json.loads(one.body)["meta"]["data_version"]) != one.version
        what = (one.asked.login, repr(one.asked.request), one.version)
        said = json_text(_numbers(json.loads(one.body)))
        found["unlike the same one"] += known.setdefault(what, said) != said
    exact = [one for one in answered if one.version.isdecimal() and not one.asked.is_protected]
    newest = sorted((one.began + one.seconds, int(one.version)) for one in exact)
    for number in sorted({version for _, version in newest})[1:]:
        first = next(ended for ended, version in newest if version == number)
        found["older than one before"] += sum(one.began > first and int(one.version) < number for one in exact)
    compared = answered[:: max(1, len(answered) // _COMPARED)]
    for one in compared:
        found["other than in process"] += not _is_as_in_process(one, house)
    names = ", ".join(f"{number} {name}" for name, number in found.items())
    return f"{sum(found.values())} ({names}; {len(compared)} compared with what a process answers)"


def _is_as_in_process(one: Told, house: House) -> bool:
    there = house.of_version(int(one.version))
    if there is None or one.asked.is_protected:
        return True
    safe = ask(one.asked.request, Asker(one.asked.login, machine_account()), there)
    return _numbers(json.loads(one.body)) == _numbers(json.loads(json_text(as_json(safe))))


def _numbers(told: Mapping[str, Any]) -> dict[str, Any]:
    """What an answer tells; beside it stands by which permissions, whose number grows when they are read again."""
    return {name: told[name] for name in ("columns", "rows", "status", "totals")}


def _beside_port(home: Path, week: Week, keys: Mapping[str, str], server: Server) -> Row:
    """The same new question by HTTP and in process, one after the other; which comes first changes each time."""
    few = Week(week.accounts[:_PORTS], week.longest)  # each port holds the figures open
    asked = list(itertools.islice(few.new(_PAIRS), _PAIRS))
    connection, added, taken = server.connection(), [], []
    ports = {account.login: api.open(str(home), viewer=account.login) for account in few.accounts}
    for place, one in enumerate(asked):
        port = ports[one.login]
        words = {name: value for name, value in one.words.items() if name not in ("indicators", "by")}

        def in_process() -> float:
            return timed(lambda: port.ask(one.words["indicators"], one.words.get("by", ()), **words))  # noqa: B023

        def by_http() -> float:
            return _send(connection, one, keys[one.login], time.perf_counter()).seconds  # noqa: B023

        first, second = (in_process, by_http) if place % 2 else (by_http, in_process)
        both = {first: first(), second: second()}
        taken.append(both[in_process] * 1000)
        added.append((both[by_http] - both[in_process]) * 1000)
    for port in ports.values():
        port.close()
    return (
        f"{_PAIRS} new questions by HTTP beside `port.ask`, one at a time",
        f"{statistics.median(added):+.1f} ms median of what HTTP adds; `port.ask` {statistics.median(taken):.0f} ms",
    )


def _at_once(week: Week, keys: Mapping[str, str], server: Server) -> Row:
    """So many who all ask at the same moment, again and again."""
    before = server.memory("VmRSS")
    asked = iter(list(itertools.islice(week.new(_AT_ONCE), _AT_ONCE * _EACH)))
    ready, told = threading.Barrier(_AT_ONCE), []

    def send() -> None:
        connection = server.connection()
        ready.wait()
        for _ in range(_EACH):
            one = next(asked)
            told.append(_send(connection, one, keys[one.login], time.perf_counter()))
        connection.close()

    _together(_AT_ONCE, send)
    seen = Counter(one.status for one in told)
    named = ", ".join(f"{number:,} of {status or 'no answer'}" for status, number in sorted(seen.items()))
    memory = f"memory from {before:,.0f} to {server.memory('VmRSS'):,.0f} MB"
    return f"{_AT_ONCE} clients at once, {_EACH} new questions each", f"{named}; {_percentiles(told)}; {memory}"


def _hanging_up(week: Week, keys: Mapping[str, str], server: Server) -> Row:
    """Some who ask what takes long, and go: how long until every place at the engine is free again."""
    free = server.metric("slots_free")
    asked = week.long()
    alone = _send(server.connection(), asked, keys[asked.login], time.perf_counter()).seconds
    connections = [server.connection() for _ in range(_HANG_UP)]
    for place, connection in enumerate(connections):
        longer = replace(asked, request=replace(asked.request, top=10_000 + place))
        connection.request("POST", "/api/v1/query", json.dumps(longer.words), _headers(keys[asked.login]))
    time.sleep(0.2)
    for connection in connections:
        connection.close()
    gone = time.perf_counter()
    busy = f"{free - server.metric('slots_free')} of {free} places were taken and {server.metric('waiting')} waited"
    while server.metric("slots_free") < free or server.metric("waiting"):
        time.sleep(0.01)
    seconds = time.perf_counter() - gone
    return (
        f"{_HANG_UP} clients that hang up on a question of {alone:.1f} s",
        f"{busy}; all free again after {seconds:.2f} s",
    )
