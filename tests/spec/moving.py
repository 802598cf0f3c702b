"""Chapter: why a number moved."""

from __future__ import annotations

from datetime import date

from figures import KENYA

from dataport.semantic import Request
from spec.stories import Ask, Chapter, Story

_START, _END = date(2021, 12, 31), date(2022, 1, 31)


def _why(indicator: str, *by: str, **words: object) -> Request:
    return Request((indicator,), by, as_of=_END, compare=_START, **words)  # type: ignore[arg-type]


COMING_AND_GOING = Story(
    "Coming and going",
    "Whoever is counted on the later day and was not on the earlier one came by a boundary in their history, "
    "and whoever is no longer counted left by one. Each boundary has one cause. A movement is a column; one "
    "that nobody made is left out. The start and all movements make the end, in every row and total: where they "
    "do not, nothing is shown.",
    population="""
        individual_key | process_status_code | valid_from | valid_to   | start_cause_code
        1              | A                   |            | open       | onboarded
        2              | A                   |            | 2022-01-10 | onboarded
        2              | I                   | 2022-01-10 | open       | died
        3              | A                   |            | 2022-01-12 | onboarded
        4              | A                   | 2022-01-05 | open       | registered
        5              | A                   | 2022-01-20 | 2022-01-25 | born
        5              | I                   | 2022-01-25 | open       | departed
        6              | I                   |            | 2022-01-15 | onboarded
        6              | A                   | 2022-01-15 | open       | reactivated
    """,
    asks=(
        Ask(
            "Person 5 was born and departed within the month: both are told, though neither day counts them. "
            "The record of person 3 was deleted.",
            _why("active_individuals"),
            """
            start | registrations | births | reactivations | departures | deaths | deletions | end
            3     | 1             | 1      | 1             | -1         | -1     | -1        | 3
            """,
            why=True,
        ),
    ),
)
BETWEEN_CELLS = Story(
    "Between cells",
    "Whoever goes from one cell to another leaves the one and comes to the other, for one cause. In a total "
    "that holds both cells they did not move: each total is taken apart at its own grain.",
    population="""
        individual_key | country_of_asylum_code | age_group_code | sex_code | valid_from | valid_to   | start_cause_code
        1              | KEN                    | 12-17          | F        |            | 2022-01-10 | onboarded
        1              | UGA                    | 12-17          | F        | 2022-01-10 | 2022-01-20 | moved
        1              | UGA                    | 18-24          | F        | 2022-01-20 | open       | birthday
        2              | KEN                    | 25-49          | F        |            | 2022-01-12 | onboarded
        2              | KEN                    | 25-49          | M        | 2022-01-12 | open       | corrected
    """,
    asks=(
        Ask(
            "By country: one person moved.",
            _why("active_individuals", "country_of_asylum", totals=True),
            """
            country_of_asylum | start | moved_in | moved_out | end
            KEN               | 2     | 0        | -1        | 1
            UGA               | 0     | 1        | 0         | 1
            ------------------------------------------------------
            all               | 2     | 0        | 0         | 2
            """,
            why=True,
        ),
        Ask(
            "By sex: one sex was corrected, which is no move.",
            _why("active_individuals", "sex"),
            """
            sex | start | corrected_in | corrected_out | end
            F   | 2     | 0            | -1            | 1
            M   | 0     | 1            | 0             | 1
            """,
            why=True,
        ),
        Ask(
            "Of the children: whoever turns 18 leaves them.",
            _why("active_children"),
            """
            start | aged_out | end
            1     | -1       | 0
            """,
            why=True,
        ),
    ),
)
AT_THE_EDGE = Story(
    "At the edge of scope",
    "Where the other side of a boundary is not in the viewer's scope, neither is its cause: whoever came from "
    "there entered scope, and whoever went there left it. Births and registrations in scope have no other side, "
    "nor have deletions.",
    population="""
        individual_key | business_unit_id | process_status_code | valid_from | valid_to   | start_cause_code
        1              | KEN-CO           | A                   |            | 2022-01-10 | onboarded
        1              | UGA-CO           | A                   | 2022-01-10 | open       | moved
        2              | UGA-CO           | A                   |            | 2022-01-12 | onboarded
        2              | KEN-CO           | A                   | 2022-01-12 | open       | moved
        3              | KEN-CO           | A                   |            | 2022-01-20 | onboarded
        3              | UGA-CO           | I                   | 2022-01-20 | open       | died
        4              | KEN-CO           | A                   | 2022-01-25 | open       | born
    """,
    asks=(
        Ask(
            "Who may see the rows of the Kenya office. That person 3 died is Uganda's to tell.",
            _why("active_individuals"),
            """
            start | births | entered_scope | left_scope | end
            2     | 1      | 1             | -2         | 2
            """,
            who=KENYA,
            why=True,
        ),
        Ask(
            "Who may see all rows.",
            _why("active_individuals"),
            """
            start | births | deaths | end
            3     | 1      | -1     | 3
            """,
            why=True,
        ),
    ),
)
REORGANISED = Story(
    "Places that come under others",
    "With places as they were, a country that changed its bureau takes everybody in it along. Boundaries are "
    "counted under the places of the earlier day; whoever is there on the later day then moves with the place.",
    population="""
        individual_key | country_of_asylum_code | valid_from | valid_to | start_cause_code
        1              | KEN                    |            | open     | onboarded
        2              | KEN                    | 2022-01-05 | open     | registered
        3              | UGA                    |            | open     | onboarded
    """,
    countries="""
        country_code | bureau_code | region_code | valid_from | valid_to
        KEN          | EHAGL       | AFR         | 1900-01-01 | 2022-01-15
        KEN          | SA          | AFR         | 2022-01-15 | open
        UGA          | EHAGL       | AFR         | 1900-01-01 | open
    """,
    asks=(
        Ask(
            "As places were on each of the days.",
            _why("active_individuals", "unhcr_bureau", geography="as-was"),
            """
            unhcr_bureau | start | registrations | reorganised_in | reorganised_out | end
            EHAGL        | 2     | 1             | 0              | -2              | 1
            SA           | 0     | 0             | 2              | 0               | 2
            """,
            why=True,
        ),
        Ask(
            "As places are today, nothing was reorganised.",
            _why("active_individuals", "unhcr_bureau"),
            """
            unhcr_bureau | start | registrations | end
            EHAGL        | 1     | 0             | 1
            SA           | 1     | 1             | 2
            """,
            why=True,
        ),
    ),
)
QUOTIENTS = Story(
    "Quotients",
    "A quotient N / D moves because its numerator does, or its denominator. Each is given its own effect at the "
    "average of what the other was on the two days: the numerator (N2 - N1) * (1/D1 + 1/D2) / 2, the "
    "denominator (N1 + N2) / 2 * (1/D2 - 1/D1). They add up exactly. In a total of several cells, each weighs "
    "as its denominator does: their effects count at the average of their weights, and what is left is the mix, "
    "the sum of (w2 - w1) * (r1 + r2) / 2 over the cells with weights w and quotients r. A cell that is there "
    "on one day only is all mix.",
    population="""
        individual_key | country_of_asylum_code | sex_code | valid_from | valid_to   | start_cause_code
        1              | KEN                    | F        |            | open       | onboarded
        2              | KEN                    | M        |            | open       | onboarded
        3              | UGA                    | M        |            | open       | onboarded
        4              | UGA                    | M        |            | open       | onboarded
        5              | KEN                    | F        | 2022-01-10 | open       | registered
        6              | KEN                    | F        | 2022-01-11 | open       | registered
    """,
    asks=(
        Ask(
            "In Kenya two women came: the share of women rose from a half to three quarters. Of the whole, "
            "Kenya also weighs more than before, and has more women: mix.",
            _why("share_of_women_and_girls", "country_of_asylum"),
            """
            country_of_asylum | start | numerator | denominator | mix                 | end
            KEN               | 0.5   | 0.75      | -0.5        | -                   | 0.75
            UGA               | 0.0   | 0.0       | 0.0         | -                   | 0.0
            ---------------------------------------------------------------------------------
            all               | 0.25  | 0.4375    | -0.2916666666666667 | 0.10416666666666667 | 0.5
            """,
            why=True,
        ),
    ),
)
REFUSED = Story(
    "What cannot be taken apart",
    "A movement is of somebody who is counted or is not. What is no count of who is there on a day, and no "
    "quotient of such counts, has none; nor has a level that passes from one value to the next without a boundary.",
    population="individual_key\n1",
    asks=(
        Ask(
            "A median.",
            _why("median_age"),
            refused="median_age cannot be taken apart: it is a median over rows, and the median of parts does "
            "not make that of the whole. What can be are counts of who or what is there on a day, such as "
            "active_individuals, and quotients of such, such as share_of_children.",
            why=True,
        ),
        Ask(
            "What happened over days.",
            _why("new_registrations"),
            refused="new_registrations cannot be taken apart: it counts what happened over days, and not who is "
            "there on a day. What can be are counts of who or what is there on a day, such as "
            "active_individuals, and quotients of such, such as share_of_children.",
            why=True,
        ),
        Ask(
            "Single ages.",
            _why("active_individuals", "age"),
            refused="A change cannot be taken apart by age: it is worked out on a day and passes from one value "
            "to the next without a boundary in the history. age_group_detailed has its boundaries.",
            why=True,
        ),
        Ask(
            "A filter by what somebody has.",
            _why("active_individuals", where=("need_category = 'DS'",)),
            refused="A change cannot be taken apart where it is filtered by need_category: what a row has "
            "besides begins and ends by itself. Leave the filter out, or ask for the change of what it has.",
            why=True,
        ),
    ),
)

CHAPTER = Chapter(
    "moving.md",
    "Why a number moved",
    "registrations, births, moves, deaths between two days, so that both numbers meet; quotients by their parts.",
    (COMING_AND_GOING, BETWEEN_CELLS, AT_THE_EDGE, REORGANISED, QUOTIENTS, REFUSED),
)
