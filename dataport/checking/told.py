"""told: what is defined is counted by a test, and what is said to be kept by a model is named in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dataport.checking.finding import Finding, Place, line_of
from dataport.checking.project import Project, below, text_of
from dataport.semantic.policy import FINEST_PLACE

_LEVEL = re.compile(r"level_(\d+)_id")
_COUNTED_IN = "tests/functional"


def check_counted(project: Project) -> Iterator[Finding]:
    """Every public indicator and every breakdown is counted by hand in the tests, where the tests are at hand."""
    folder = project.root / _COUNTED_IN
    if not (folder / "counting.py").is_file():
        return
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    for section, what in (("indicators", "indicator"), ("levels", "breakdown")):
        for name, entry in project.definitions.get(section, {}).items():
            if text_of(below(entry, "internal")) == "true" or line_of(text, f'"{name}"') > 1:
                continue
            mend = f"Count it by hand in {_COUNTED_IN}/counting.py, straight from the store."
            yield Finding(Place.read(entry.place), "test", f"No test counts the {what} {name!r}.", mend)


def check_rules(project: Project) -> Iterator[Finding]:
    """A rule is kept by the model that it names, which names it too."""
    for name, entry in project.definitions.get("rules", {}).items():
        stated = below(entry, "model")
        if stated is None:
            continue
        model = project.models.get(text_of(stated))
        if model is None:
            what = f"The rule {name!r} is said to be kept by {text_of(stated)!r}, and there is no such model."
            yield Finding(Place.read(stated.place), "rule", what, "Name the model that keeps it.")
        elif name not in model.text:
            what = f"The rule {name!r} is said to be kept by {model.name}, which does not name it."
            yield Finding(
                Place.read(stated.place), "rule", what, f"Name it in a comment of {model.file}, where it is kept."
            )


def check_places(project: Project) -> Iterator[Finding]:
    """Places have as many levels in their dimension as permissions and breakdowns speak of."""
    for name, contract in project.contracts.items():
        levels = {int(found[1]): column for column in contract.columns if (found := _LEVEL.fullmatch(column))}
        if levels and max(levels) != FINEST_PLACE:
            what = f"{name} has places down to level {max(levels)}; permissions speak of {FINEST_PLACE} levels."
            place = contract.columns[levels[max(levels)]].place
            yield Finding(place, "place", what, "Mend FINEST_PLACE in dataport/semantic/policy.py, or the model.")
