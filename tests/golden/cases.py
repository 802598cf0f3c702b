"""Questions whose plan and statement are kept as text, to be read as prose when they change."""

from __future__ import annotations

from datetime import date

from figures import KENYA, NOBODY, WIDE

from dataport.access import Viewer
from dataport.semantic import DateRange, Request

_MONTHS = DateRange(date(2022, 1, 1), date(2022, 2, 28))

CASES: dict[str, tuple[Request, Viewer]] = {
    "a stock": (Request(("active_individuals",)), WIDE),
    "a stock for a limited viewer": (Request(("active_individuals",)), KENYA),
    "nothing for a viewer of nothing": (Request(("active_individuals",)), NOBODY),
    "many indicators are one scan": (
        Request(("active_individuals", "individuals_on_hold", "share_of_women_and_girls", "share_of_children")),
        WIDE,
    ),
    "a level behind a level is looked up after counting": (
        Request(("active_individuals",), ("unhcr_bureau",), ("unhcr_bureau != 'MENA' and not sex = 'F'",)),
        WIDE,
    ),
    "a trend is one scan of steps": (Request(("active_individuals",), ("sex",), period=_MONTHS, grain="month"), KENYA),
    "two facts meet by equal keys": (Request(("active_individuals", "new_registrations"), ("operation",)), WIDE),
    "a group's size for a limited viewer": (Request(("average_group_size",)), KENYA),
    "a top in a trend is of members": (
        Request(("active_individuals",), ("sex",), period=_MONTHS, grain="month", top=1),
        WIDE,
    ),
    "totals and a top": (Request(("active_individuals",), ("operation", "sex"), totals=True, top=3), WIDE),
}
