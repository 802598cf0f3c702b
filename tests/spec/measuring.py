"""Chapter: medians, distinct counts, averages, conversions, changes, ages, bands, and what is put together."""

from __future__ import annotations

from datetime import date, datetime

from figures import KENYA

from dataport.semantic import DateRange, Request
from spec.stories import Ask, Chapter, Story

JANUARY, FEBRUARY = DateRange(date(2022, 1, 1), date(2022, 1, 31)), DateRange(date(2022, 2, 1), date(2022, 2, 28))
MONTHS = DateRange(date(2022, 1, 1), date(2022, 2, 28))

AGES = Story(
    "Ages in years",
    "An age is worked out at the date asked, from the date of birth: who is born on 29 February is a year older on 1 "
    "March. A date of birth that is not known, or lies ahead, is a member of its own. Bands put ages together.",
    population="""
        birth_date | process_status_code
        2000-02-29 | A
        2004-02-15 | A
        2004-02-15 | A
        2021-12-31 | A
        -          | A
    """,
    asks=(
        Ask(
            "On 28 February the eldest is still 21.",
            Request(("active_individuals",), ("age",)),
            """
            age | active_individuals
            0   | 1
            18  | 2
            21  | 1
            -   | 1
            """,
        ),
        Ask(
            "Two weeks earlier two were 17.",
            Request(("active_individuals",), ("age",), as_of=date(2022, 2, 14)),
            """
            age | active_individuals
            0   | 1
            17  | 2
            21  | 1
            -   | 1
            """,
        ),
        Ask(
            "By five years, and as a filter.",
            Request(("active_individuals",), ("age_in_five_years",), ("age between 18 and 59",)),
            """
            age_in_five_years | active_individuals
            15-19             | 2
            20-24             | 1
            """,
        ),
        Ask(
            "A trend works the ages out at each of its dates.",
            Request(("active_individuals",), (), ("age >= 18",), period=MONTHS, grain="month"),
            """
            period     | active_individuals
            2022-01-01 | 1
            2022-02-01 | 3
            """,
        ),
    ),
)

MEDIANS = Story(
    "Medians, quantiles and averages",
    "A median, a quantile and an average are of the values that are known, counted for each cell and each total by "
    "themselves: no total is made of other medians.",
    population="""
        birth_date | country_of_asylum_code
        2020-01-01 | KEN
        2010-01-01 | KEN
        1980-01-01 | KEN
        2000-01-01 | UGA
        -          | UGA
        -          | SSD
    """,
    asks=(
        Ask(
            "Half are younger than the median, and three quarters than the upper quartile.",
            Request(("median_age", "upper_quartile_of_age", "average_age"), ("country_of_asylum",), totals=True),
            """
            country_of_asylum | median_age | upper_quartile_of_age | average_age
            KEN               | 12.0       | 27.0                  | 18.666666666666668
            SSD               | -          | -                     | -
            UGA               | 22.0       | 22.0                  | 22.0
            -----------------
            all               | 17.0       | 27.0                  | 19.5
            """,
        ),
    ),
)

DISTINCT = Story(
    "Persons, however often",
    "Distinct persons count once in a cell, however many rows they have there: whoever is in two cells counts in both, "
    "and once in the total.",
    events="""
        individual_key | event_type_code | recorded_at         | country_of_asylum_code
        1              | verification    | 2022-01-10 09:00:00 | KEN
        1              | verification    | 2022-01-20 09:00:00 | UGA
        1              | verification    | 2022-01-25 09:00:00 | KEN
        2              | verification    | 2022-02-02 09:00:00 | KEN
    """,
    asks=(
        Ask(
            "Four verifications, of two persons.",
            Request(("verifications", "persons_verified"), ("country_of_asylum",), period=MONTHS, totals=True),
            """
            country_of_asylum | verifications | persons_verified
            KEN               | 3             | 2
            UGA               | 1             | 1
            -----------------
            all               | 4             | 2
            """,
        ),
    ),
)

AVERAGED = Story(
    "The average of a period",
    "A stock on average is that of the ends of the days of a period: each day counts once. It is what rates are made "
    "of.",
    population="""
        valid_from          | valid_to
        2021-12-31 23:59:59 | open
        2021-12-31 23:59:59 | 2022-02-15 10:00:00
        2022-02-08 12:00:00 | open
    """,
    events="""
        event_type_code | recorded_at
        birth           | 2022-02-08 12:00:00
    """,
    asks=(
        Ask(
            "In February one was there for 28 days, one for 14, and one for 21: 63 / 28.",
            Request(("average_active_individuals", "birth_rate"), period=FEBRUARY),
            """
            average_active_individuals | birth_rate
            2.25                       | 444.44444444444446
            """,
        ),
    ),
)

CHANGES = Story(
    "Changes as indicators",
    "A change says how far a number is from that of the period before, or of a year before: periods are shifted, not "
    "days. Where the earlier period lies before history there is no number.",
    population="""
        country_of_asylum_code | valid_from          | valid_to
        KEN                    | 2021-12-31 23:59:59 | open
        KEN                    | 2022-01-15 12:00:00 | open
        UGA                    | 2021-12-31 23:59:59 | 2022-02-10 08:00:00
    """,
    asks=(
        Ask(
            "Month by month.",
            Request(("active_individuals", "change_in_active_individuals"), period=MONTHS, grain="month"),
            """
            period     | active_individuals | change_in_active_individuals
            2022-01-01 | 3                  | 1
            2022-02-01 | 2                  | -1
            """,
        ),
        Ask(
            "Where only part of the last month is asked about, or known, its change is since as many days of the month "
            "before: here from 12 January to 12 February. The limits of the answer say so.",
            Request(
                ("active_individuals", "change_in_active_individuals"),
                period=DateRange(date(2022, 1, 1), date(2022, 2, 12)),
                grain="month",
            ),
            """
            period     | active_individuals | change_in_active_individuals
            2022-01-01 | 3                  | 1
            2022-02-01 | 2                  | 0
            """,
        ),
        Ask(
            "For one period, by country.",
            Request(("change_in_active_individuals",), ("country_of_asylum",), period=FEBRUARY, totals=True),
            """
            country_of_asylum | change_in_active_individuals
            KEN               | 0
            UGA               | -1
            -----------------
            all               | -1
            """,
        ),
        Ask(
            "A year before, nothing was known.",
            Request(("yearly_change_in_active_individuals",)),
            refused=(
                "2021-02-28 cannot be answered: this warehouse knows 2021-12-31 to 2022-02-28. Ask for a date in that "
                "range."
            ),
        ),
    ),
)

CONVERTED = Story(
    "What people come to within some days",
    "Of those registered in a period, the share that had a valid document within 90 days. Only those count whose 90 "
    "days have passed; the others are not known yet, and an answer says up to when they are.",
    events="""
        individual_key | event_type_code | recorded_at
        1              | registration    | 2021-10-03 09:00:00
        2              | registration    | 2021-10-20 09:00:00
        3              | birth           | 2021-11-20 09:00:00
        4              | registration    | 2022-01-10 09:00:00
    """,
    more={
        "start": datetime(2021, 10, 1),
        "documents": """
            individual_key | document_type_code | valid_from          | valid_to            | is_valid
            1              | POR                | 2021-12-31 09:00:00 | open                | yes
            2              | POR                | 2022-01-19 09:00:00 | open                | yes
            3              | POR                | 2021-11-20 09:00:00 | open                | no
            4              | POR                | 2022-01-11 09:00:00 | open                | yes
        """,
    },
    asks=(
        Ask(
            "The first had one on day 89, the second on day 91, the third none; the fourth does not count.",
            Request(("documented_within_90_days",), period=DateRange(date(2021, 10, 3), date(2022, 2, 28))),
            """
            documented_within_90_days
            0.3333333333333333
            """,
        ),
    ),
)

SIZES = Story(
    "Sizes of groups",
    "Groups break down by their size, which for a viewer of some rows is the number of members in their scope.",
    population="""
        group_key | business_unit_id
        1         | KEN-CO
        2         | KEN-CO
        2         | KEN-CO
        2         | UGA-CO
    """,
    groups="""
        group_key | active_member_count
        1         | 1
        2         | 3
    """,
    asks=(
        Ask(
            "For who sees everything, the second group has three members.",
            Request(("active_groups", "one_person_groups"), ("group_size_band",)),
            """
            group_size_band | active_groups | one_person_groups
            1               | 1             | 1
            3               | 1             | 0
            """,
        ),
        Ask(
            "For Kenya's office it has two.",
            Request(("active_groups", "median_group_size"), ("group_size",)),
            """
            group_size | active_groups | median_group_size
            1          | 1             | 1.0
            2          | 1             | 2.0
            """,
            who=KENYA,
        ),
    ),
)

TOGETHER = Story(
    "The largest, and the others together",
    "A top with `--other` keeps the largest members of the first breakdown and counts the others together, so that "
    "ratios are right there too. Subtotals keep some of the breakdowns.",
    population="""
        country_of_origin_code | sex_code
        SOM                    | F
        SOM                    | M
        SOM                    | M
        SSD                    | F
        SYR                    | M
        -                      | F
    """,
    asks=(
        Ask(
            "One by name.",
            Request(("active_individuals", "share_of_women_and_girls"), ("country_of_origin",), top=1, other=True),
            """
            country_of_origin | active_individuals | share_of_women_and_girls
            SOM               | 3                  | 0.3333333333333333
            (other)           | 3                  | 0.6666666666666666
            """,
        ),
        Ask(
            "By sex too, with subtotals by sex.",
            Request(("active_individuals",), ("country_of_origin", "sex"), top=1, other=True, subtotals=(("sex",), ())),
            """
            country_of_origin | sex | active_individuals
            SOM               | F   | 1
            SOM               | M   | 2
            (other)           | F   | 2
            (other)           | M   | 1
            -----------------
            all               | all | 6
            all               | F   | 3
            all               | M   | 3
            """,
        ),
    ),
)

ASSISTED = Story(
    "Assistance",
    "What was provided in a period counts as was known at its end, by the date that the record says. Of persons, it is "
    "a filter.",
    population="""
        individual_key
        1
        2
    """,
    more={
        "assistance": """
            individual_key | group_key | assistance_type_code | provided_date | value_usd | assistance_status_code
            1              | 1         | CSH                  | 2022-01-10    | 100       | PR
            1              | 1         | FOD                  | 2022-01-20    | -         | PR
            -              | 2         | CSH                  | 2022-01-20    | 50        | PR
            2              | 3         | CSH                  | 2022-01-20    | 70        | PL
        """
    },
    asks=(
        Ask(
            "One person and two groups; what is only planned is not provided.",
            Request(("persons_assisted", "groups_assisted", "assistance_value"), period=JANUARY),
            """
            persons_assisted | groups_assisted | assistance_value
            1                | 2               | 150
            """,
        ),
        Ask(
            "Persons who were given food, or nothing at all.",
            Request(("active_individuals",), (), ("assistance_type = 'FOD' or assistance_type is unknown",)),
            """
            active_individuals
            2
            """,
        ),
    ),
)

CHAPTER = Chapter(
    "measuring.md",
    "Measuring",
    "Ages, medians, distinct persons, averages, changes, conversions, sizes, others together, assistance.",
    (AGES, MEDIANS, DISTINCT, AVERAGED, CHANGES, CONVERTED, SIZES, TOGETHER, ASSISTED),
)
