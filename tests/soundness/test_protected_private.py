"""What is kept beside a served month, and is not served: the next months are held against it, as it was written."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from itertools import islice
from pathlib import Path

import pytest

from dataport.cube.earlier import earlier_of
from dataport.cube.writing import served_together, write_series
from dataport.disclosure.protected.served import Series, Snapshot
from dataport.errors import Damaged
from soundness.protected_people import FIRST, SECRET, away_and_back, served


def _changed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("kind", ["arrow", "json"])
@pytest.mark.parametrize("harm", [Path.unlink, _changed, _cut])
def test_a_month_of_which_it_is_not_as_it_was_written_is_followed_by_none(
    harm: Callable[[Path], None], kind: str, tmp_path: Path
) -> None:
    served(tmp_path, islice(away_and_back(), 1))
    (folder,) = tmp_path.glob("001-*")
    series = Series(1, 1, "", "", (Snapshot(FIRST, folder.name, _digest(folder)),))
    write_series(tmp_path, series)
    assert earlier_of(tmp_path, series, SECRET.signing).last == FIRST
    assert set(served_together(tmp_path, series)) == {FIRST}
    harm(tmp_path / "private" / f"{FIRST:%Y-%m}.{kind}")
    with pytest.raises(Damaged, match=rf"of {FIRST:%Y-%m} beside what is served \(in cube/private\) is gone in part"):
        earlier_of(tmp_path, series, SECRET.signing)


def _digest(folder: Path) -> str:
    return sha256((folder / "manifest.json").read_bytes()).hexdigest()
