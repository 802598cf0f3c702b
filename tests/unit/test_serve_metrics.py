"""What a collector is told: of all processes of a service, whichever it meets, and never less than before."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import pytest

from dataport.serve.metrics import Board, Metrics

DESK: Any = SimpleNamespace(slots=SimpleNamespace(free=2, waiting=1))
ASKED = ("POST", "/api/v1/query", 200)


def told(metrics: Metrics) -> dict[str, float]:
    lines = (line.rpartition(" ") for line in metrics.text(DESK).splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def answered(metrics: Metrics, *seconds: float) -> None:
    for one in seconds:
        metrics.begin()
        metrics.end(*ASKED, one)


REQUESTS = 'dataport_http_requests_total{method="POST",route="/api/v1/query",status="200"}'


def test_a_histogram_adds_up() -> None:
    metrics = Metrics()
    answered(metrics, 0.001, 0.03, 0.03, 0.5, 100.0)
    metrics.begin()
    found = told(metrics)

    def bucket(bound: str) -> float:
        return found[f'dataport_http_request_seconds_bucket{{route="/api/v1/query",le="{bound}"}}']

    assert [bucket(one) for one in ("0.005", "0.025", "0.05", "0.5", "60", "+Inf")] == [1, 1, 3, 4, 4, 5]
    assert found['dataport_http_request_seconds_count{route="/api/v1/query"}'] == found[REQUESTS] == 5
    assert found['dataport_http_request_seconds_sum{route="/api/v1/query"}'] == pytest.approx(100.561)
    assert (found["dataport_http_requests_under_way"], found["dataport_http_waiting"]) == (1, 1)


def test_whichever_process_is_asked_tells_of_all_and_nothing_becomes_less() -> None:
    board = Board(2)
    one, other = Metrics(board, 0), Metrics(board, 1)
    answered(one, 0.1)
    assert told(other).get(REQUESTS) is None  # nothing was left there yet
    seen = [0.0]
    for asked in (one, other, one, one, other):
        answered(one, 0.1)
        answered(other, 0.2, 0.3)
        seen.append(told(asked)[REQUESTS])
    assert seen == sorted(seen)
    one.leave(DESK)
    assert told(other)[REQUESTS] == 16
    assert told(one)["dataport_http_slots_free"] == 4


def test_a_process_that_takes_the_place_of_another_goes_on_where_it_ended() -> None:
    board = Board(2)
    killed = Metrics(board, 1)
    killed.begin()  # it was answering this one
    answered(killed, 0.1, 0.2)
    killed.leave(DESK)
    again, other = Metrics(board, 1), Metrics(board, 0)
    again.leave(DESK)
    assert told(other)[REQUESTS] == told(again)[REQUESTS] == 2
    assert told(other)["dataport_http_requests_under_way"] == 0


def test_what_was_left_is_whole_while_it_is_written_and_what_is_too_much_is_not_left() -> None:
    board = Board(1)
    assert board.told(0) is None
    board.leave(0, {"n": 1})
    board.leave(0, {"n": [2] * 10})
    assert board.told(0) == {"n": [2] * 10}
    board.leave(0, {"n": 3})
    board.leave(0, {"n": "x" * 2**20})
    assert board.told(0) == {"n": 3}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes of a service are forked")
def test_forked_processes_have_a_part_in_it() -> None:
    board = Board(2)
    child = os.fork()
    if not child:
        board.leave(1, {"n": 1})
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert board.told(1) == {"n": 1}
