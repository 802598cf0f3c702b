"""Chapter: computing with counts."""

from __future__ import annotations

from datetime import date

from dataport.semantic import DateRange, Request
from spec.stories import Ask, Chapter, Story

_FIVE = """
    individual_key | country_of_asylum_code | sex_code | age_group_code | valid_from          | valid_to
    1              | KEN                    | F        | 0-4            | 2021-12-31 23:59:59 | open
    2              | KEN                    | M        | 25-49          | 2021-12-31 23:59:59 | open
    3              | KEN                    | M        | 60+            | 2022-02-01          | open
    4              | UGA                    | F        | 25-49          | 2021-12-31 23:59:59 | open
    5              | UGA                    | -        | -              | 2021-12-31 23:59:59 | 2022-02-01
"""

DERIVED = Story(
    "Arithmetic",
    "Some indicators are arithmetic of others. Each part is counted by itself, at the grain of the answer and of its "
    "totals: a total is computed from the totals of its parts, never from the cells. Over nothing there is no number.",
    population=_FIVE,
    asks=(
        Ask(
            "One child and one older person for each person of working age, or none; the total is not an average.",
            Request(("dependency_ratio",), ("country_of_asylum",), totals=True),
            """
            country_of_asylum | dependency_ratio
            KEN               | 200.0
            UGA               | 0.0
            --
            all               | 100.0
            """,
        ),
        Ask(
            "Where there is no woman, there is no sex ratio.",
            Request(("sex_ratio",), ("age_group",)),
            """
            age_group | sex_ratio
            0-4       | 0.0
            18-59     | 100.0
            60+       | -
            """,
        ),
    ),
)

SHARES = Story(
    "Shares",
    "A share says how much of the whole answer a cell is, or of the cells alike in all but the last breakdown. The "
    "unknown are part of the whole.",
    population=_FIVE,
    asks=(
        Ask(
            "Of all, and of each country, on the last day of January.",
            Request(
                ("active_individuals", "share_of_active_total", "share_of_active_parent"),
                ("country_of_asylum", "sex"),
                as_of=date(2022, 1, 31),
            ),
            """
            country_of_asylum | sex | active_individuals | share_of_active_total | share_of_active_parent
            KEN               | F   | 1                  | 0.25                  | 0.5
            KEN               | M   | 1                  | 0.25                  | 0.5
            UGA               | F   | 1                  | 0.25                  | 0.5
            UGA               | -   | 1                  | 0.25                  | 0.5
            """,
        ),
    ),
)

COMPARED = Story(
    "Comparing two dates",
    "With a comparison each indicator is shown as it was, too, and what changed. Periods are shifted as periods: the "
    "one before February is the whole of January, however long it is.",
    population=_FIVE,
    events="""
        event_type_code | recorded_at
        registration    | 2022-01-05
        registration    | 2022-01-31
        registration    | 2022-02-10
    """,
    asks=(
        Ask(
            "A stock on two dates. A cell that is there on one of them only is there.",
            Request(("active_individuals",), ("country_of_asylum",), as_of=date(2022, 2, 1), compare=date(2022, 1, 31)),
            """
            country_of_asylum | active_individuals | active_individuals_before | active_individuals_change
            KEN               | 3                  | 2                         | 1
            UGA               | 1                  | 2                         | -1
            """,
        ),
        Ask(
            "A flow in February and in the month before it.",
            Request(
                ("new_registrations",),
                period=DateRange(date(2022, 2, 1), date(2022, 2, 28)),
                compare="previous",
            ),
            """
            new_registrations | new_registrations_before | new_registrations_change
            1                 | 2                        | -1
            """,
        ),
        Ask(
            "A date that the warehouse does not know is refused, also for the other side.",
            Request(("active_individuals",), compare="year-ago"),
            refused=(
                "2021-02-28 cannot be answered: this warehouse knows 2021-12-31 to 2022-02-28. "
                "Ask for a date in that range."
            ),
        ),
    ),
)

TO_DATE = Story(
    "Registrations to date",
    "A cumulative flow counts everything that was recorded up to the day asked.",
    events="""
        event_type_code | recorded_at
        registration    | 2022-01-05
        birth           | 2022-01-31
        registration    | 2022-02-10
        death           | 2022-02-11
    """,
    asks=(
        Ask(
            "Three to date, one of them in February.",
            Request(
                ("new_registrations", "cumulative_registrations"), period=DateRange(date(2022, 2, 1), date(2022, 2, 28))
            ),
            "new_registrations | cumulative_registrations\n1 | 3",
        ),
        Ask(
            "A trend goes on from what was there before it.",
            Request(
                ("cumulative_registrations",), grain="month", period=DateRange(date(2022, 1, 1), date(2022, 2, 28))
            ),
            """
            period     | cumulative_registrations
            2022-01-01 | 2
            2022-02-01 | 3
            """,
        ),
    ),
)

HAVING = Story(
    "Filters on numbers",
    "A filter on an indicator hides rows of the answer. What it hides still counts in totals and shares.",
    population=_FIVE,
    asks=(
        Ask(
            "Only countries with more than one.",
            Request(
                ("active_individuals", "share_of_active_total"),
                ("country_of_asylum",),
                ("active_individuals > 1",),
                totals=True,
            ),
            """
            country_of_asylum | active_individuals | share_of_active_total
            KEN               | 3                  | 0.75
            --
            all               | 4                  | 1.0
            """,
        ),
        Ask(
            "It can only be on what is asked for.",
            Request(("active_individuals",), ("country_of_asylum",), ("share_of_children > 0.5",)),
            refused="share_of_children is filtered by and not asked for: ask for it too.",
        ),
        Ask(
            "One condition chooses rows, or cells of the answer, not both.",
            Request(("active_individuals",), (), ("sex = 'F' or active_individuals > 1",)),
            refused=(
                "One condition cannot be on sex, which chooses rows, and on active_individuals, which is counted from "
                "them. Write them as filters of their own."
            ),
        ),
    ),
)

CHAPTER = Chapter(
    "computing.md",
    "Computing with counts",
    "Arithmetic, shares, comparisons, numbers to date, and filters on numbers.",
    (DERIVED, SHARES, COMPARED, TO_DATE, HAVING),
)
