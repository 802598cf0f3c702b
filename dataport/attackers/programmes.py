"""Linear programmes, solved by HiGHS: the least and the greatest that one number can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from highspy import _core

from dataport.attackers.downloaded import Floats, Longs


@dataclass(frozen=True, slots=True)
class Programme:
    """Numbers with their bounds, and sums of some of them with theirs."""

    least: Floats
    most: Floats
    sums: tuple[tuple[Longs, float, float], ...]


def bounds(programme: Programme, places: Sequence[int]) -> list[tuple[float, float]]:
    """The least and the greatest that each of some of the numbers can be; nothing where the sums allow no numbers."""
    # the class under it: `Highs` itself says its name on standard output when it is made
    solver = _core._Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.passModel(_model(programme))
    solver.run()
    if solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        return []
    return [(_solved(solver, place, 1.0), _solved(solver, place, -1.0)) for place in places]


def _solved(solver: Any, place: int, sign: float) -> float:
    """The optimum of one number; what was solved before is where the solver goes on from."""
    solver.changeColCost(place, sign)
    solver.run()
    status, value = solver.getModelStatus(), float(solver.getInfo().objective_function_value)
    solver.changeColCost(place, 0.0)
    return sign * value if status == highspy.HighsModelStatus.kOptimal else -sign * np.inf


def _model(programme: Programme) -> Any:
    model = highspy.HighsLp()
    size = len(programme.least)
    model.num_col_, model.num_row_ = size, len(programme.sums)
    model.col_cost_ = np.zeros(size)
    model.col_lower_, model.col_upper_ = programme.least, np.minimum(programme.most, highspy.kHighsInf)
    model.row_lower_ = np.array([least for _, least, _ in programme.sums])
    model.row_upper_ = np.array([most for _, _, most in programme.sums])
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.cumsum([0, *(len(rows) for rows, _, _ in programme.sums)]).astype(np.int32)
    index = np.concatenate([np.zeros(0, dtype=np.int64), *(rows for rows, _, _ in programme.sums)])
    model.a_matrix_.index_ = index.astype(np.int32)
    model.a_matrix_.value_ = np.ones(len(index))
    return model
