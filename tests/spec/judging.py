"""Chapter: how good the records are."""

from __future__ import annotations

from datetime import date

from figures import permission, viewer

from dataport.semantic import Request
from spec.stories import Ask, Chapter, Story

_START, _END = date(2021, 12, 31), date(2022, 1, 31)
_FEW = viewer(None, permission("individual", highest_tier="T1", role="Counter"))

FAILS_HOLDS_OR_NOBODY_KNOWS = Story(
    "It fails, it holds, or nobody can tell",
    "A KPI gathers checks. Of a record it is true where the record fails one of them, false where one holds and none "
    "fails, and unknown where the record is not judged by any, or nobody can tell. The share is of those of whom it is "
    "known: a record that says nothing neither spoils it nor makes it look better.",
    more={
        "quality": """
        individual_key | country_of_asylum_code | k05 | k18
        1              | KEN                    | no  | no
        2              | KEN                    | yes | -
        3              | KEN                    | no  | yes
        4              | UGA                    | no  | -
    """
    },
    asks=(
        Ask(
            "One of four persons has no photograph. Of two it is known whether they fled before they arrived.",
            Request(("kpi_k05", "kpi_k18_failing", "kpi_k18_judged", "kpi_k18"), ("country_of_asylum",), totals=True),
            """
            country_of_asylum | kpi_k05             | kpi_k18_failing | kpi_k18_judged | kpi_k18
            KEN               | 0.3333333333333333  | 1               | 2              | 0.5
            UGA               | 0.0                 | 0               | 0              | -
            --------------------------------------------------------------------------------------
            all               | 0.25                | 1               | 2              | 0.5
            """,
        ),
        Ask(
            "A KPI is a breakdown and a filter like any other.",
            Request(("judged_records",), ("k18",), ("k05 = false",)),
            """
            k18   | judged_records
            False | 1
            True  | 1
            -     | 1
            """,
        ),
    ),
)
WHY_IT_MOVED = Story(
    "Why it moved",
    "A record comes with its mistakes and leaves with them. While it is there, it is edited, for the better or for the "
    "worse, or it grows old: time alone makes it fail. So a campaign that puts records right is told apart from one in "
    "which those that were wrong went away.",
    more={
        "quality": """
        individual_key | k31 | valid_from | valid_to   | start_cause_code | end_cause_code
        1              | no  |            | 2022-01-10 | record_came      | grown_old
        1              | yes | 2022-01-10 | open       | grown_old        | -
        2              | yes |            | 2022-01-12 | record_came      | record_edited
        2              | no  | 2022-01-12 | open       | record_edited    | -
        3              | yes |            | 2022-01-15 | record_came      | record_left
        4              | yes | 2022-01-20 | open       | record_came      | -
    """
    },
    asks=(
        Ask(
            "As many records are out of date as a month before, and none of them is the same one but person 1's.",
            Request(("kpi_k31_failing",), as_of=_END, compare=_START),
            """
            start | came_with_record | grown_old | left_with_record | put_right | end
            2     | 1                | 1         | -1               | -1        | 2
            """,
            why=True,
        ),
    ),
)
WHO_MAY_ASK = Story(
    "Who may ask",
    "A check speaks of its fields. Who may not read one of them is refused its KPI, its counts, the breakdown by it, "
    "and whatever is made of it. What is made of those that speak of persons alone has a name of its own.",
    more={
        "quality": """
        individual_key | k05 | k09
        1              | no  | yes
    """
    },
    asks=(
        Ask(
            "This viewer counts persons, and no documents.",
            Request(("kpi_k05",)),
            """
            kpi_k05
            0.0
            """,
            who=_FEW,
        ),
        Ask(
            "No valid document: refused.",
            Request(("kpi_k09",)),
            who=_FEW,
            refused="None of this viewer's roles permits counting document records.",
        ),
        Ask(
            "A filter would tell the same.",
            Request(("kpi_k05",), (), ("k09 = true",)),
            who=_FEW,
            refused="None of this viewer's roles permits counting document records.",
        ),
    ),
)

CHAPTER = Chapter(
    "judging.md",
    "How good the records are",
    "KPIs of data quality are ordinary indicators: any past day, any breakdown, and reasons where they move.",
    (FAILS_HOLDS_OR_NOBODY_KNOWS, WHY_IT_MOVED, WHO_MAY_ASK),
)
