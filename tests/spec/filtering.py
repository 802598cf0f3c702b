"""Chapter: filters."""

from __future__ import annotations

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

REFUSED = Story(
    "What cannot be asked",
    "A wrong filter is refused with the place, or with the nearest right one. What is typed is never passed on as "
    "text: names are looked up, and values are parameters.",
    population="individual_key\n1",
    asks=(
        Ask(
            "A name for a code.",
            Request(_COUNT, where=("sex = 'Female'",)),
            refused="There is no value of sex called 'Female'. Female has the code F.",
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
                "unhcr_bureau, region, operation, location, location_level_1, location_level_2, country_of_origin, "
                "bureau_of_origin, population_type, process_status, focal_point_sex."
            ),
        ),
    ),
)

CHAPTER = Chapter(
    "filtering.md",
    "Filters",
    "`--where` takes one condition on catalogue names; given several times, all of them must hold.",
    (MEMBERS, REFUSED),
)
