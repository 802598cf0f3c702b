"""The plan is arithmetic on published figures: exact at scale 1, within 1 and unbiased below it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from dataport.dictionary.seeds import read_seed
from dataport.errors import WrongRequest
from dataport.synthetic import Plan, first_phase, plan, plan_some
from dataport.synthetic.plan import CELLS, round_systematically
from dataport.synthetic.seeds import LEGAL_STATUS_OF, operations, published

CELL_COLUMNS = [cell for cell in CELLS if cell != "unknown"]


@pytest.fixture(scope="module")
def whole() -> Plan:
    return plan(1.0)


def test_the_universe_has_the_three_checked_sums() -> None:
    rows = read_seed("published/demographics_2021")
    totals = [int(row["total"]) for row in rows]
    remainders = [int(row["total"]) - sum(int(row[cell]) for cell in CELL_COLUMNS) for row in rows]
    assert (len({row["country_of_asylum_code"] for row in rows}), len(rows), sum(totals)) == (85, 5183, 11_372_105)
    assert (sum(1 for left in remainders if left > 0), sum(remainders), min(remainders)) == (143, 100_528, 0)
    key = ("country_of_asylum_code", "country_of_origin_code", "population_type_code", "location_name",
           "settlement_code", "accommodation_code")  # fmt: skip
    assert len({tuple(row[part] for part in key) for row in rows}) == 5183


def test_at_scale_one_every_published_cell_is_met(whole: Plan) -> None:
    planned = {}
    for operation in whole.operations:
        for row, cells in zip(operation.rows[: operation.calibrated_count], operation.active.tolist(), strict=False):
            planned[row.country_of_asylum_code, row.country_of_origin_code, row.population_type_code, row.location_name,
                    row.settlement_code, row.accommodation_code] = cells  # fmt: skip
    checked = 0
    for row in read_seed("published/demographics_2021"):
        expected = [int(row[cell]) for cell in CELL_COLUMNS]
        expected.append(int(row["total"]) - sum(expected))
        assert planned[tuple(row.values())[:6]] == expected
        checked += len(expected)
    assert checked == 5183 * 13


def test_only_refugees_and_asylum_seekers_are_calibrated(whole: Plan) -> None:
    assert {row.population_type_code for row in published("demographics_2021")} == {"REF", "ASY"}
    others = {row.population_type_code for o in whole.operations for row in o.rows[o.calibrated_count :]}
    assert others == {"OIP", "STA", "RET", "OOC"}
    assert LEGAL_STATUS_OF == {"ASY": "ASR"}


def test_all_operations_hold_the_anchors_of_the_project(whole: Plan) -> None:
    assert (len(whole.operations), whole.records, whole.active) == (117, 21_400_000, 12_300_000)


def test_the_first_seventy_three_operations_hold_the_anchors_of_the_start() -> None:
    start = plan(1.0, onboarded=73)
    assert (len(start.operations), start.records, start.active) == (73, 10_200_000, 5_800_000)


def test_operations_are_numbered_without_gaps_and_targets_hold_the_calibrated() -> None:
    known = operations()
    assert [operation.onboarding_order for operation in known] == list(range(1, 118))
    people: dict[str, int] = {}
    for row in published("demographics_2021"):
        people[row.country_of_asylum_code] = people.get(row.country_of_asylum_code, 0) + row.total
    for operation in known:
        calibrated = people.get(operation.country_code, 0)
        assert operation.record_target >= operation.active_target >= calibrated
        assert operation.is_calibrated == (calibrated > 0)


@pytest.mark.parametrize("scale", [0.001, 0.01, 0.37])
def test_below_scale_one_each_country_is_within_one_of_published_times_scale(scale: float, whole: Plan) -> None:
    for small, exact in zip(plan(scale).operations, whole.operations, strict=True):
        calibrated = small.active[: small.calibrated_count].sum() - exact.active[: exact.calibrated_count].sum() * scale
        assert abs(calibrated) < 1
        assert abs(small.active.sum() - exact.active.sum() * scale) < 1


def test_no_cell_is_biased_over_random_starts() -> None:
    scale, seeds = 0.05, range(400)
    exact = plan_some(1.0, ["RWA"]).operations[0].active
    mean = np.mean([plan_some(scale, ["RWA"], seed).operations[0].active for seed in seeds], axis=0)
    # A rounded cell is one of two neighbours, so its standard error is at most 0.5 / sqrt(400).
    assert np.abs(mean - exact * scale).max() < 5 * 0.5 / np.sqrt(len(seeds))
    assert np.abs(mean - exact * scale).mean() < 0.025


def test_the_plan_of_some_operations_is_that_of_all() -> None:
    every = {o.operation.operation_code: o for o in plan(0.01).operations}
    for operation in plan_some(0.01, ["KEN", "JOR"]).operations:
        same = every[operation.operation.operation_code]
        assert np.array_equal(operation.active, same.active) and np.array_equal(operation.others, same.others)


def test_another_seed_gives_another_sample() -> None:
    def cells(seed: int) -> Iterable[int]:
        return np.concatenate([o.active.ravel() for o in plan(0.01, seed=seed).operations]).tolist()

    assert cells(1) == cells(1) != cells(2)


@pytest.mark.parametrize("start", [0.0, 0.5, 1 - 2**-53])
def test_whole_weights_stay_whole_from_every_start(start: float) -> None:
    weights = np.array([[3.0, 0.0, 1.0], [0.0, 2_000_000.0, 5.0]])
    assert round_systematically(weights, start).tolist() == [[3, 0, 1], [0, 2_000_000, 5]]


@pytest.mark.parametrize("scale", [0.0, -0.1, 1.5])
def test_a_scale_out_of_range_is_refused(scale: float) -> None:
    with pytest.raises(WrongRequest, match="Use 0 < scale <= 1"):
        plan(scale)


@pytest.mark.parametrize("onboarded", [0, 118])
def test_a_number_of_operations_out_of_range_is_refused(onboarded: int) -> None:
    with pytest.raises(WrongRequest, match="Use 1 to 117"):
        plan(0.01, onboarded)


def test_every_published_place_has_exactly_one_code() -> None:
    rows = read_seed("location")
    codes = [row["location_code"] for row in rows]
    places = [(row["country_code"], row["location_name"]) for row in rows]
    assert len(set(codes)) == len(codes) and len(set(places)) == len(places)
    named = {
        (row.country_of_asylum_code, row.location_name)
        for name in ("demographics_2021", "other_2021")
        for row in published(name)
    }
    assert named <= set(places)


def test_a_place_lies_in_one_of_a_higher_level_of_its_country() -> None:
    known = {row["location_code"]: row for row in read_seed("location")}
    parents = [(row, known[row["parent_code"]]) for row in known.values() if row["parent_code"]]
    assert len(parents) > 100
    for row, parent in parents:
        assert parent["country_code"] == row["country_code"] and int(parent["level"]) < int(row["level"])


def test_the_pages_name_the_operations_that_there_are() -> None:
    root = Path(__file__).resolve().parents[2]
    first, all_ = first_phase(), len(operations())
    assert f"[--onboarded {first}..{all_}]" in (root / "docs" / "architecture.md").read_text(encoding="utf-8")
    told = " ".join((root / "seeds" / "README.md").read_text(encoding="utf-8").split())
    assert f"All {all_} hold" in told
    assert f"the first {first} hold" in told
