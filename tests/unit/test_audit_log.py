"""The log of looks: every way of tampering that it must notice, and what it does when it cannot write."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dataport.audit import NOT_DETECTABLE, AuditFailed, AuditLog, Choice, Look, begin_log
from dataport.audit.chain import seal
from dataport.audit.heads import Heads
from dataport.errors import WrongRequest
from dataport.keyring import Key, Keys

ONE, TWO = Key("audit", 1, b"k" * 32), Key("audit", 2, b"l" * 32)
LOOK = Look("ask", "a@example.org", "os", "registration", None, "active individuals", "d", 1, 1, "answered", 3)


def log_of(folder: Path, *keys: Key, heads: Heads | None = None) -> AuditLog:
    return AuditLog(_path(folder), heads or Heads(folder / "outside" / "heads.json"), Keys(keys or (ONE,)))


def _path(folder: Path) -> Path:
    return folder / "home" / "audit" / "looks.jsonl"


def _write(folder: Path, count: int, *keys: Key) -> AuditLog:
    log = log_of(folder, *keys)
    for _ in range(count):
        log.write(LOOK)
    return log


def _lines(folder: Path) -> list[str]:
    return _path(folder).read_text(encoding="utf-8").splitlines(keepends=True)


def _first(log: AuditLog) -> Any:
    return next(iter(log.entries()))


def test_an_empty_log_and_a_written_one_are_in_order(tmp_path: Path) -> None:
    assert log_of(tmp_path).verify().intact
    log = _write(tmp_path, 3)
    assert (log.verify().intact, log.verify().looks) == (True, 3)
    assert [entry["number"] for entry in log.entries()] == [1, 2, 3]
    assert log.trouble() is None


def _changed(lines: list[str]) -> list[str]:
    return [lines[0], lines[1].replace("a@example.org", "b@example.org"), *lines[2:]]


TAMPERED: dict[str, Callable[[list[str]], list[str]]] = {
    "a changed line": _changed,
    "a removed line": lambda lines: [lines[0], *lines[2:]],
    "a removed first line": lambda lines: lines[1:],
    "an inserted line": lambda lines: [lines[0], lines[0], *lines[1:]],
    "two lines swapped": lambda lines: [lines[1], lines[0], *lines[2:]],
    "a line that is no JSON": lambda lines: [lines[0], "what?\n", *lines[1:]],
    "a line that is no object": lambda lines: [lines[0], "[]\n", *lines[1:]],
    "a line of brackets without end": lambda lines: [lines[0], "[" * 100_000 + "\n", *lines[1:]],
    "an entry that is none": lambda lines: [lines[0], '{"entry": [1], "mac": "0"}\n', *lines[1:]],
    "a seal that is none": lambda lines: [lines[0], '{"entry": {"number": 2, "key": 1}, "mac": 5}\n', *lines[1:]],
    "a statement of loss put in": lambda lines: [
        '{"entry": {"number": 2, "key": 1, "former": {"number": 1, "mac": "00"}}, "mac": "00"}\n',
        *lines[1:],
    ],
    "a line with more in it": lambda lines: [lines[0], lines[1].replace('"mac"', '"more": 1, "mac"'), *lines[2:]],
    "a line with its entry twice": lambda lines: [
        lines[0],
        lines[1].replace('{"entry"', '{"entry": {"viewer": "nobody"}, "entry"', 1),
        *lines[2:],
    ],
    "a line written otherwise": lambda lines: [lines[0], lines[1].replace(": ", ":", 1), *lines[2:]],
    "a cut tail": lambda lines: lines[:-1],
    "a tail cut by two": lambda lines: lines[:-2],
    "a tail cut inside a line": lambda lines: [*lines[:-1], lines[-1][:40]],
    "an emptied log": lambda lines: [],
}


@pytest.mark.parametrize("what", TAMPERED)
def test_tampering_is_noticed_and_has_a_way_out(tmp_path: Path, what: str) -> None:
    log = _write(tmp_path, 4)
    _path(tmp_path).write_text("".join(TAMPERED[what](_lines(tmp_path))))
    verdict = log.verify()
    assert not verdict.intact and verdict.problem
    assert f"`dataport audit begin --reason TEXT --home {tmp_path / 'home'}`" in str(verdict.advice)


@pytest.mark.parametrize("what", ["a cut tail", "a tail cut by two", "a tail cut inside a line", "an emptied log"])
def test_a_cut_log_takes_no_further_look(tmp_path: Path, what: str) -> None:
    """Otherwise the next look would move the head, and the cut would have healed by itself."""
    log = _write(tmp_path, 4)
    _path(tmp_path).write_text("".join(TAMPERED[what](_lines(tmp_path))))
    with pytest.raises(AuditFailed, match=r"Nothing is shown, because the audit log (is gone|does not end where)"):
        log.write(LOOK)
    assert "Questions are refused, because the audit log" in str(log.trouble())


def test_a_log_whose_first_look_is_written_meanwhile_is_not_taken_for_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever verifies finds no log, and by the time the head is read there is one."""
    log, plain = log_of(tmp_path), os.open

    def opened(path: Any, *words: Any, **more: Any) -> int:
        if str(path).endswith(".jsonl") and not Path(path).exists():
            try:
                return plain(path, *words, **more)
            finally:
                monkeypatch.undo()
                _write(tmp_path, 1)
        return plain(path, *words, **more)

    monkeypatch.setattr(os, "open", opened)
    assert log.verify().intact
    assert log.verify().looks == 1


def test_a_removed_log_is_noticed_and_the_refusal_says_how_many_looks_it_held(tmp_path: Path) -> None:
    log = _write(tmp_path, 2)
    _path(tmp_path).unlink()
    assert not log.verify().intact
    said = r"2 looks were written down at this place, and none of them is left\. Bring the log back .* `dataport audit "
    with pytest.raises(AuditFailed, match=said):
        log.write(LOOK)


def test_another_key_does_not_verify(tmp_path: Path) -> None:
    _write(tmp_path, 2)
    assert not log_of(tmp_path, Key("audit", 1, b"x" * 32)).verify().intact


def test_a_log_goes_on_under_a_newer_key_and_the_older_still_reads_its_lines(tmp_path: Path) -> None:
    _write(tmp_path, 2, ONE)
    log = _write(tmp_path, 2, ONE, TWO)
    assert [entry["key"] for entry in log.entries()] == [1, 1, 2, 2]
    assert (log.verify().intact, log.verify().looks) == (True, 4)
    assert log.digest("Amina") != log_of(tmp_path, ONE).digest("Amina"), "the newest key makes digests"


def test_a_line_of_a_key_that_was_removed_is_a_problem_that_is_said(tmp_path: Path) -> None:
    _write(tmp_path, 2, ONE)
    log = _write(tmp_path, 1, ONE, TWO)
    verdict = log_of(tmp_path, TWO).verify()
    said = "line 1 is sealed with version 1 of the audit key, which the keyring does not have"
    assert (verdict.intact, verdict.looks, verdict.problem) == (False, 0, said)
    assert str(verdict.advice).startswith("Bring the keyring that has it back from a copy.")
    verdict = log_of(tmp_path, ONE).verify()
    assert (verdict.looks, verdict.problem) == (2, said.replace("line 1", "line 3").replace("version 1", "version 2"))
    assert log.verify().intact


def test_a_key_that_was_replaced_seals_nothing_more(tmp_path: Path) -> None:
    _write(tmp_path, 1, ONE, TWO)
    with pytest.raises(AuditFailed, match="a newer version of the audit key than the keyring has"):
        log_of(tmp_path, ONE).write(LOOK)
    last = json.loads(_lines(tmp_path)[0])
    entry = last["entry"] | {"number": 2, "key": 1}
    with _path(tmp_path).open("a") as file:
        file.write(json.dumps({"entry": entry, "mac": seal(last["mac"], entry, ONE)}) + "\n")
    said = "line 2 is sealed with version 1 of the audit key, although the line before it has a newer one"
    assert log_of(tmp_path, ONE, TWO).verify().problem == said


def test_a_line_whose_key_was_renamed_is_noticed(tmp_path: Path) -> None:
    log = _write(tmp_path, 2, ONE, TWO)
    _path(tmp_path).write_text("".join(line.replace('"key": 2', '"key": 1') for line in _lines(tmp_path)))
    assert not log.verify().intact


def test_a_writer_that_stopped_in_the_middle_of_a_line_loses_only_that_line(tmp_path: Path) -> None:
    log = _write(tmp_path, 2)
    with _path(tmp_path).open("a") as file:
        file.write('{"entry": {"number": 3, "vi')
    assert log.verify().intact and len(list(log.entries())) == 2
    log.write(LOOK)
    assert (log.verify().intact, log.verify().looks) == (True, 3)


def test_lines_of_any_length_are_read_from_the_end(tmp_path: Path) -> None:
    log = log_of(tmp_path)
    for length in (1, 3_000, 5_000, 50_000, 10):
        log.write(replace(LOOK, question="x" * length))
        with _path(tmp_path).open("a") as file:
            file.write("y" * length)
    assert (log.verify().intact, log.verify().looks) == (True, 5)


def test_a_writer_that_stopped_before_moving_the_head_loses_nothing(tmp_path: Path) -> None:
    log = _write(tmp_path, 2)
    heads = (tmp_path / "outside" / "heads.json").read_text()
    log.write(LOOK)
    (tmp_path / "outside" / "heads.json").write_text(heads)
    assert log.verify().intact
    log.write(LOOK)
    assert (log.verify().intact, log.verify().looks) == (True, 4)


def test_a_log_without_its_head_is_not_trusted_however_short(tmp_path: Path) -> None:
    for count in (1, 2):
        log = _write(tmp_path / str(count), count)
        (tmp_path / str(count) / "outside" / "heads.json").unlink()
        assert not log.verify().intact
        with pytest.raises(AuditFailed, match="run `dataport audit adopt --home"):
            log.write(LOOK)
        with pytest.raises(WrongRequest, match=r"itself is in order\. .*`dataport audit adopt --home"):
            begin_log(log, "operator", "I would rather forget")


@pytest.mark.parametrize("text", ["", "[]", '{"HERE": 5}', '{"HERE": {"number": 1}}'])
def test_heads_that_are_none_stop_looks_and_are_said(tmp_path: Path, text: str) -> None:
    log = _write(tmp_path, 1)
    (tmp_path / "outside" / "heads.json").write_text(text.replace("HERE", str(_path(tmp_path))))
    for act in (lambda: log.write(LOOK), log.verify, log.trouble):
        with pytest.raises(AuditFailed, match="does not hold the heads of audit logs"):
            act()


def test_a_moved_log_is_adopted_only_where_no_head_contradicts_it(tmp_path: Path) -> None:
    log = _write(tmp_path / "old", 2)
    heads = Heads(tmp_path / "old" / "outside" / "heads.json")
    moved = log_of(tmp_path / "new", heads=heads)
    _path(tmp_path / "new").parent.mkdir(parents=True)
    _path(tmp_path / "new").write_bytes(_path(tmp_path / "old").read_bytes())
    assert not moved.verify().intact
    assert moved.adopt().intact and moved.verify().intact
    _path(tmp_path / "old").write_text(_lines(tmp_path / "old")[0])
    assert not log.adopt().intact


def test_a_log_that_is_gone_begins_anew_and_says_for_ever_what_is_lost(tmp_path: Path) -> None:
    log = _write(tmp_path, 3)
    head = json.loads(_lines(tmp_path)[-1])["mac"]
    _path(tmp_path).unlink()
    verdict = begin_log(log, "operator", "  the disk\nfailed ")
    assert (verdict.intact, verdict.looks) == (True, 0)
    first = _first(log)
    assert first["former"] == {"number": 3, "mac": head}
    assert (first["number"], first["door"], first["os_user"], first["purpose"], first["outcome"]) == (
        4, "begin", "operator", "the disk failed", "begun",
    )  # fmt: skip
    _write(tmp_path, 2)
    verdict = log.verify()
    assert (verdict.intact, verdict.looks) == (True, 2)
    assert verdict.lost is not None
    assert (verdict.lost.looks, verdict.lost.os_user, verdict.lost.reason) == (3, "operator", "the disk failed")
    _path(tmp_path).unlink()
    begin_log(log, "operator", "once more")
    assert _first(log)["former"]["number"] == 6, "what was lost before is among what is lost now"


def test_the_line_that_states_a_loss_cannot_be_changed_removed_or_moved(tmp_path: Path) -> None:
    log = _write(tmp_path, 3)
    _path(tmp_path).unlink()
    begin_log(log, "operator", "the disk failed")
    _write(tmp_path, 2)
    lines = _lines(tmp_path)
    for change in (
        [lines[0].replace("the disk failed", "nothing"), *lines[1:]],
        [lines[0].replace('"number": 3', '"number": 0'), *lines[1:]],
        lines[1:],
        [lines[0], lines[0], *lines[1:]],
        lines[:1],
        [],
    ):
        _path(tmp_path).write_text("".join(change))
        assert not log.verify().intact, change[:1]
    _path(tmp_path).write_text("".join(lines))
    assert log.verify().intact


def test_a_statement_of_loss_inside_a_log_hides_nothing_before_it(tmp_path: Path) -> None:
    """Even one with a right seal is out of order there: else all before it could be cut off."""
    log = _write(tmp_path, 3)
    kept = _lines(tmp_path)
    _path(tmp_path).unlink()
    begin_log(log, "operator", "the disk failed")
    _path(tmp_path).write_text("".join([*kept, *_lines(tmp_path)]))
    assert log.verify().problem == "line 4 was changed, inserted, or follows one that was removed"


@pytest.mark.parametrize("what", ["a changed line", "a tail cut by two", "a line of brackets without end"])
def test_a_log_that_is_not_in_order_is_set_aside_with_its_checksum(tmp_path: Path, what: str) -> None:
    log = _write(tmp_path, 4)
    _path(tmp_path).write_text("".join(TAMPERED[what](_lines(tmp_path))))
    left = _path(tmp_path).read_bytes()
    assert begin_log(log, "operator", "nobody has a copy").intact
    former = _first(log)["former"]
    assert (former["number"], former["kept_as"]) == (4, "looks-before-000005.jsonl")
    kept = _path(tmp_path).with_name(former["kept_as"])
    assert kept.read_bytes() == left and kept.stat().st_mode & 0o077 == 0
    log.write(LOOK)
    assert log.verify().intact


def test_a_log_without_head_that_is_not_in_order_begins_behind_what_is(tmp_path: Path) -> None:
    log = _write(tmp_path, 4)
    _path(tmp_path).write_text("".join(_changed(_lines(tmp_path))))
    (tmp_path / "outside" / "heads.json").unlink()
    assert begin_log(log, "operator", "nobody has a copy").intact
    assert _first(log)["number"] == 2


def test_a_log_whose_head_is_older_than_it_gives_no_number_twice(tmp_path: Path) -> None:
    log = _write(tmp_path, 1)
    heads = (tmp_path / "outside" / "heads.json").read_text()
    _write(tmp_path, 3)
    (tmp_path / "outside" / "heads.json").write_text(heads)
    assert begin_log(log, "operator", "the head was restored from an old copy").intact
    assert _first(log)["number"] == 5


def test_nothing_is_begun_where_nothing_is_lost_or_no_reason_is_given(tmp_path: Path) -> None:
    for log in (log_of(tmp_path), _write(tmp_path, 2)):
        with pytest.raises(WrongRequest, match="nothing is to be begun"):
            begin_log(log, "operator", "why not")
    _path(tmp_path).unlink()
    for reason in ("", " \n", "x" * 501):
        with pytest.raises(WrongRequest, match="Say in up to 500 characters why"):
            begin_log(log, "operator", reason)
    assert not log.verify().intact


def test_begin_that_was_stopped_half_way_can_be_repeated(tmp_path: Path) -> None:
    log = _write(tmp_path, 3)
    heads = (tmp_path / "outside" / "heads.json").read_text()
    _path(tmp_path).write_text("")  # set aside and emptied, and then the power failed
    begin_log(log, "operator", "the disk failed")
    (tmp_path / "outside" / "heads.json").write_text(heads)  # written, and then the power failed
    assert log.verify().intact
    log.write(LOOK)
    assert (log.verify().intact, log.verify().looks) == (True, 1)


def test_what_cannot_be_written_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    with pytest.raises(AuditFailed, match="so nothing is shown"):
        log_of(tmp_path).write(LOOK)


def test_the_log_is_private_and_holds_digests_only_its_key_can_make(tmp_path: Path) -> None:
    log = _write(tmp_path, 1)
    assert _path(tmp_path).stat().st_mode & 0o077 == 0
    assert log.digest("Amina") != log_of(tmp_path, Key("audit", 1, b"x" * 32)).digest("Amina")
    assert _first(log)["outcome"] == "answered"


def test_what_is_exported_is_the_chain_itself(tmp_path: Path) -> None:
    log = _write(tmp_path, 3)
    again = [{"entry": {k: v for k, v in one.items() if k != "mac"}, "mac": one["mac"]} for one in log.export()]
    assert again == [json.loads(line) for line in _lines(tmp_path)]


def test_a_log_that_is_not_in_order_is_not_exported_unless_somebody_says_so(tmp_path: Path) -> None:
    log = _write(tmp_path, 4)
    _path(tmp_path).write_text("".join([*_changed(_lines(tmp_path))[:3], "what?\n"]))
    with pytest.raises(AuditFailed, match="Nothing is exported, because line 2 was changed"):
        log.export()
    assert [one["viewer"][0] for one in log.export(verified=False)] == ["a", "b", "a"]


def test_a_log_that_changes_while_it_is_exported_is_noticed(tmp_path: Path) -> None:
    log = log_of(tmp_path)
    for _ in range(40):
        log.write(replace(LOOK, question="x" * 5_000))
    handed_out = log.export()
    next(handed_out)
    text = _path(tmp_path).read_text()
    _path(tmp_path).write_text(text[: len(text) // 2] + text[len(text) // 2 :].replace("a@ex", "b@ex"))
    with pytest.raises(AuditFailed, match="was changed while it was exported"):
        list(handed_out)


def test_looks_are_chosen_by_viewer_outcome_and_day() -> None:
    entry = {"at": "2022-03-05T23:59:59.999999+00:00", "viewer": "ana", "outcome": "refused"}
    for choice, takes in (
        (Choice(), True),
        (Choice(viewer="ana"), True),
        (Choice(viewer="an"), False),
        (Choice(outcome="refused"), True),
        (Choice(outcome="answered"), False),
        (Choice(since=date(2022, 3, 5), until=date(2022, 3, 5)), True),
        (Choice(since=date(2022, 3, 6)), False),
        (Choice(until=date(2022, 3, 4)), False),
    ):
        assert choice.takes(entry) is takes, choice


def test_what_is_said_not_to_be_detectable_is_not_and_only_that(tmp_path: Path) -> None:
    """Whoever changes what the log can find changes the sentence, and this."""
    assert NOT_DETECTABLE.startswith(
        "a rewrite by somebody who holds a version of the audit key and can change the head"
    )
    log = _write(tmp_path / "rewritten", 3)
    for path in (_path(tmp_path / "rewritten"), tmp_path / "rewritten" / "outside" / "heads.json"):
        path.unlink()
    assert _write(tmp_path / "rewritten", 2).verify().intact, "a rewrite with key and head"
    assert "the removal of the log together with that head" in NOT_DETECTABLE
    for path in (_path(tmp_path / "rewritten"), tmp_path / "rewritten" / "outside" / "heads.json"):
        path.unlink()
    assert log.verify().intact
    assert "what was cut off before `dataport audit adopt`" in NOT_DETECTABLE
    _write(tmp_path / "cut", 3)
    _path(tmp_path / "cut").write_text("".join(_lines(tmp_path / "cut")[:2]))
    (tmp_path / "cut" / "outside" / "heads.json").unlink()
    assert log_of(tmp_path / "cut").adopt().intact
    # With the key alone, or the head alone, it is noticed.
    log = _write(tmp_path / "key", 3)
    _path(tmp_path / "key").unlink()
    elsewhere = AuditLog(_path(tmp_path / "key"), Heads(tmp_path / "forger.json"), Keys((ONE,)))
    elsewhere.write(LOOK)
    assert not log.verify().intact
