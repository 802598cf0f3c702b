"""Kinds of record are data: each column of the records is told, or is one of those that are not told, by decision."""

from __future__ import annotations

from pathlib import Path

import pytest
from figures import catalog
from opened import columns_of

from dataport.errors import BadDefinition
from dataport.semantic import load_catalog

# What leads from one record to another, or says when it was known: told by the records themselves, or in other words.
NOT_TOLD = {
    "individual_key", "group_key", "document_key", "specific_need_key", "assistance_key", "event_key", "individual_id",
    "group_id", "related_individual_id", "country_code", "stamped_at", "source_id", "valid_from", "valid_to",
}  # fmt: skip

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


@pytest.mark.parametrize("name", catalog().records.models)
def test_every_column_is_told_or_is_not_by_decision(name: str) -> None:
    model = catalog().records[name]
    told = {*model.fields, *model.bookkeeping}
    columns = set(columns_of(model.table))
    assert told <= columns
    assert columns - told <= NOT_TOLD


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
