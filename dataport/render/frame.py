"""frame: an answer for pandas, whose whole numbers stay whole and whose unknown ones are no numbers."""

from __future__ import annotations

from typing import Any

import pandas
import pyarrow as pa


def frame_of(rows: pa.Table) -> Any:
    """A frame with the types of Arrow: pandas' own turn whole numbers with a gap into fractions."""
    return rows.to_pandas(types_mapper=pandas.ArrowDtype)
