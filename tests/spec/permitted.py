"""Chapter: who sees what."""

from __future__ import annotations

from datetime import date

from figures import KENYA, NOBODY, Viewer, permission, viewer

from dataport.access import ViewerClass
from dataport.semantic import Request
from spec.stories import Ask, Chapter, Story

_LISTER = viewer(None, permission("individual", role="Lister", highest_tier="T0", finest_place_level=1))
_BOTH = viewer(
    None,
    permission("individual", role="Lister", highest_tier="T0"),
    permission("individual", ["KEN-CO"], role="Officer"),
)
_STATISTICIAN = Viewer("stat", ViewerClass.STATISTICS, (), 1)

ROWS = Story(
    "Rows",
    "A permission is about the records of business units. A viewer who has those of the Kenya office (`KEN-CO`) counts "
    "its rows, in every cell, total and share, as if there were no others. A row that belongs to no unit is counted by "
    "unlimited viewers only.",
    population="""
        individual_key | business_unit_id | country_of_asylum_code | sex_code
        1              | KEN-CO           | KEN                    | F
        2              | KEN-CO           | KEN                    | M
        3              | UGA-CO           | UGA                    | F
        4              | -                | UGA                    | F
    """,
    asks=(
        Ask(
            "Who may see all rows.",
            Request(("active_individuals", "share_of_women_and_girls"), ("country_of_asylum",), totals=True),
            """
            country_of_asylum | active_individuals | share_of_women_and_girls
            KEN               | 2                  | 0.5
            UGA               | 2                  | 1.0
            -----------------------------------------------------------------
            all               | 4                  | 0.75
            """,
        ),
        Ask(
            "Who may see those of the Kenya office.",
            Request(("active_individuals", "share_of_women_and_girls"), ("country_of_asylum",), totals=True),
            """
            country_of_asylum | active_individuals | share_of_women_and_girls
            KEN               | 2                  | 0.5
            -----------------------------------------------------------------
            all               | 2                  | 0.5
            """,
            who=KENYA,
        ),
        Ask(
            "Who has a permission for no unit counts nothing: an empty list is not everything.",
            Request(("active_individuals",)),
            "active_individuals\n0",
            who=NOBODY,
        ),
    ),
)

MEMBERS = Story(
    "Members",
    "A role says how sensitive the members may be that its holder mentions, and how fine the places. Everything "
    "mentioned counts: breakdowns, filters, and what an indicator is made of.",
    population="""
        individual_key | business_unit_id | sex_code
        1              | KEN-CO           | F
        2              | UGA-CO           | F
    """,
    asks=(
        Ask(
            "Counting is permitted.",
            Request(("active_individuals",)),
            "active_individuals\n2",
            who=_LISTER,
        ),
        Ask(
            "Sex is more sensitive than this role permits; in a filter too.",
            Request(("active_individuals",), where=("sex = 'F'",)),
            refused="Sex is more sensitive than this viewer's role 'Lister' permits.",
            who=_LISTER,
        ),
        Ask(
            "And so is an indicator that is made of it.",
            Request(("share_of_women_and_girls",)),
            refused="Sex is more sensitive than this viewer's role 'Lister' permits.",
            who=_LISTER,
        ),
        Ask(
            "A location is a finer place than this role permits.",
            Request(("active_individuals",), ("location",)),
            refused="Location is a finer place than this viewer's role 'Lister' permits.",
            who=_LISTER,
        ),
        Ask(
            "Two roles, all rows without sex and one unit with it, never add up to more than either: by sex, only the "
            "rows of the second role are counted.",
            Request(("active_individuals",), ("sex",)),
            "sex | active_individuals\nF | 1",
            who=_BOTH,
        ),
        Ask(
            "Statistics viewers read protected statistics, and never what the figures count.",
            Request(("active_individuals",)),
            refused=("A viewer of class statistics reads the protected statistics only. Nothing else can be shown."),
            who=_STATISTICIAN,
        ),
    ),
)

POLICIES = Story(
    "Policies",
    "Beside what the store permits, policies say who may see what. A permit can narrow what a role gives, a forbid "
    "takes from whatever is given, and what no policy permits is denied. `dataport access why` tells which decided.",
    population="""
        individual_key | business_unit_id | process_status_code | sex_code
        1              | KEN-CO           | A                   | F
        2              | KEN-CO           | C                   | F
        3              | KEN-CO           | -                   | M
        4              | UGA-CO           | A                   | M
    """,
    groups="""
        group_key | business_unit_id
        1         | KEN-CO
    """,
    policies="""
        closed_records:
          effect: forbid
          who: {class: registration}
          on: [individual]
          rows: process_status = 'C'
          doors: [count, open]
          reason: What was closed is for the archive.
        lists_without_marital_status:
          effect: forbid
          who: {role: Lister}
          rows: all
          members: {any_of: [marital_status]}
          doors: [count]
          reason: Lists are made without marital status.
    """,
    asks=(
        Ask(
            "The closed record is nobody's to count; a record of unknown status is not closed.",
            Request(("registered_individuals",)),
            "registered_individuals\n3",
        ),
        Ask(
            "It takes from a limited viewer, too.",
            Request(("registered_individuals",), ("sex",)),
            "sex | registered_individuals\nF | 1\nM | 1",
            who=KENYA,
        ),
        Ask(
            "A forbid about members refuses what mentions one of them, and nothing else.",
            Request(("active_individuals",), ("marital_status",)),
            refused="Lists are made without marital status.",
            who=_LISTER,
        ),
        Ask("The same viewer, without it.", Request(("active_individuals",)), "active_individuals\n2", who=_LISTER),
        Ask("Policies are about entities: groups are as before.", Request(("active_groups",)), "active_groups\n1"),
    ),
)

GROUPS = Story(
    "Groups",
    "A group's size was computed over all of its members. A viewer who may see only some of them gets the number of "
    "those who are in scope, counted one by one.",
    population="""
        individual_key | group_key | business_unit_id | process_status_code
        1              | 1         | KEN-CO           | A
        2              | 1         | KEN-CO           | A
        3              | 1         | UGA-CO           | A
        4              | 2         | UGA-CO           | A
        5              | 2         | UGA-CO           | I
        6              | -         | KEN-CO           | A
    """,
    groups="""
        group_key | business_unit_id | active_member_count
        1         | KEN-CO           | 3
        2         | UGA-CO           | 1
    """,
    asks=(
        Ask(
            "Two groups, four active members.",
            Request(("active_groups", "average_group_size")),
            "active_groups | average_group_size\n2 | 2.0",
        ),
        Ask(
            "One group in scope, two of its members in scope.",
            Request(("active_groups", "average_group_size")),
            "active_groups | average_group_size\n1 | 2.0",
            who=KENYA,
        ),
        Ask(
            "The same on an earlier day.",
            Request(("average_group_size",), as_of=date(2022, 1, 31)),
            "average_group_size\n2.0",
            who=KENYA,
        ),
    ),
)

CHAPTER = Chapter(
    "permitted.md",
    "Who sees what",
    "What a person may see here is what that person may see in the registration store. Nothing is computed from a row "
    "outside it.",
    (ROWS, MEMBERS, POLICIES, GROUPS),
)
