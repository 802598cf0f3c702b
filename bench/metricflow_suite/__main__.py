"""python -m bench.metricflow_suite [--repository PATH]: MetricFlow's own suite of answers, asked of Dataport.

Every case is translated by this program, over the same tables: right, refused by Dataport, not expressible in its
definitions, or wrong; with all types stated, with those of levels alone, and with none. ``--json FILE`` keeps every
case; ``--case NAME`` shows one whole.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import get_args

from bench.metricflow_suite.report import printed
from bench.metricflow_suite.repository import Missing, located, revision
from bench.metricflow_suite.running import outcomes
from bench.metricflow_suite.tables import loaded
from bench.metricflow_suite.translating import Types


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.metricflow_suite", description=__doc__)
    parser.add_argument("--repository", type=Path, help="a checkout, or a bare git directory; cloned otherwise")
    parser.add_argument("--json", type=Path, help="where to write every case with its outcome and reason")
    parser.add_argument("--case", help="only the cases with this name, with their definitions and answers")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dataport-metricflow-suite-") as folder:
        try:
            root = located(asked.repository, Path(folder))
        except Missing as missing:
            print(missing, file=sys.stderr)
            return 2
        tables = loaded(root, Path(folder) / "suite.duckdb")
        found = {types: outcomes(root, tables, Path(folder), types, asked.case) for types in get_args(Types)}
    print(printed(found, revision(asked.repository)))
    if asked.json:
        kept = {types: [one.as_dict() for one in some] for types, some in found.items()}
        asked.json.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    return any(one.verdict == "wrong" for some in found.values() for one in some)


if __name__ == "__main__":
    sys.exit(main())
