"""Chapter: filters."""

from __future__ import annotations

from datetime import date

from dataport.semantic import Request
from spec.stories import Ask, Chapter, Story

_COUNT = ("active_individuals",)


def _asked(says: str, where: str, count: int) -> Ask:
    return Ask(says, Request(_COUNT, where=(where,)), f"active_individuals\n{count}")


MEMBERS = Story(
    "Everybody is on one side of a filter",
    "A filter is true or false of a person, and nothing in between. What is unknown is not a member that was named: "
    "`!=`, `not in` and `not` include the unknown. So a filter and its opposite are everybody.",
    population="""
        individual_key | sex_code | country_of_asylum_code | has_specific_need
        1              | F        | KEN                    | yes
        2              | F        | SYR                    | no
        3              | M        | KEN                    | no
        4              | -        | -                      | -
    """,
    asks=(
        _asked("A member is named by its code, in single quotes.", "sex = 'F'", 2),
        _asked("Everybody else, the unknown included.", "sex != 'F'", 2),
        _asked("The same in other words.", "not sex = 'F'", 2),
        _asked("One of several members.", "sex in ('F', 'M')", 3),
        _asked("None of several.", "sex not in ('F', 'M')", 1),
        _asked("The unknown is asked for by name.", "sex is unknown", 1),
        _asked("And everybody who is known.", "sex is not unknown", 3),
        _asked("`and` binds closer than `or`.", "sex = 'M' or sex = 'F' and country_of_asylum = 'KEN'", 2),
        _asked("Parentheses bind closest.", "(sex = 'M' or sex = 'F') and country_of_asylum = 'KEN'", 2),
        _asked("Levels that are reached through others may be mixed in.", "unhcr_bureau = 'MENA' or sex = 'M'", 2),
        _asked("Some levels are true or false.", "has_specific_need = true", 1),
    ),
)

COUNTRIES = Story(
    "Codes of countries",
    "Countries go by UNHCR's codes. Some countries have another code in the list of ISO, and three codes mean one "
    "country here and another there. A code by itself is never taken for one of two.",
    population="""
        individual_key | country_of_origin_code
        1              | AUS
        2              | AUL
        3              | AUL
        4              | GFR
    """,
    asks=(
        _asked("A code of UNHCR.", "country_of_origin = 'AUL'", 2),
        _asked("An ISO code that is none of UNHCR's: the answer says how it was read.", "country_of_origin = 'DEU'", 1),
        Ask(
            "A code of two countries.",
            Request(_COUNT, where=("country_of_origin = 'AUS'",)),
            refused=(
                "AUS means Austria in the codes of UNHCR and Australia in the codes of ISO. In country_of_origin, "
                "write 'unhcr:AUS' (Austria) or 'iso3:AUS' (Australia)."
            ),
        ),
        _asked("With its system, every code can be written.", "country_of_origin = 'unhcr:AUS'", 1),
        _asked("Also in lists, and in the codes of ISO.", "country_of_origin in ('iso3:AUS', 'iso3:DEU')", 3),
    ),
)

LABELS = Story(
    "Members by name",
    "A member is written by its code or by its label, in any case and without accents. The answer says which it took; "
    "a label that several members have is refused with their codes. A level without a list of members (an office, or a "
    "text of a file of one's own) has those of its rows: what nothing in scope has is told with the answer, for `!=` a "
    "misspelt member would leave nobody out.",
    population="""
        individual_key | sex_code
        1              | F
        2              | F
        3              | M
    """,
    asks=(
        Ask("By its label.", Request(_COUNT, where=("sex = 'Female'",)), answer="active_individuals\n2"),
        Ask("In any case.", Request(_COUNT, where=("sex in ('f', 'MALE')",)), answer="active_individuals\n3"),
        Ask(
            "A label of two members.",
            Request(_COUNT, where=("marital_status = 'partnership'",)),
            refused=(
                "'partnership' names 2 members of marital_status: 'PT' (Partnership), 'P' (Partnership). "
                "Write the code of the one meant."
            ),
        ),
    ),
)

REFUSED = Story(
    "What cannot be asked",
    "A wrong filter is refused with the place, or with the nearest right one. What is typed is never passed on as "
    "text: names are looked up, and values are parameters.",
    population="individual_key\n1",
    asks=(
        Ask(
            "A name that no member has.",
            Request(_COUNT, where=("sex = 'Femail'",)),
            refused=(
                "There is no value of sex called 'Femail'. Did you mean Female or Male? "
                "`dataport catalog values sex` lists them."
            ),
        ),
        Ask(
            "The code that means unknown.",
            Request(_COUNT, where=("sex = '-'",)),
            refused="'-' means unknown in sex: write `sex is unknown`.",
        ),
        Ask(
            "Codes have no size.",
            Request(_COUNT, where=("sex < 'M'",)),
            refused="sex has members, not sizes: use = , != or in, not <.",
        ),
        Ask(
            "There are no functions.",
            Request(_COUNT, where=("lower(sex) = 'f'",)),
            refused=(
                "In the filter, at character 6: expected =, !=, <, <=, >, >=, in, not in, between, or is unknown, "
                "found '('."
            ),
        ),
        Ask(
            "Something that is not a value.",
            Request(_COUNT, where=("sex = 'F' or 1=1",)),
            refused="In the filter, at character 14: expected the name of a breakdown, found '1'.",
        ),
        Ask(
            "A level that the rows do not have.",
            Request(("active_groups",), where=("sex = 'F'",)),
            refused=(
                "active_groups cannot be broken down or filtered by sex: a group has many members, and only what "
                "belongs to the group itself says to which cell it counts. It goes with country_of_asylum, "
                "unhcr_bureau, region, business_unit, source, operation, location, location_level_1, location_level_2, "
                "location_level_3, "
                "location_level_4, country_of_origin, bureau_of_origin, region_of_origin, population_type, "
                "process_status, focal_point_sex, group_size, group_size_band."
            ),
        ),
    ),
)

HAVING_SOMETHING = Story(
    "Filters by what somebody has",
    "A person may have many needs, or none. A filter on needs keeps who has at least one like it, on the day asked, "
    "and each of them counts once; `!=` keeps who has none like it. Nobody is broken down by it, for a person with two "
    "needs would count twice: the needs themselves can be.",
    population="""
        individual_key | sex_code
        1              | F
        2              | F
        3              | M
    """,
    needs="""
        individual_key | need_category_code | need_status_code | valid_from          | valid_to
        1              | DS                 | A                | 2021-12-31 23:59:59 | open
        1              | DS                 | A                | 2021-12-31 23:59:59 | open
        1              | SM                 | A                | 2022-02-01          | open
        2              | SM                 | A                | 2021-12-31 23:59:59 | 2022-02-01
        2              | SM                 | R                | 2022-02-01          | open
    """,
    asks=(
        Ask(
            "One person with a disability, though there are two such needs.",
            Request(("active_individuals",), (), ("need_category = 'DS'",)),
            "active_individuals\n1",
        ),
        Ask(
            "Both at once, and neither.",
            Request(("active_individuals",), ("sex",), ("need_category = 'DS' and need_category = 'SM'",)),
            "sex | active_individuals\nF | 1",
        ),
        Ask(
            "Who has none of these: also who has no need at all.",
            Request(("active_individuals",), ("sex",), ("need_category != 'DS'",)),
            """
            sex | active_individuals
            F   | 1
            M   | 1
            """,
        ),
        Ask(
            "In January person 2 had an active need, and no longer in February.",
            Request(("active_individuals",), (), ("need_category = 'SM'",), as_of=date(2022, 1, 31)),
            "active_individuals\n1",
        ),
        Ask(
            "Nobody counts twice.",
            Request(("active_individuals",), ("need_category",)),
            refused=(
                "active_individuals cannot be broken down by need_category, of which a row may have many or none: it "
                "would count more than once. Filter by it, as in --where \"need_category = '…'\"."
            ),
        ),
        Ask(
            "Needs are counted by themselves.",
            Request(("active_specific_needs",), ("need_category",)),
            """
            need_category | active_specific_needs
            DS            | 2
            SM            | 1
            """,
        ),
    ),
)

CHAPTER = Chapter(
    "filtering.md",
    "Filters",
    "`--where` takes one condition on catalogue names; given several times, all of them must hold.",
    (MEMBERS, COUNTRIES, HAVING_SOMETHING, LABELS, REFUSED),
)
