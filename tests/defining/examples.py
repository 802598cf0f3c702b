"""Examples of the reference: what is added to the model of the library, one question, and its answer by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Example:
    """A few lines of a model, and what can be asked then.

    Attributes:
        part: the section of the reference that shows it.
        adds: YAML, put together with the model of the library.
        ask: indicators, then the words of the question as they are given to `Port.ask`.
        answer: a table: a line of names, then rows; ``-`` for no number.
        refused: the sentence, where there is no answer.
    """

    part: str
    says: str
    adds: str
    ask: tuple[str, ...]
    answer: str
    words: dict[str, Any] = field(default_factory=dict)
    refused: str = ""


QUARTER = {"period": "2024-01-01..2024-03-31"}
MONTHS = QUARTER | {"grain": "month"}

# Facts that several examples add, before what each shows.
_REMINDERS = """
        facts:
          reminders:
            label: Reminders
            table: reminders
            entity: reminder
            attributes_of: member
            unit: reminder_no
            scope: branch
            validity: {from: sent, to: settled}"""
_HOUSEHOLDS = """
        facts:
          households:
            label: Households
            table: households
            entity: household
            unit: household_no
            scope: branch
            validity: {from: since, to: until}"""


def _indicator(name: str, unit: str, body: str) -> str:
    """An indicator in as few lines as it takes."""
    return f"indicators:\n  {name}:\n    label: {name.replace('_', ' ').capitalize()}\n" + (
        f"    description: What the example says\n    unit: {unit}\n    tier: T0\n    {body}\n"
    )


FACTS = (
    Example(
        "fact",
        "A fact of *events*: each row happened on a day of an axis. A flow counts those of a period.",
        "",
        ("loans",),
        """
        branch | loans
        north  | 3
        south  | 2
        """,
        {"by": ["branch"], **QUARTER},
    ),
    Example(
        "fact",
        "A fact of *intervals*: each row holds from one instant up to, and not at, another; no end is still open, no "
        "beginning has always been. "
        "A stock counts those that hold at the end of a day. The child who left on 15 February at midnight is no "
        "member at the end of that day, nor was anybody of the south before they joined.",
        "",
        ("members",),
        """
        period     | members
        2024-01-01 | 3
        2024-02-01 | 3
        2024-03-01 | 3
        """,
        MONTHS,
    ),
    Example(
        "fact",
        "`attributes_of` names a further entity that the columns speak of: whoever asks must be permitted both.",
        _REMINDERS
        + """
        indicators:
          open_reminders:
            label: Open reminders
            description: Reminders that are not settled
            unit: reminders
            tier: T0
            stock: {fact: reminders}
            over: counted at the end of the day asked
        """,
        ("open_reminders",),
        """
        open_reminders
        2
        """,
        {"as_of": "2024-02-29"},
    ),
)

DIMENSIONS = (
    Example(
        "dimension",
        "A dimension describes members; a level reaches its columns `via` another level. `public` says that its "
        "rows speak of things and not of people, with the `reason`: nobody's permission narrows it.",
        """
        dimensions:
          book: {table: books, key: book_no, public: true, reason: books are no people}
        levels:
          book: {label: Book, type: integer, tier: T0, on: {loans: book_no}}
          subject: {label: Subject, tier: T0, via: {base: book, dimension: book, column: subject}}
        """,
        ("loans",),
        """
        subject | loans
        art     | 2
        history | 3
        """,
        {"by": ["subject"], **QUARTER},
    ),
)

LEVELS = (
    Example(
        "level",
        "`on` says in which column of which fact a level stands. The `tier` is what a role must be given to ask by "
        "it; `description` and `entity` (a further entity that must be permitted) are optional.",
        """
        levels:
          member:
            label: Member
            description: Who borrowed
            type: integer
            tier: T2
            entity: member
            on: {loans: member_no}
        """,
        ("loans",),
        """
        member | loans
        1      | 2
        2      | 1
        3      | 2
        """,
        {"by": ["member"], **QUARTER},
    ),
    Example(
        "level",
        "A `code_list` gives members names and, where the level is `ordered`, the order of the list instead of "
        "that of the alphabet.",
        """
        code_lists:
          kinds: {child: Up to 17, adult: From 18}
        levels:
          grown: {label: Grown or not, tier: T1, code_list: kinds, ordered: true, on: {members: kind}}
        """,
        ("members",),
        """
        grown | members
        child | 1
        adult | 2
        """,
        {"by": ["grown"], "as_of": "2024-03-31"},
    ),
    Example(
        "level",
        "`computed: age` is completed years at the date asked, from a date of birth; `bands` put whole numbers "
        "together by where each begins. On 19 February the child of the north has gone, so that the youngest left "
        "is 8.",
        """
        levels:
          age: {label: Age, type: integer, tier: T1, computed: age, on: {members: born}}
          age_band: {label: Age group, tier: T1, bands: {of: age, from: [0, 12, 18, 40]}}
        """,
        ("members",),
        """
        age_band | members
        0-11     | 1
        18-39    | 1
        40+      | 1
        """,
        {"by": ["age_band"], "as_of": "2024-02-19"},
    ),
    Example(
        "level",
        "`through` lets rows of one fact be filtered by what they have on another, of which there may be many or "
        "none: at least one row must be so. It is no breakdown, for a member with two reminders would count twice.",
        _REMINDERS
        + """
        levels:
          reminded_for:
            label: Reminded for
            tier: T1
            on: {reminders: reason}
            through: {of: [members], fact: reminders, link: member_no}
        """,
        ("members",),
        """
        members
        1
        """,
        {"where": ["reminded_for = 'damaged'"], "as_of": "2024-02-29"},
    ),
    Example(
        "level",
        "`composed_of` says what a number that the file has already is made of. Whoever may see all is told the "
        "number; for anybody else the members in their scope are counted: a household of four of whom they may see "
        "two has two. The `link` is the column that both facts have.",
        _HOUSEHOLDS
        + """
        levels:
          household_size:
            label: Size of the household
            type: integer
            tier: T1
            entity: member
            on: {households: size}
            composed_of: {fact: members, link: household_no}
        indicators:
          households:
            label: Households
            description: Households at the end of the day
            unit: households
            tier: T0
            stock: {fact: households}
            over: counted at the end of the day asked
        """,
        ("households",),
        """
        household_size | households
        1              | 1
        2              | 1
        """,
        {"by": ["household_size"], "as_of": "2024-03-31"},
    ),
)

INDICATORS = (
    Example(
        "indicator",
        "A stock or a flow may count only some rows (`where`, a filter as it is typed), or add up a column "
        "(`aggregate`, `column`). What is unknown adds nothing.",
        _indicator("fees_paid", "euros", "flow: {fact: loans, axis: lent_on, aggregate: sum, column: fee}"),
        ("fees_paid",),
        """
        branch | fees_paid
        north  | 2.50
        south  | 2.25
        """,
        {"by": ["branch"], **QUARTER},
    ),
    Example(
        "indicator",
        "`average`, `median` and `quantile` (with its `quantile`) are of the values that are known; `type` states "
        "what the result is, and is refused where the columns say otherwise.",
        _indicator(
            "fee_of_three_quarters",
            "euros",
            "type: number\n    flow: {fact: loans, axis: lent_on, aggregate: quantile, column: fee, quantile: 0.75}",
        ),
        ("fee_of_three_quarters",),
        """
        fee_of_three_quarters
        1.6875
        """,
        QUARTER,
    ),
    Example(
        "indicator",
        "`count_distinct` counts different values: two of the three who borrowed did so twice.",
        _indicator(
            "borrowers", "members", "flow: {fact: loans, axis: lent_on, aggregate: count_distinct, column: member_no}"
        ),
        ("borrowers",),
        """
        borrowers
        3
        """,
        QUARTER,
    ),
    Example(
        "indicator",
        "A stock of a computed level counts its values (`of`): the median age on the day asked.",
        """
        levels:
          age: {label: Age, type: integer, tier: T1, computed: age, on: {members: born}}
        indicators:
          median_age:
            label: Median age
            description: Median of completed years
            unit: years
            tier: T1
            stock: {fact: members, aggregate: median, of: age}
            over: at the end of the day asked
        """,
        ("median_age",),
        """
        median_age
        33.0
        """,
        {"as_of": "2024-03-31"},
    ),
    Example(
        "indicator",
        "A sum of such numbers says the same, beside its `column`.",
        _HOUSEHOLDS
        + """
        indicators:
          people_in_households:
            label: People in households
            description: Members who live in a household
            unit: members
            tier: T0
            stock:
              fact: households
              aggregate: sum
              column: size
              composed_of: {fact: members, link: household_no}
            over: counted at the end of the day asked
        """,
        ("people_in_households",),
        """
        people_in_households
        3
        """,
        {"as_of": "2024-03-31"},
    ),
    Example(
        "indicator",
        "A `ratio` is one indicator over another, in each cell and total by itself; over nothing it is no number.",
        _indicator("loans_per_member", "loans per member", "ratio: {numerator: loans, denominator: members}"),
        ("loans_per_member",),
        """
        branch | loans_per_member
        north  | 3.0
        south  | 1.0
        """,
        {"by": ["branch"], **QUARTER},
    ),
    Example(
        "indicator",
        "`derived` is arithmetic of other indicators. Those that only serve it are `internal`: nobody can ask them "
        "alone.",
        """
        indicators:
          free_loans:
            label: Free loans
            description: Loans without a fee
            unit: loans
            tier: T0
            internal: true
            flow: {fact: loans, axis: lent_on, where: fee = 0}
          loans_with_a_fee:
            label: Loans with a fee
            description: Loans that cost something, or of which that is not known
            unit: loans
            tier: T0
            derived: loans - free_loans
        levels:
          fee: {label: Fee, type: number, tier: T1, on: {loans: fee}}
        """,
        ("loans_with_a_fee",),
        """
        loans_with_a_fee
        4
        """,
        QUARTER,
    ),
    Example(
        "indicator",
        "A `cumulative` is everything up to the end of the day asked.",
        _indicator("loans_so_far", "loans", "cumulative: {fact: loans, axis: lent_on}"),
        ("loans_so_far",),
        """
        period     | loans_so_far
        2024-01-01 | 2
        2024-02-01 | 4
        2024-03-01 | 5
        """,
        MONTHS,
    ),
    Example(
        "indicator",
        "A `share` is of the whole answer (`total`), or of the cells alike in all but the last breakdown (`parent`).",
        _indicator("share_of_loans", "share", "share: {of: loans, within: total}"),
        ("share_of_loans",),
        """
        branch | share_of_loans
        north  | 0.6
        south  | 0.4
        """,
        {"by": ["branch"], **QUARTER},
    ),
    Example(
        "indicator",
        "A `period_average` is the average of a stock at the ends of the days of a period: 2 members for 14 days, "
        "3 for 17, 4 for 14 and 3 for 15 days of January and February.",
        _indicator(
            "average_members", "members", "period_average: {fact: members}\n    over: the average of the days' ends"
        ),
        ("average_members",),
        """
        average_members
        3.0
        """,
        {"period": "2024-01-01..2024-02-29"},
    ),
    Example(
        "indicator",
        "A `change` is how far an indicator is from what it was: the period before (`previous`) or a year ago, as "
        "a `difference` or as a `share` of what it was.",
        _indicator("change_of_loans", "loans", "change: {of: loans, since: previous, as: difference}"),
        ("change_of_loans",),
        """
        period     | change_of_loans
        2024-01-01 | -
        2024-02-01 | 0
        2024-03-01 | -1
        """,
        MONTHS,
    ),
    Example(
        "indicator",
        "A `conversion` is, of those that begin in the period, the share that comes to something within so many "
        "days; who has not had the days yet does not count. Of five loans up to 17 March (31 March less 14 days), two "
        "were back in time.",
        """
        facts:
          returns:
            label: Returns
            table: returns
            entity: loan
            unit: return_no
            scope: branch
            axes: {returned_on: returned_on}
        indicators:
          back_in_time:
            label: Back in time
            description: Of the loans of the period, those that came back within 14 days
            unit: share
            tier: T0
            conversion:
              of: {fact: loans, axis: lent_on}
              to: {fact: returns, axis: returned_on}
              link: loan_no
              within_days: 14
        """,
        ("back_in_time",),
        """
        branch | back_in_time
        north  | 0.3333333333333333
        south  | 0.5
        """,
        {"by": ["branch"], **QUARTER},
    ),
    Example(
        "indicator",
        "`levels` are the only breakdowns that an indicator goes with, and `levels_reason` is what whoever asks "
        "for another is told.",
        _indicator(
            "loans_of_branches",
            "loans",
            "flow: {fact: loans, axis: lent_on}\n    levels: [branch]\n    levels_reason: no other is published",
        ),
        ("loans_of_branches",),
        """
        branch | loans_of_branches
        north  | 3
        south  | 2
        """,
        {"by": ["branch"], **QUARTER},
    ),
)

POLICIES = (
    Example(
        "policy",
        "A `forbid` takes what permissions give, and its `reason` is what a refusal says. `members` are the "
        "breakdowns and indicators that it is about.",
        """
        policies:
          kinds_are_not_told:
            effect: forbid
            who: {class: all}
            on: member
            rows: all
            members: {any_of: [kind]}
            doors: [count]
            reason: Who is a child is not told.
        """,
        ("members",),
        "",
        {"by": ["kind"], "as_of": "2024-03-31"},
        refused="Who is a child is not told.",
    ),
)

EXAMPLES = (*FACTS, *DIMENSIONS, *LEVELS, *INDICATORS, *POLICIES)
