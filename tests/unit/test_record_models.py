"""Kinds of record are data, and what is misspelt refuses to start. `dataport check` holds them against their tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataport.errors import BadDefinition
from dataport.semantic import load_catalog

GOOD = """
records:
  person:
    label: Person
    table: people
    key: individual_key
    ids: [individual_no]
    scope: business_unit_id
    found_in: {table: ids, id: case_id}
    fields: [individual_no, sex_code]
  paper:
    label: Paper
    table: papers
    key: document_key
    belongs_to: [person]
    fields: [number]
  stay:
    label: Stay
    table: stays
    key: membership_id
    entity: person
    belongs_to: [person]
    leads_to: person
    fields: [is_active]
"""


def test_kinds_of_record_are_read(tmp_path: Path) -> None:
    (tmp_path / "model.yml").write_text(GOOD)
    found = load_catalog(tmp_path, {}).records
    assert found.entities == ("person", "paper")
    assert [one.name for one in found.owners] == ["person"]
    assert [one.name for one in found.belongings(found["person"])] == ["paper"]
    assert found.membership.name == "stay"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "belongs_to: [person]\n    fields: [number]",
            "belongs_to: [persn]\n    fields: [number]",
            "mean person",
        ),
        ("belongs_to: [person]\n    fields", "belongs_to: [paper]\n    fields", "belongs to others itself"),
        ("fields: [number]", "fields: [numbr]", "Did you mean number"),
        ("    scope: business_unit_id\n", "", "an owner has a scope"),
        ("    found_in: {table: ids, id: case_id}\n", "", "one table leads from ids"),
        ("fields: [number]", "fields: [number]\n    scope: x", "judged by its owner"),
        ("    entity: person\n", "", "the permission on its owner"),
        ("    key: document_key\n", "", "'key' is missing"),
    ],
)
def test_what_is_wrong_with_a_kind_of_record_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    (tmp_path / "model.yml").write_text(GOOD.replace(old, new, 1))
    with pytest.raises(BadDefinition, match=r"model\.yml:\d+") as refusal:
        load_catalog(tmp_path, {})
    assert told in str(refusal.value)
