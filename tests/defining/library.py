"""The file that all examples of the reference ask: a library with two branches, five loans and four members."""

from __future__ import annotations

from datetime import datetime

HISTORY = (datetime(2024, 1, 1), datetime(2024, 4, 1))

# Table to its rows, as the page shows them and as the file holds them; `-` is null.
TABLES = {
    "loans": """
        loan_no INTEGER | branch TEXT | lent_on DATE | member_no INTEGER | book_no INTEGER | fee DECIMAL(8,2)
        1 | north | 2024-01-05 | 1 | 10 | 1.50
        2 | north | 2024-01-20 | 2 | 11 | 0.00
        3 | south | 2024-02-03 | 3 | 10 | 2.25
        4 | south | 2024-02-10 | 3 | 12 | -
        5 | north | 2024-03-01 | 1 | 12 | 1.00
    """,
    "returns": """
        return_no INTEGER | branch TEXT | returned_on DATE | loan_no INTEGER | as_new BOOLEAN
        1 | north | 2024-01-12 | 1 | true
        2 | north | 2024-03-01 | 2 | true
        3 | south | 2024-02-08 | 3 | false
    """,
    "members": """
        member_no INT | branch TEXT | joined TIMESTAMP | left_at TIMESTAMP | kind TEXT | born DATE | household_no INT
        1 | north | 2024-01-01 | - | adult | 1980-05-01 | 1
        2 | north | 2024-01-01 | 2024-02-15 | child | 2012-02-20 | 1
        3 | south | 2024-01-15 | - | adult | 1990-12-31 | 2
        4 | south | 2024-02-01 | - | child | 2015-07-01 | 2
    """,
    "reminders": """
        reminder_no INTEGER | branch TEXT | member_no INTEGER | sent TIMESTAMP | settled TIMESTAMP | reason TEXT
        1 | north | 1 | 2024-02-01 | - | late
        2 | south | 3 | 2024-02-20 | 2024-03-10 | damaged
    """,
    "households": """
        household_no INTEGER | branch TEXT | since TIMESTAMP | until TIMESTAMP | size INTEGER
        1 | north | 2024-01-01 | 2024-02-15 | 2
        1 | north | 2024-02-15 | - | 1
        2 | south | 2024-01-15 | 2024-02-01 | 1
        2 | south | 2024-02-01 | - | 2
    """,
    "books": """
        book_no INTEGER | subject TEXT | shelf TEXT
        10 | history | A
        11 | history | B
        12 | art | B
    """,
}

MODEL = """\
facts:
  loans:
    label: Loans
    table: loans
    entity: loan
    unit: loan_no
    scope: branch
    axes: {lent_on: lent_on}
  members:
    label: Members, by stretch of time in which nothing about them changes
    table: members
    entity: member
    unit: member_no
    scope: branch
    validity: {from: joined, to: left_at}
levels:
  branch: {label: Branch, tier: T0, on: {loans: branch, members: branch}}
  kind: {label: Kind of member, tier: T1, on: {members: kind}}
indicators:
  loans:
    label: Loans
    description: Loans of the period
    unit: loans
    tier: T0
    flow: {fact: loans, axis: lent_on}
  members:
    label: Members
    description: Members at the end of the day
    unit: members
    tier: T0
    stock: {fact: members}
    over: counted at the end of the day asked; never stale
"""


def made() -> str:
    """The SQL that makes the file."""
    return "\n".join(_made(name, text) for name, text in TABLES.items())


def _made(name: str, text: str) -> str:
    head, *rows = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    kinds = [column.split()[1] for column in head]
    values = ", ".join(
        "(" + ", ".join("NULL" if cell == "-" else f"'{cell}'::{kind}" for cell, kind in zip(row, kinds, strict=True))
        + ")" for row in rows
    )  # fmt: skip
    return f"CREATE TABLE {name} ({', '.join(head)}); INSERT INTO {name} VALUES {values};"
