"""Policies: what is misspelt refuses to start, what is not said is denied, and each rule bites where it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from figures import Desk, catalog, permission, viewer, world

from dataport.access import Everything, Viewer, ViewerClass, Where, Within, guard
from dataport.access.decide import Mentioned, decide
from dataport.dictionary import CodeLists
from dataport.errors import BadDefinition, Refused
from dataport.semantic import DEFINITIONS, Catalog, DateRange, Request, load_catalog, resolve
from dataport.semantic.condition import Attribute, Not, OneOf
from dataport.semantic.policy import SCOPE

PERMIT = """
  grants:
    effect: permit
    who: {class: registration}
    rows: scope in viewer.units
    doors: [count]
    reason: As granted.
"""
KEPT_BACK = """
  closed_cases:
    effect: forbid
    who: {class: all}
    on: [individual]
    rows: process_status = 'C'
    doors: [count]
    reason: Closed cases are nobody's business.
"""
TEST = "effect: permit\n    who: {class: registration}\n    rows: ROWS\n    doors: [count]\n    reason: R\n"


def loaded(folder: Path, text: str) -> Catalog:
    """The project's definitions with other policies."""
    for path in DEFINITIONS.glob("*.yml"):
        if path.name != "policies.yml":
            (folder / path.name).write_bytes(path.read_bytes())
    (folder / "policies.yml").write_text(f"policies:\n{text}", encoding="utf-8")
    return load_catalog(folder, CodeLists())


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "scope in viewer.units",
            "scope in viewer.units and business_units = 'A'",
            "no breakdown called 'business_units'",
        ),
        ("scope in viewer.units", "sex = 'X'", "'X'"),
        ("scope in viewer.units", "sex = viewer.login", "compared with scope only"),
        ("scope in viewer.units", "scope in viewer.unit", "expected"),
        ("scope in viewer.units", "scope > 'A'", "=, !=, in, not in and is unknown"),
        ("scope in viewer.units", "scope = 5", "compared with texts"),
        ("scope in viewer.units", "unhcr_bureau = 'MENA'", "not held by any fact"),
        ("scope in viewer.units", "1 = 1", "expected"),
        ("effect: permit", "effect: allow", "not one of permit, forbid"),
        ("class: registration", "class: registrar", "not one of registration"),
        ("who: {class: registration}", "who: {}", "whom it is about"),
        ("who: {class: registration}", "who: {class: []}", "about nobody"),
        ("doors: [count]", "doors: [counting]", "not one of count, open"),
        ("doors: [count]", "doors: []", "some door"),
        ("    reason: As granted.\n", "", "'reason' is missing"),
        ("    rows: scope in viewer.units\n", "", "'rows' is missing"),
        ("doors: [count]", "doors: [count]\n    on: [person]", "no entity called 'person'"),
        ("doors: [count]", "doors: [count]\n    members: {except: [agee]}", "Did you mean age?"),
        ("doors: [count]", "doors: [count]\n    members: {any_of: [age]}", "no field called 'any_of'"),
        ("doors: [count]", "doors: [count]\n    member: {up_to: T1}", "Did you mean members?"),
        ("doors: [count]", "doors: [count]\n    members: {places: 7}", "level 0, the country, to level 6"),
        # what could never be met
        ("scope in viewer.units", "scope = viewer.units", "write scope in viewer.units"),
        ("scope in viewer.units", "scope != viewer.units", "write scope not in viewer.units"),
        ("scope in viewer.units", "sex = 'F' and sex = 'M'", "contradict themselves"),
        ("scope in viewer.units", "scope in viewer.units and sex in ('F') and not sex = 'F'", "contradict themselves"),
        ("scope in viewer.units", "sex != 'F' and sex in ('F')", "contradict themselves"),
        ("scope in viewer.units", "scope in viewer.units and age > 5 and age < 3", "not held by any fact"),
        ("doors: [count]", "doors: [count]\n    purpose: required", "for the door open alone"),
        ("doors: [count]", "doors: [count, open]\n    purpose: required", "for the door open alone"),
        # what a forbid cannot know: it holds whichever role it is
        ("effect: permit", "effect: forbid", "viewer.units is that of one role"),
        ("effect: permit\n", "effect: forbid\n    members: {any_of: [age]}\n", "viewer.units is that of one role"),
        (
            "scope in viewer.units",
            "scope in viewer.units and education_level = 'NE'\n    on: [registration_group]",
            "not held by any fact about registration_group",
        ),
    ],
)
def test_what_is_not_known_refuses_to_start(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(BadDefinition, match=r"policies\.yml:\d+") as refusal:
        loaded(tmp_path, PERMIT.replace(old, new, 1))
    assert told in str(refusal.value)


@pytest.mark.parametrize("rows", ["sex != 'F'", "sex != 'F' and not sex = 'M'", "sex in ('F', 'M') and sex != 'F'"])
def test_rows_of_another_value_contradict_nothing(tmp_path: Path, rows: str) -> None:
    assert (
        len(loaded(tmp_path, PERMIT.replace("scope in viewer.units", f"scope in viewer.units and {rows}")).policies)
        == 1
    )


def test_what_is_known_of_who_asks_does_not_contradict_a_list(tmp_path: Path) -> None:
    """Which units a viewer has is not known yet: some viewer may have one of the list."""
    narrowed = PERMIT.replace("scope in viewer.units", "scope in viewer.units and scope in ('BU1', 'BU2')")
    assert loaded(tmp_path, narrowed).policies[0].name == "grants"


def test_a_forbid_may_speak_of_the_login(tmp_path: Path) -> None:
    own = KEPT_BACK.replace("process_status = 'C'", "scope in (viewer.login)")
    policies = loaded(tmp_path, PERMIT + own)
    assert [one.effect for one in policies.policies] == ["permit", "forbid"]
    desk = Desk(world([{"business_unit_id": "ana"}, {"business_unit_id": "KEN-CO"}, {}]), policies)
    for login, left in (("ana", 2), ("ben", 3)):
        assert desk.rows("active_individuals", who=viewer(login=login)) == [(left,)]


def test_what_no_policy_permits_is_denied(tmp_path: Path) -> None:
    only_groups = loaded(tmp_path, PERMIT.replace("    rows:", "    on: [registration_group]\n    rows:"))
    desk = Desk(world([{}], [{}]), only_groups)
    assert desk.rows("active_groups") == [(1,)]
    with pytest.raises(Refused, match="No policy permits counting individual records"):
        desk.ask("active_individuals")


def test_a_forbid_takes_rows_from_whoever_has_them(tmp_path: Path) -> None:
    desk = Desk(
        world([{}, {"process_status_code": "C"}, {"process_status_code": None}]), loaded(tmp_path, PERMIT + KEPT_BACK)
    )
    scoped = desk.scoped(Request(("registered_individuals",)))
    assert isinstance(scoped.scopes["population"], Where)
    assert scoped.in_words() == "all rows, less what a policy keeps back"
    assert desk.rows("registered_individuals") == [(2,)]
    told = desk.explained(Request(("registered_individuals",)))
    assert any("only rows that policies permit" in line for line in told)
    assert not any("'C'" in line for line in told)


def test_a_fact_that_does_not_hold_what_a_policy_decides_by_is_refused_not_open(tmp_path: Path) -> None:
    by_age = KEPT_BACK.replace("on: [individual]", "on: all").replace("process_status = 'C'", "is_focal_point = true")
    desk = Desk(world([{}], [{}]), loaded(tmp_path, PERMIT + by_age))
    assert desk.rows("registered_individuals") == [(1,)]
    with pytest.raises(Refused, match="do not hold what a policy decides by"):
        desk.ask("active_groups")


def test_a_rollup_without_the_column_is_not_read(tmp_path: Path) -> None:
    by_age = KEPT_BACK.replace("process_status = 'C'", "marital_status = 'MA'")
    desk = Desk(world([{}, {"marital_status_code": "MA"}]), loaded(tmp_path, PERMIT + by_age))
    assert desk.rows("registered_individuals") == desk.rows("active_individuals", where=("marital_status != 'MA'",))
    assert not any("rollup" in line for line in desk.explained(Request(("registered_individuals",))))


def test_members_are_kept_back_by_name_however_they_are_mentioned(tmp_path: Path) -> None:
    rule = PERMIT.replace("    reason", "    members: {except: [sex]}\n    reason")
    desk = Desk(world([{}]), loaded(tmp_path, rule))
    assert desk.rows("active_individuals") == [(1,)]
    for words in ({"by": ("sex",)}, {"where": ("sex = 'F'",)}):
        with pytest.raises(Refused, match="is not for this viewer: As granted"):
            desk.ask("active_individuals", **words)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="is not for this viewer"):
        desk.ask("share_of_women_and_girls")


@pytest.mark.parametrize("effect", ["permit", "forbid"])
def test_what_was_worked_out_of_a_field_is_kept_back_with_it(tmp_path: Path, effect: str) -> None:
    """A check tells of its fields: its KPI, its counts, the filter and breakdown by it, and whatever is made of it."""
    members = {"permit": "members: {except: [occupation]}", "forbid": "members: {any_of: [occupation]}"}[effect]
    kept = (
        PERMIT + f"    {members}\n"
        if effect == "permit"
        else (
            PERMIT + "  kept:\n    effect: forbid\n    who: {class: all}\n    rows: all\n    doors: [count]\n"
            f"    {members}\n    reason: Not for figures.\n"
        )
    )
    desk = Desk(world([]), loaded(tmp_path, kept))
    made_of_it = ("kpi_k04", "kpi_k04_failing", "kpi_k04_judged", "kpi_k01", "quality_score", "quality_score_basic",
                  "complete_records", "completeness_socio_economic", "open_issues", "issues_begun")  # fmt: skip
    for name in made_of_it:
        with pytest.raises(Refused):
            desk.scoped(Request((name,)))
    for asked in (Request(("judged_records",), where=("k04 = true",)), Request(("judged_records",), ("k04",))):
        with pytest.raises(Refused):
            desk.scoped(asked)
    desk.scoped(Request(("kpi_k05", "kpi_k18", "completeness_global")))


def test_a_forbid_about_members_bites_only_where_they_are_mentioned(tmp_path: Path) -> None:
    rule = KEPT_BACK.replace("rows: process_status = 'C'", "rows: all\n    members: {any_of: [legal_status]}")
    desk = Desk(world([{}]), loaded(tmp_path, PERMIT + rule))
    assert desk.rows("active_individuals") == [(1,)]
    with pytest.raises(Refused, match="nobody's business"):
        desk.ask("active_individuals", by=("legal_status",))


def test_a_policy_narrows_the_tier_and_the_place_of_a_role(tmp_path: Path) -> None:
    desk = Desk(
        world([{}]), loaded(tmp_path, PERMIT.replace("    reason", "    members: {up_to: T0, places: 1}\n    reason"))
    )
    for words, told in (({"by": ("sex",)}, "more sensitive"), ({"by": ("location",)}, "finer place")):
        with pytest.raises(Refused, match=told):
            desk.ask("active_individuals", **words)  # type: ignore[arg-type]


def test_a_forbid_that_asks_what_is_not_known_of_the_viewer_applies_to_every_row(tmp_path: Path) -> None:
    """A forbid has no role of its own, so no units: it is not loaded, and made otherwise it closes all, not none."""
    with pytest.raises(BadDefinition, match=r"viewer\.units is that of one role"):
        loaded(tmp_path, PERMIT + KEPT_BACK.replace("process_status = 'C'", "not scope in viewer.units"))
    permit, forbid = loaded(tmp_path, PERMIT + KEPT_BACK).policies
    unknown = replace(forbid, rows=Not(OneOf(SCOPE, (Attribute("units"),))))
    desk = Desk(world([{}]), replace(catalog(), policies=(permit, unknown)))
    for who in (viewer(), viewer(["KEN-CO"])):
        with pytest.raises(Refused, match="nobody's business"):
            desk.ask("active_individuals", who=who)


PLACES = {level.name: level.place_level for level in catalog().levels.values() if level.place_level is not None}


@pytest.mark.parametrize("finest", range(7))
def test_a_place_as_fine_as_the_role_permits_is_told_and_a_finer_one_is_not(tmp_path: Path, finest: int) -> None:
    narrowed = PERMIT.replace("    reason", f"    members: {{places: {finest}}}\n    reason")
    by_policy, by_role = Desk(world(), loaded(tmp_path, narrowed)), Desk(world())
    assert set(PLACES.values()) == {0, 1, 2, 3, 4, 6}
    for name, fineness in PLACES.items():
        asked = Request(("active_individuals",), (name,))
        for desk, who in ((by_role, viewer(finest_place_level=finest)), (by_policy, viewer())):
            if fineness <= finest:
                assert desk.scoped(asked, who), name
                continue
            with pytest.raises(Refused, match="finer place"):
                desk.scoped(asked, who)


def test_what_a_conversion_must_come_to_is_mentioned_by_it(tmp_path: Path) -> None:
    """The share of those who got a valid document tells of the validity of documents, which nobody named."""
    rule = PERMIT.replace("    reason", "    members: {except: [is_valid_document]}\n    reason")
    desk = Desk(world(), loaded(tmp_path, rule))
    period = DateRange(date(2022, 1, 1), date(2022, 1, 31))
    with pytest.raises(Refused, match="is not for this viewer: As granted"):
        desk.ask("documented_within_90_days", period=period)
    assert desk.ask("new_registrations", period=period)


def test_a_rule_for_one_role_gives_nothing_to_another(tmp_path: Path) -> None:
    rule = PERMIT.replace("{class: registration}", "{class: registration, role: Analyst}")
    policies = loaded(tmp_path, rule).policies
    held = permission("individual", ["A"], role="Analyst"), permission("individual", role="Clerk")
    found = decide(policies, viewer(None, *held), "individual", "count", Mentioned())
    assert [one.role for one in found.judged if one.obstacle is None] == ["Analyst"]
    catalogue = replace(catalog(), policies=policies)
    desk = Desk(world([{}]), catalogue)
    assert desk.scoped(Request(("active_individuals",)), viewer(None, *held)).scopes["population"] == Within(
        "business_unit_id", ("A",)
    )


def test_records_ask_for_a_purpose() -> None:
    opener = viewer(None, permission("individual", may_open=True))
    for purpose, refused in ((None, True), ("  ", True), ("Appointment", False)):
        found = decide(catalog().policies, opener, "individual", "open", Mentioned(), purpose)
        assert (found.refusal is not None) == refused
        assert not refused or "--purpose" in str(found.refusal)
    counter = viewer(None, permission("individual"))
    assert decide(catalog().policies, counter, "individual", "open", Mentioned(), "Work").refusal


@pytest.mark.parametrize("one", [ViewerClass.STATISTICS, ViewerClass.PARTNER, ViewerClass.SERVICE])
def test_other_classes_read_nothing_yet_and_are_told(one: ViewerClass) -> None:
    desk = Desk(world([{}]))
    with pytest.raises(Refused, match=f"class {one}"):
        desk.ask("active_individuals", who=replace(viewer(), viewer_class=one))


def test_a_folder_without_policies_follows_the_declared_grant() -> None:
    shop = load_catalog(Path(__file__).parents[1] / "shop", {})
    assert [one.name for one in shop.policies] == ["as_granted"]


def test_a_viewer_of_everything_is_narrowed_by_nothing() -> None:
    desk = Desk(world([{}]))
    who: Viewer = viewer()
    assert (
        guard(resolve(Request(("active_individuals",)), desk.catalog, desk.figures.horizon), who).scopes["population"]
        == Everything()
    )
