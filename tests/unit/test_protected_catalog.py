"""What a viewer of class statistics is shown of the definitions is whole: each part of it can be told by itself."""

from __future__ import annotations

from dataclasses import replace

from dataport.dictionary import CodeLists
from dataport.disclosure.statistics import protected_catalog
from dataport.render.catalog import indicator_told, level_told
from dataport.semantic import DEFINITIONS, load_catalog


def test_all_that_is_shown_can_be_told_with_its_breakdowns() -> None:
    # under another digest, or what was narrowed before is told again
    shown = protected_catalog(replace(load_catalog(DEFINITIONS, CodeLists()), digest="another"))
    told = {name: indicator_told(shown.indicator(name), shown) for name in shown.public_indicators()}
    assert all(level_told(one, shown)["label"] for one in shown.levels.values())
    assert {"sex", "age_group", "education_band"} <= {*told["active_individuals"]["breakdowns"]}
