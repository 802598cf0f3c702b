"""How sensitive each field is, whichever table it stands in, and what its codes mean: the seed ``field_sensitivity``.

``direct`` names a person, a family or one of their records outside the warehouse; ``detail`` is something of one record
that no published figure needs; both have no place in the figures. ``T2`` is sensitive, ``T1`` helps to tell people
apart when combined, ``T0`` is place, period and population group. ``key`` is an integer that means nothing outside the
warehouse, ``time`` recorded time and its causes, ``reference`` a public list.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from dataport.dictionary.seeds import read_seed

RECORDS_ONLY = frozenset({"direct", "detail"})


@cache
def sensitivities() -> Mapping[str, str]:
    """The sensitivity of every field, by the name of the field."""
    return {row["field"]: row["sensitivity"] for row in read_seed("field_sensitivity")}


@cache
def code_lists_of_fields() -> Mapping[str, str]:
    """The code list of every field that has one, by the name of the field."""
    return {row["field"]: row["code_list"] for row in read_seed("field_sensitivity") if row["code_list"]}
