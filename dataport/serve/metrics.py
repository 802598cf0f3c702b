"""metrics: what a collector is told of a service. No name of a person, a case or an account is in them.

Each process counts by itself, and leaves what it has counted where the others of the service find it: a collector meets
any of them, and is told of all. One that takes the place of another goes on where that one ended, so that nothing that
is counted ever becomes less.
"""

from __future__ import annotations

import json
import mmap
from collections import Counter
from collections.abc import Iterator
from typing import Any

from starlette.requests import Request

from dataport.serve.desk import Desk
from dataport.serve.proxies import is_loopback

_FORWARDED = ("x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via")
_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_GAUGES = {
    "requests_under_way": "Requests that are being answered.",
    "slots_free": "Places at the engine that nobody has.",
    "waiting": "Requests that wait for a place at the engine.",
}
# What the counts of one process take at most: some thousand lines.
_ROOM = 512 * 1024


def is_from_here(request: Request) -> bool:
    """Whether it comes from this machine itself, and through no proxy that says so."""
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    return is_loopback(request.client.host)


class Board:
    """Where the processes of a service leave what they have counted: memory of which those that are forked have a part.

    Each place has room for two: the one that is told, and the one that is written meanwhile.
    """

    def __init__(self, places: int) -> None:
        self._memory = mmap.mmap(-1, places * 2 * _ROOM + places)
        self.places = places

    def leave(self, place: int, told: Any) -> None:
        """Put what a process has counted in its place."""
        written = json.dumps(told, separators=(",", ":")).encode()
        if len(written) > _ROOM:
            return  # it is told again with what it was before, and nothing is cut
        which = 1 - self._which(place)
        start = self._start(place, which)
        self._memory[start : start + len(written) + 1] = written + b"\0"
        self._memory[place] = which

    def told(self, place: int) -> Any:
        """What was left in a place; None where nothing was."""
        for _ in range(5):  # it may be written anew while it is read
            start = self._start(place, self._which(place))
            end = self._memory.find(b"\0", start, start + _ROOM)
            try:
                return json.loads(self._memory[start:end]) if end > start else None
            except ValueError:
                continue
        return None

    def _which(self, place: int) -> int:
        return self._memory[place]

    def _start(self, place: int, which: int) -> int:
        return self.places + (2 * place + which) * _ROOM


class Metrics:
    """Counts of what was asked for, by the template of the address."""

    def __init__(self, board: Board | None = None, place: int = 0) -> None:
        self._board, self._place = board, place
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._took: Counter[tuple[str, float]] = Counter()
        self._seconds: Counter[str] = Counter()
        self._under_way = 0
        if board and (before := board.told(place)):
            self._add(before)

    def begin(self) -> None:
        """A request has come."""
        self._under_way += 1

    def end(self, method: str, route: str, status: int, seconds: float) -> None:
        """It has been answered."""
        self._under_way -= 1
        self._requests[method, route, status] += 1
        self._seconds[route] += seconds  # type: ignore[assignment]
        self._took[route, next((one for one in _BOUNDS if seconds <= one), 0.0)] += 1

    def leave(self, desk: Desk) -> None:
        """Leave what this process has counted where the others find it."""
        if self._board:
            self._board.leave(self._place, self._told(desk))

    def text(self, desk: Desk) -> str:
        """As Prometheus reads them, of all processes of the service."""
        self.leave(desk)
        everything, now = Metrics(), Counter[str]()
        for told in (self._told(desk), *self._others()):
            everything._add(told)
            now.update(told["now"])
        return "\n".join(everything._lines(now)) + "\n"

    def _others(self) -> Iterator[dict[str, Any]]:
        for place in range(self._board.places) if self._board else ():
            if place != self._place and self._board and (told := self._board.told(place)):
                yield told

    def _told(self, desk: Desk) -> dict[str, Any]:
        return {
            "requests": [[*name, count] for name, count in self._requests.items()],
            "took": [[*name, count] for name, count in self._took.items()],
            "seconds": list(self._seconds.items()),
            "now": dict(zip(_GAUGES, (self._under_way, desk.slots.free, desk.slots.waiting), strict=True)),
        }

    def _add(self, told: dict[str, Any]) -> None:
        for method, route, status, count in told["requests"]:
            self._requests[method, route, status] += count
        for route, bound, count in told["took"]:
            self._took[route, bound] += count
        for route, seconds in told["seconds"]:
            self._seconds[route] += seconds

    def _lines(self, now: Counter[str]) -> Iterator[str]:
        yield "# HELP dataport_http_requests_total Requests that were answered."
        yield "# TYPE dataport_http_requests_total counter"
        for (method, route, status), count in sorted(self._requests.items()):
            yield f'dataport_http_requests_total{{method="{method}",route="{route}",status="{status}"}} {count}'
        yield "# HELP dataport_http_request_seconds How long they took."
        yield "# TYPE dataport_http_request_seconds histogram"
        for route, seconds in sorted(self._seconds.items()):
            took = 0
            for bound in _BOUNDS:
                took += self._took[route, bound]
                yield f'dataport_http_request_seconds_bucket{{route="{route}",le="{bound:g}"}} {took}'
            count = took + self._took[route, 0.0]  # those that took longer than any bound
            yield f'dataport_http_request_seconds_bucket{{route="{route}",le="+Inf"}} {count}'
            yield f'dataport_http_request_seconds_sum{{route="{route}"}} {seconds:.6f}'
            yield f'dataport_http_request_seconds_count{{route="{route}"}} {count}'
        for name, what in _GAUGES.items():
            yield f"# HELP dataport_http_{name} {what}"
            yield f"# TYPE dataport_http_{name} gauge"
            yield f"dataport_http_{name} {now[name]}"
