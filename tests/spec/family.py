"""Chapter: a case over time. A family of five over six years, as an officer of the Kenya office sees it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from datetime import date, datetime
from typing import Any

from figures import OPEN_END, Row
from opened import group, held, member, person

TITLE, FILE = "A case over time", "case.md"
SAYS = "what happened to a family, what is different since, and the family on a day and on two days side by side."
GROUP = "g-7"

_ARRIVED, _BIRTH, _DECIDED = datetime(2017, 3, 7, 10), datetime(2017, 9, 2, 9), datetime(2018, 2, 12, 14)
_SPLIT, _VERIFIED, _SYNCED = datetime(2019, 6, 3, 11), datetime(2020, 9, 15, 8), datetime(2020, 11, 20, 23)
_CORRECTED, _LEFT, _CAME_BACK = datetime(2021, 2, 10, 16), datetime(2021, 4, 1, 9), datetime(2021, 10, 4, 10)
ABROAD = {"business_unit_id": "UGA-CO", "country_of_asylum_code": "UGA"}


def _lived(make: Any, *changes: tuple[datetime, Mapping[str, Any]], until: datetime = OPEN_END) -> list[Row]:
    """Versions, each with what changed at an instant."""
    rows, values = [], {}
    ends = [*(at for at, _ in changes[1:]), until]
    for (at, changed), end in zip(changes, ends, strict=True):
        values |= changed
        stamps = {"modified_by": "officer.ken", "entry_channel_code": "office", "modified_on": at}
        stamps |= {"created_on": changes[0][0], "created_by": "officer.ken"}
        rows.append(make(**{**stamps, **values, "valid_from": at, "valid_to": end}))
    return rows


def _person(key: int, name: str, born: date, sex: str, *changes: tuple[datetime, Mapping[str, Any]]) -> list[Row]:
    first = {
        "given_name": name,
        "family_name": "Tesfay",
        "birth_date": born,
        "sex_code": sex,
        "legal_status_code": "ASR",
    }
    began, *later = changes
    own = {**first, "ethnicity_code": None, **began[1]}
    return _lived(lambda **values: person(key, **values), (began[0], own), *later)


def _event(key: int, person_key: int, kind: str, at: datetime, day: date) -> Row:
    stamps = {"created_by": "officer.ken", "created_on": at, "entry_channel_code": "office"}
    return held("dim_event", key, person_key, event_type_code=kind, event_date=day, valid_from=at, **stamps)


def tables() -> dict[str, list[Row]]:
    """All that was recorded of the family."""
    arrived = (_ARRIVED, {})
    decided = (_DECIDED, {"legal_status_code": "REF", "legal_status_date": date(2018, 2, 9)})
    gone, back = {"process_status_code": "I"}, {"process_status_code": "A"}
    names = ((1, "Dawit", date(1978, 4, 2), "M"), (2, "Selam", date(1982, 9, 14), "F"))
    people = [
        *_person(*names[0], arrived, decided, (_LEFT, gone), (_CAME_BACK, back)),
        *_person(*names[1], arrived, decided),
    ]
    people += _person(3, "Ruth", date(2001, 6, 1), "F", arrived, decided, (_SPLIT, {}))
    people += _person(
        *(4, "Yonas", date(2010, 1, 1), "M"),
        (_ARRIVED, {"education_level_code": "NE"}),
        decided,
        (_VERIFIED, {"education_level_code": "03"}),
        (_CORRECTED, {"birth_date": date(2009, 11, 30)}),
    )
    people += _person(5, "Hana", date(2017, 8, 28), "F", (_BIRTH, {}), decided)
    memberships = [
        *_lived(lambda **v: member(1, 7, **{"relationship_code": "PA", "is_focal_point": True, **v}), arrived),
        *_lived(lambda **v: member(2, 7, **{"relationship_code": "SP", **v}), arrived),
        *_lived(lambda **v: member(3, 7, **{"relationship_code": "DAU", **v}), arrived, until=_SPLIT),
        *_lived(lambda **v: member(3, 8, **{"relationship_code": "PA", **v}), (_SPLIT, {})),
        *_lived(lambda **v: member(4, 7, **{"relationship_code": "SON", **v}), arrived),
        *_lived(lambda **v: member(5, 7, **{"relationship_code": "DAU", **v}), (_BIRTH, {})),
    ]
    synced = {"modified_on": datetime(2020, 11, 2, 15), "entry_channel_code": "rapp", "modified_by": "volunteer.ken"}
    return {
        "dim_individual": [row for row in people if row["valid_from"] < row["valid_to"]],
        "dim_group": [
            *_lived(lambda **v: group(7, **v), (_ARRIVED, {"declared_size": 4}), (_BIRTH, {"declared_size": 5}),
                    (_SPLIT, {"declared_size": 4})),
            *_lived(lambda **v: group(8, **v), (_SPLIT, {"declared_size": 1})),
        ],
        "bridge_membership": memberships,
        "dim_document": _lived(
            lambda **v: held("dim_document", 1, 2, document_type_code="POR", number="A-77", **v),
            (_VERIFIED, {"document_status_code": "V", "issue_date": date(2020, 9, 15)}),
        ),
        "records_specific_need": _lived(
            lambda **v: held("records_specific_need", 1, 4, **v),
            (_SYNCED, {"need_category_code": "DS", "need_code": "DS-DF", "need_status_code": "A", **synced,
                       "identified_date": date(2020, 11, 2)}),
        ),
        "dim_event": [
            *(_event(key, key, "registration", _ARRIVED, date(2017, 3, 7)) for key in (1, 2, 3, 4)),
            _event(5, 5, "birth", _BIRTH, date(2017, 8, 28)),
            *(_event(10 + key, key, "status_change", _DECIDED, date(2018, 2, 9)) for key in (1, 2, 3, 4, 5)),
            _event(20, 3, "group_change", _SPLIT, date(2019, 6, 1)),
            *(_event(30 + key, key, "verification", _VERIFIED, date(2020, 9, 15)) for key in (1, 2, 4, 5)),
            _event(40, 4, "correction", _CORRECTED, date(2021, 2, 10)),
            _event(41, 1, "departure", _LEFT, date(2021, 3, 28)),
            _event(42, 1, "reactivation", _CAME_BACK, date(2021, 10, 4)),
        ],
    }  # fmt: skip


ACCOUNTS = (
    ("officer.ken", "officer.ken@example.org", "Grace Wanjiru", "KEN-CO"),
    ("volunteer.ken", "volunteer.ken@example.org", None, "KEN-CO"),
)


def printed(tell: Callable[[], None]) -> Iterator[str]:
    """What a command prints, 80 letters wide."""
    said = io.StringIO()
    with redirect_stdout(said):
        tell()
    yield from (line.rstrip() for line in said.getvalue().rstrip("\n").splitlines())


def told_day(shown: Any) -> Iterator[str]:
    """What there is of each section on a day."""
    for section in shown.sections:
        if section.name != "Events" and section.records:
            yield f"{section.name}:"
            for record in section.records:
                yield "  " + ", ".join(str(record[name]) for name in _SHOWN if record.get(name) is not None)


_SHOWN = (
    "individual_no", "given_name", "birth_date", "relationship_code", "document_type_code", "number", "need_code",
)  # fmt: skip


def told_comparison(compared: Any) -> Iterator[str]:
    """What differs, and who came and went."""
    for line in compared.lines:
        if line.is_changed:
            yield f"{line.record + ', ' if line.record else ''}{line.name}: {line.before} → {line.after}"
    for title, names in (("came", compared.came), ("went", compared.went)):
        yield from (f"{title}: {name}" for name in names)


FAMILY_HISTORY = """\
Oldest first, by the day (UTC) on which the store came to know of it; the day on
which it happened stands in brackets where it is another.
2017-03-07 10:00 UTC by Grace Wanjiru (officer.ken@example.org), entered in the
    office
  Registration: all 4 members — Joined group G-00007
  Recorded: group G-00007
2017-09-02 09:00 UTC by Grace Wanjiru (officer.ken@example.org), entered in the
    office
  Birth (on 2017-08-28): KEN-00005 Hana Tesfay — Joined group G-00007
  Changed: declared size: group G-00007 — Declared size: 4 → 5
2018-02-12 14:00 UTC by Grace Wanjiru (officer.ken@example.org), entered in the
    office
  Change of legal status (on 2018-02-09): all 5 members — Legal status:
      Asylum-seeker (ASR) → Refugee (REF); Legal status date: unknown →
      2018-02-09
2019-06-03 11:00 UTC by Grace Wanjiru (officer.ken@example.org), entered in the
    office
  Change of registration group (on 2019-06-01): KEN-00003 Ruth Tesfay — Left
      group G-00007
  Changed: declared size: group G-00007 — Declared size: 5 → 4
2020-09-15 08:00 UTC by Grace Wanjiru (officer.ken@example.org), entered in the
    office
  Verified: KEN-00001 Dawit Tesfay, KEN-00005 Hana Tesfay
  Verified: KEN-00002 Selam Tesfay — Document recorded: Proof of registration
  Verified: KEN-00004 Yonas Tesfay — Education level: No education (NE) → 03
2020-11-20 23:00 UTC by volunteer.ken@example.org, entered offline on a device
  Specific need recorded: Disability (on 2020-11-02): KEN-00004 Yonas Tesfay (18
      days after it was entered on a device)
2021-02-10 16:00 UTC by Grace Wanjiru (officer.ken@example.org), entered in the
    office
  Correction: KEN-00004 Yonas Tesfay — Birth date: 2010-01-01 → 2009-11-30
2021-04-01 09:00 UTC by Grace Wanjiru (officer.ken@example.org), entered in the
    office
  Spontaneous departure (on 2021-03-28): KEN-00001 Dawit Tesfay — Process
      status: Active (A) → Inactive (I)
2021-10-04 10:00 UTC by Grace Wanjiru (officer.ken@example.org), entered in the
    office
  Reactivation: KEN-00001 Dawit Tesfay — Process status: Inactive (I) → Active
      (A)
"""
RUTH_HISTORY = """\
KEN-00003 Ruth Tesfay
Oldest first, by the day (UTC) on which the store came to know of it; the day on
which it happened stands in brackets where it is another.
2017-03-07 10:00 UTC by Grace Wanjiru (officer.ken@example.org), entered in the
    office
  Registration — Joined group G-00007
2018-02-12 14:00 UTC by Grace Wanjiru (officer.ken@example.org), entered in the
    office
  Change of legal status (on 2018-02-09) — Legal status: Asylum-seeker (ASR) →
      Refugee (REF); Legal status date: unknown → 2018-02-09
2019-06-03 11:00 UTC by Grace Wanjiru (officer.ken@example.org), entered in the
    office
  Change of registration group (on 2019-06-01) — Moved from group G-00007 to
      group G-00008
"""
FAMILY_2018 = """\
Members:
  KEN-00001, Dawit, 1978-04-02, PA
  KEN-00002, Selam, 1982-09-14, SP
  KEN-00003, Ruth, 2001-06-01, DAU
  KEN-00004, Yonas, 2010-01-01, SON
  KEN-00005, Hana, 2017-08-28, DAU
"""
FAMILY_2021 = """\
Members:
  KEN-00001, Dawit, 1978-04-02, PA
  KEN-00002, Selam, 1982-09-14, SP
  KEN-00004, Yonas, 2009-11-30, SON
  KEN-00005, Hana, 2017-08-28, DAU
Documents:
  KEN-00002, POR, A-77
Specific needs:
  KEN-00004, DS-DF
"""
FAMILY_COMPARED = """\
declared_size: 5 → 4
members in scope: 5 → 4
Document, proof of registration, of KEN-00002, document_type_code: None → POR
Document, proof of registration, of KEN-00002, document_status_code: None → V
Document, proof of registration, of KEN-00002, number: None → A-77
Document, proof of registration, of KEN-00002, issue_date: None → 2020-09-15
Specific need, disability, of KEN-00004, need_category_code: None → DS
Specific need, disability, of KEN-00004, need_code: None → DS-DF
Specific need, disability, of KEN-00004, need_status_code: None → A
Specific need, disability, of KEN-00004, identified_date: None → 2020-11-02
Member, KEN-00003 Ruth Tesfay, sex_code: F → None
Member, KEN-00003 Ruth Tesfay, birth_date: 2001-06-01 → None
Member, KEN-00003 Ruth Tesfay, process_status_code: A → None
Member, KEN-00003 Ruth Tesfay, legal_status_code: REF → None
Member, KEN-00003 Ruth Tesfay, age: 17 → None
Member, KEN-00004 Yonas Tesfay, birth_date: 2010-01-01 → 2009-11-30
Member, KEN-00004 Yonas Tesfay, age: 8 → 12
Member, KEN-00004 Yonas Tesfay, education_level_code: NE → 03
went: KEN-00003 Ruth Tesfay
"""
YONAS_CORRECTIONS = """\
KEN-00004 Yonas Tesfay
Oldest first, by the day (UTC) on which the store came to know of it; the day on
which it happened stands in brackets where it is another.
2020-09-15 08:00 UTC by Grace Wanjiru (officer.ken@example.org), entered in the
    office
  Verified — Education level: No education (NE) → 03
2020-11-20 23:00 UTC by volunteer.ken@example.org, entered offline on a device
  Specific need recorded: Disability (on 2020-11-02) (18 days after it was
      entered on a device)
2021-02-10 16:00 UTC by Grace Wanjiru (officer.ken@example.org), entered in the
    office
  Correction — Birth date: 2010-01-01 → 2009-11-30
"""
FAMILY_CHANGES = """\
What is different since 2020-10-01 00:00 UTC (known up to 2022-03-01 00:00 UTC),
by member; newest first.
KEN-00001 Dawit Tesfay
  2021-10-04 10:00 UTC by Grace Wanjiru (officer.ken@example.org), entered in
      the office: Reactivation
      Process status: Active (A) → Inactive (I) → Active (A) (undone)
KEN-00004 Yonas Tesfay
  2021-02-10 16:00 UTC by Grace Wanjiru (officer.ken@example.org), entered in
      the office: Correction
      Birth date: 2010-01-01 → 2009-11-30
  2020-11-20 23:00 UTC by volunteer.ken@example.org, entered offline on a
      device: Specific need recorded: Disability (on 2020-11-02)
      Specific need, disability recorded (need category Disability; need
        hearing; need status Active; identified date 2020-11-02)
"""
FAMILY_FAMILY = """\
As of 2022-02-28. Joined and left: the day that the record says, or else on
which it was recorded (UTC); with ≤ and ≥ where somebody was in the group
already when they came into sight, or still when they went out of it.
Group G-00007: 4 members now
Member                  Relationship     Sex  Born        Joined      Left
KEN-00001 Dawit Tesfay  Principal        M    1978-04-02  2017-03-07
                        applicant,
                        focal point
KEN-00002 Selam Tesfay  SP               F    1982-09-14  2017-03-07
KEN-00004 Yonas Tesfay  Son              M    2009-11-30  2017-03-07
KEN-00005 Hana Tesfay   Daughter         F    2017-08-28  2017-09-02
KEN-00003 Ruth Tesfay   Daughter         F    2001-06-01  2017-03-07  2019-06-03
"""
FOUND_YONAS = """\
Number     Name          Sex   Birth date  Business unit
KEN-00004  Yonas Tesfay  Male  2009-11-30  KEN-CO
59 more finds today (UTC).
"""
YONAS_COMPARED = """\
birth_date: 2010-01-01 → 2009-11-30
education_level_code: NE → 03
age: 8 → 12
members in scope: 5 → 4
Specific need, disability, need_category_code: None → DS
Specific need, disability, need_code: None → DS-DF
Specific need, disability, need_status_code: None → A
Specific need, disability, identified_date: None → 2020-11-02
went: KEN-00003 Ruth Tesfay
"""

PURPOSE = '--purpose "Appointment of 4 January"'
# What is typed, what it tells, and what to look at.
LOOKS: tuple[tuple[str, str, str], ...] = (
    (
        f"dataport case history G-00007 {PURPOSE}",
        FAMILY_HISTORY,
        "One act that changed many fields is told once, by its event; what happened alike to several members on a day "
        "is told once too. The day in front is the one on which the store came to know of it, beside the account that "
        "recorded it; an act's own day stands in brackets. The need of Yonas was entered in the field and reached the "
        "store 18 days later. His date of birth was corrected, which is told apart from what changes. After Ruth left "
        "the group, what happens to her is no longer the group's.",
    ),
    (
        f"dataport case history KEN-00003 {PURPOSE}",
        RUTH_HISTORY,
        "The case of Ruth, who was 18 on 1 June 2019 and then had a group of her own.",
    ),
    (
        f"dataport case history G-00007 --between 2020-01-01 2021-12-31 --member KEN-00004 {PURPOSE}",
        YONAS_CORRECTIONS,
        "The same of one member and some days; `--kind` keeps some kinds of entries (correction) or of records "
        "(document).",
    ),
    (
        f"dataport case changes G-00007 --since 2020-10-01 {PURPOSE}",
        FAMILY_CHANGES,
        "What is different since a day, and who changed it. Dawit went and came back, so that nothing is different: "
        "that is told once. `--since my-last-look` goes on from where your last look at the case ended.",
    ),
    (
        f'dataport case find --name "Tesfay" --birth-year 2009 {PURPOSE}',
        FOUND_YONAS,
        "Whose number is not at hand is found by name or year of birth. Yonas is found by the date of birth that is "
        "known now; by the former one, 2010, he would be too, for an officer who may see what was known then.",
    ),
    (f"dataport case family G-00007 {PURPOSE}", FAMILY_FAMILY, "Who belongs to it, who joined and who left."),
    (f"dataport case show G-00007 --as-of 2018-12-31 {PURPOSE}", FAMILY_2018, "The family as it was (in part)."),
    (
        f"dataport case show G-00007 --as-of 2021-12-31 {PURPOSE}",
        FAMILY_2021,
        "And later: of each document and need it is said whose it is.",
    ),
    (
        f"dataport case compare G-00007 --between 2018-12-31 2021-12-31 {PURPOSE}",
        FAMILY_COMPARED,
        "Side by side; only what differs, unless --all is given. That somebody grew older is no change. Of the "
        "members what the children learned, too.",
    ),
    (
        f"dataport case compare KEN-00004 --between 2018-12-31 2021-12-31 {PURPOSE}",
        YONAS_COMPARED,
        "What follows from a record is compared too: Yonas was 8 by the date of birth as it was then, and is 12 "
        "by the one that is known now.",
    ),
)


def page() -> Iterator[str]:
    """The page of the manual, line by line."""
    yield from (f"# {TITLE}", "", f"{SAYS[0].upper()}{SAYS[1:]}", "")
    yield "Dawit, Selam, Ruth and Yonas arrive in 2017 and are registered as a group. Hana is born. They become"
    yield "refugees. Ruth leaves for a group of her own. A verification exercise finds four of them, and Selam"
    yield "gets a document. A need of Yonas is noted in the field, his date of birth is corrected, and Dawit"
    yield "departs and comes back. An officer of the Kenya office opens the case."
    for typed, told, says in LOOKS:
        yield from ("", says, "", "```", f"$ {typed}", *told.strip("\n").splitlines(), "```")
