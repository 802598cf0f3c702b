"""Confirmed links: what a file of them may say, and what is said of a line that joins nobody."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from dataport.errors import ContractBroken, WrongRequest
from dataport.warehouse.links import Link, add_link, read_links

HEADER = "source_a,id_a,source_b,id_b,kind,reason,confirmed_by,confirmed_on\n"
GOOD = "one,SENTINEL-1,two,SENTINEL-2,same_person,Asked both offices,M. Otieno,2022-03-01\n"
SOURCES = ("one", "two", "three")


def written(tmp_path: Path, *lines: str, header: str = HEADER) -> Path:
    path = tmp_path / "links.csv"
    path.write_text(header + "".join(lines))
    return path


def test_no_file_is_no_links(tmp_path: Path) -> None:
    found = read_links(tmp_path / "links.csv", SOURCES)
    assert (found.by_line, found.problems, found.digest) == ((), (), "")


def test_a_good_line(tmp_path: Path) -> None:
    found = read_links(written(tmp_path, GOOD), SOURCES)
    (line, link), *more = found.by_line
    assert (line, more, found.problems) == (2, [], ())
    assert link.records == (("one", "SENTINEL-1"), ("two", "SENTINEL-2"))
    assert link.confirmed_on == date(2022, 3, 1)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (GOOD.replace("two", "tow"), "source_b is none of the stores here (one, three, two). Did you mean two?"),
        (GOOD.replace("one,", "ONE,"), "source_a is none of the stores here (one, three, two). Did you mean one?"),
        (GOOD.replace("two", "one"), "it joins two records of one store"),
        (GOOD.replace("Asked both offices", "  "), "reason must be filled in"),
        (GOOD.replace("M. Otieno", ""), "confirmed_by must be filled in"),
        (GOOD.replace("SENTINEL-2", " "), "id_b must be filled in"),
        (GOOD.replace("same_person", "twins"), "kind is same_person or moved"),
        (GOOD.replace("2022-03-01", "1 March"), "confirmed_on is a day, as in 2022-03-01"),
        (GOOD.replace("2022-03-01\n", "2022-03-01,more\n"), "in as many cells as there are columns"),
        ("one,SENTINEL-1\n", "must be filled in"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_used_joins_nobody_and_is_said_without_whom_it_names(
    tmp_path: Path, line: str, why: str
) -> None:
    found = read_links(written(tmp_path, GOOD.replace("SENTINEL", "other"), line), SOURCES)
    assert len(found.by_line) == 1
    (problem,) = found.problems
    assert problem.line == 3 and why in str(problem) and "SENTINEL" not in str(problem)


@pytest.mark.parametrize(
    "line",
    [
        GOOD,
        GOOD.replace("same_person", "moved"),
        "two,SENTINEL-2,one,SENTINEL-1,same_person,The same again,M. Otieno,2022-03-01\n",
        "two,SENTINEL-2,three,SENTINEL-3,same_person,A third record,M. Otieno,2022-03-01\n",
    ],
)
def test_an_earlier_link_holds(tmp_path: Path, line: str) -> None:
    found = read_links(written(tmp_path, GOOD, line), SOURCES)
    assert [line for line, _ in found.by_line] == [2]
    assert "an earlier line joins already" in str(found.problems[0])


def test_one_id_in_two_stores_is_two_records(tmp_path: Path) -> None:
    other = "two,SENTINEL-1,three,SENTINEL-3,same_person,Two people,M. Otieno,2022-03-01\n"
    assert len(read_links(written(tmp_path, GOOD, other), SOURCES).by_line) == 2


@pytest.mark.parametrize(
    "header", ["", "source_a,id_a\n", HEADER.replace("kind", "sort"), HEADER.replace("kind", "reason")]
)
def test_another_file_stops_a_build(tmp_path: Path, header: str) -> None:
    with pytest.raises(ContractBroken, match="its first line must be source_a,id_a"):
        read_links(written(tmp_path, GOOD, header=header), SOURCES)
    (tmp_path / "links.csv").write_bytes(HEADER.encode() + b"\xff\xfe")
    with pytest.raises(ContractBroken, match="not CSV in UTF-8"):
        read_links(tmp_path / "links.csv", SOURCES)


def test_the_digest_is_of_what_is_joined(tmp_path: Path) -> None:
    first = read_links(written(tmp_path, GOOD), SOURCES).digest
    assert (
        read_links(written(tmp_path, "\n", GOOD.replace("Asked", "Asked again in"), "no,line\n"), SOURCES).digest
        == first
    )
    assert read_links(written(tmp_path, GOOD.replace("same_person", "moved")), SOURCES).digest != first


def test_a_link_is_added_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    link = Link("one", 'A, "B"', "two", "X", "moved", "Their file,\nread twice", "M. Otieno", date(2022, 3, 1))
    add_link(path, link, SOURCES)
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text(path.read_text().rstrip("\n"))
    other = Link("one", "C", "three", "D", "same_person", "Asked", "M. Otieno", date(2022, 3, 2))
    add_link(path, other, SOURCES)
    assert [one for _, one in read_links(path, SOURCES).by_line] == [link, other]
    with pytest.raises(WrongRequest, match="joined to another already"):
        add_link(path, Link("two", "X", "three", "E", "same_person", "Asked", "M. Otieno", date(2022, 3, 2)), SOURCES)
    with pytest.raises(WrongRequest, match="two records of one store"):
        add_link(path, Link("two", "P", "two", "Q", "same_person", "Asked", "M. Otieno", date(2022, 3, 2)), SOURCES)
