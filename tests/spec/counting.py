"""Chapter: counting people."""

from __future__ import annotations

from datetime import date

from dataport.semantic import DateRange, OrderBy, Request
from spec.stories import Ask, Chapter, Story

STOCKS = Story(
    "Counting on a day",
    "A stock is counted at the end of the day asked. Every row of a history holds from one instant up to, and not "
    "including, another; `open` means that nothing has ended it.",
    population="""
        individual_key | country_of_asylum_code | process_status_code | valid_from          | valid_to
        1              | KEN                    | A                   | 2021-12-31 23:59:59 | open
        2              | KEN                    | A                   | 2021-12-31 23:59:59 | 2022-01-15 09:00:00
        2              | UGA                    | A                   | 2022-01-15 09:00:00 | open
        3              | KEN                    | A                   | 2021-12-31 23:59:59 | 2022-02-01
        3              | KEN                    | I                   | 2022-02-01          | open
    """,
    asks=(
        Ask(
            "Without a date, stocks are counted as of the watermark: the last instant that the warehouse has heard of.",
            Request(("active_individuals",), ("country_of_asylum",)),
            """
            country_of_asylum | active_individuals
            KEN               | 1
            UGA               | 1
            """,
        ),
        Ask(
            "On 15 January, person 2 has moved in the morning and is counted where the day ends.",
            Request(("active_individuals",), ("country_of_asylum",), as_of=date(2022, 1, 15)),
            """
            country_of_asylum | active_individuals
            KEN               | 2
            UGA               | 1
            """,
        ),
        Ask(
            "A day that the warehouse knows nothing of is refused, with the days that it knows.",
            Request(("active_individuals",), as_of=date(2021, 12, 30)),
            refused=(
                "2021-12-30 cannot be answered: this warehouse knows 2021-12-31 to 2022-02-28. "
                "Ask for a date in that range."
            ),
        ),
        Ask(
            "A trend counts at the end of each month. Cells outside history are empty and marked, never zero.",
            Request(("active_individuals",), grain="month", period=DateRange(date(2021, 11, 1), date(2022, 3, 31))),
            """
            period     | active_individuals
            2021-11-01 | -
            2021-12-01 | 3
            2022-01-01 | 3
            2022-02-01 | 2
            2022-03-01 | -
            """,
            status=((0, "active_individuals", "outside_history"), (4, "active_individuals", "outside_history")),
        ),
    ),
)

FLOWS = Story(
    "Counting what happened",
    "A flow counts events by the day on which they were recorded, over whole days. Without dates it covers the twelve "
    "months before the watermark, as far as they were recorded.",
    population="individual_key\n1",
    events="""
        event_type_code | event_date | recorded_at         | country_of_asylum_code
        registration    | 2021-12-20 | 2022-01-03 10:00:00 | KEN
        birth           | 2022-01-31 | 2022-02-01 08:00:00 | KEN
        registration    | 2022-02-02 | 2022-02-02 08:00:00 | UGA
        death           | 2022-01-05 | 2022-01-06 08:00:00 | KEN
    """,
    asks=(
        Ask(
            "Births are registrations too; deaths are not.",
            Request(("new_registrations", "births", "deaths")),
            """
            new_registrations | births | deaths
            3                 | 1      | 1
            """,
        ),
        Ask(
            "The child born in January was recorded in February. December was not recorded whole, so nothing is known "
            "of its flow.",
            Request(("new_registrations",), grain="month", period=DateRange(date(2021, 12, 1), date(2022, 2, 28))),
            """
            period     | new_registrations
            2021-12-01 | -
            2022-01-01 | 1
            2022-02-01 | 2
            """,
        ),
        Ask(
            "A trend over parts of months counts the days that were asked, under the names of the months; the limits "
            "say which month was cut. Stocks are those at the end of the last day asked.",
            Request(("new_registrations",), grain="month", period=DateRange(date(2022, 1, 4), date(2022, 2, 1))),
            """
            period     | new_registrations
            2022-01-01 | 0
            2022-02-01 | 1
            """,
        ),
        Ask(
            "A top in a trend takes the members that are the first over all of it, and shows all their periods.",
            Request(
                ("new_registrations",),
                ("country_of_asylum",),
                grain="month",
                period=DateRange(date(2022, 1, 1), date(2022, 2, 28)),
                top=1,
            ),
            """
            country_of_asylum | period     | new_registrations
            KEN               | 2022-01-01 | 1
            KEN               | 2022-02-01 | 1
            """,
        ),
        Ask(
            "Stocks and flows stand side by side; who has only one of them has zero of the other.",
            Request(("active_individuals", "new_registrations"), ("country_of_asylum",)),
            """
            country_of_asylum | active_individuals | new_registrations
            KEN               | 1                  | 2
            UGA               | 0                  | 1
            """,
        ),
    ),
)

BREAKDOWNS = Story(
    "Breaking down",
    "Unknown is a member of every level. A code that no list knows, and a key that leads nowhere, are kept or "
    "counted as unknown, and never lost.",
    population="""
        individual_key | country_of_asylum_code | sex_code | age_group_code
        1              | KEN                    | F        | 25-49
        2              | KEN                    | M        | 18-24
        3              | SYR                    | -        | 0-4
        4              | XXX                    | F        | -
        5              | -                      | F        | 60+
    """,
    asks=(
        Ask(
            "By a level that is reached through another: the bureau of the country of asylum.",
            Request(("active_individuals",), ("unhcr_bureau",), totals=True),
            """
            unhcr_bureau | active_individuals
            EHAGL        | 2
            MENA         | 1
            -            | 2
            -----------------------------
            all          | 5
            """,
        ),
        Ask(
            "Members of lists such as age groups come in the order of their list.",
            Request(("active_individuals",), ("age_group",)),
            """
            age_group | active_individuals
            0-4       | 1
            18-59     | 2
            60+       | 1
            -         | 1
            """,
        ),
        Ask(
            "Totals are given for everything, and for each breakdown but the last.",
            Request(("active_individuals",), ("sex", "unhcr_bureau"), totals=True),
            """
            sex | unhcr_bureau | active_individuals
            F   | EHAGL        | 1
            F   | -            | 2
            M   | EHAGL        | 1
            -   | MENA         | 1
            ---------------------------------------
            all | all          | 5
            F   | all          | 3
            M   | all          | 1
            -   | all          | 1
            """,
        ),
        Ask(
            "The first so many, largest first. Totals still cover everything.",
            Request(("active_individuals",), ("sex",), top=1, totals=True),
            """
            sex | active_individuals
            F   | 3
            ------------------------
            all | 5
            """,
        ),
        Ask(
            "In another order; the unknown member comes last either way.",
            Request(("active_individuals",), ("sex",), order=(OrderBy("sex", descending=True),)),
            """
            sex | active_individuals
            M   | 1
            F   | 3
            -   | 1
            """,
        ),
        Ask(
            "A name that does not exist is refused with the nearest that does.",
            Request(("active_individuals",), ("sexx",)),
            refused="There is no breakdown called 'sexx'. Did you mean sex? `dataport catalog breakdowns` lists them.",
        ),
    ),
)

RATIOS = Story(
    "Ratios",
    "A ratio is computed at the grain of its row: that of a total is the ratio of the totals. Over nothing there is no "
    "ratio. Who is unknown is in no denominator.",
    population="""
        individual_key | country_of_asylum_code | sex_code
        1              | KEN                    | F
        2              | UGA                    | F
        3              | UGA                    | M
        4              | UGA                    | M
        5              | UGA                    | M
        6              | SYR                    | -
    """,
    asks=(
        Ask(
            "One of one, one of four, none of none; and two of five in all.",
            Request(("active_individuals", "share_of_women_and_girls"), ("country_of_asylum",), totals=True),
            """
            country_of_asylum | active_individuals | share_of_women_and_girls
            KEN               | 1                  | 1.0
            SYR               | 1                  | -
            UGA               | 4                  | 0.25
            -----------------------------------------------------------------
            all               | 6                  | 0.4
            """,
        ),
        Ask(
            "A row in which nothing was counted is no row: asked by itself, the share has nothing to say of SYR.",
            Request(("share_of_women_and_girls",), ("country_of_asylum",)),
            """
            country_of_asylum | share_of_women_and_girls
            KEN               | 1.0
            UGA               | 0.25
            """,
        ),
        Ask(
            "Small numbers are exact for those who may see them, and marked: they are not for onward release.",
            Request(("active_individuals",)),
            """
            active_individuals
            6
            """,
            status=((0, "active_individuals", "not_for_release"),),
        ),
    ),
)

GEOGRAPHY = Story(
    "Places as they are, and as they were",
    "Countries change their bureau. People are counted under the bureau of today unless the question says "
    "`--geography as-was`.",
    population="individual_key\n1",
    countries="""
        country_code | bureau_code | valid_from | valid_to
        KEN          | MENA        | 1900-01-01 | 2022-01-15
        KEN          | EHAGL       | 2022-01-15 | open
    """,
    asks=(
        Ask(
            "Today's bureau, for a day before it was one.",
            Request(("active_individuals",), ("unhcr_bureau",), as_of=date(2022, 1, 10)),
            "unhcr_bureau | active_individuals\nEHAGL | 1",
        ),
        Ask(
            "The bureau of that day.",
            Request(("active_individuals",), ("unhcr_bureau",), as_of=date(2022, 1, 10), geography="as-was"),
            "unhcr_bureau | active_individuals\nMENA | 1",
        ),
    ),
)

CHAPTER = Chapter(
    "counting.md",
    "Counting people",
    "What a number means: at which instant, of whom, by what, and what it is when nothing is known.",
    (STOCKS, FLOWS, BREAKDOWNS, RATIOS, GEOGRAPHY),
)
