"""Who may ask what: one test per way in which a permission could be stretched."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dataport.access import Everything, Grants, Permission, Viewer, ViewerClass, Within, guard, identify
from dataport.dictionary import CodeLists
from dataport.errors import Refused, UnknownViewer
from dataport.semantic import DEFINITIONS, Horizon, Question, Request, load_catalog, resolve
from dataport.semantic.horizons import Horizons

CATALOG = load_catalog(DEFINITIONS, CodeLists())
HORIZON = Horizon(datetime(2021, 12, 31), datetime(2022, 3, 1))
NOW = datetime(2022, 3, 1, 12)
DAY = timedelta(hours=24)


def permission(entity: str = "individual", **changes: object) -> Permission:
    fields = {"role": "R", "entity": entity, "units": None, "may_count": True, "may_open": False}
    fields |= {"finest_place_level": 6, "highest_tier": "T2", "row_limit": 0}
    return Permission(**(fields | changes))  # type: ignore[arg-type]


def viewer(*permissions: Permission, viewer_class: ViewerClass = ViewerClass.REGISTRATION) -> Viewer:
    return Viewer("v@example.org", viewer_class, permissions, 1)


def question(*indicators: str, by: tuple[str, ...] = (), where: tuple[str, ...] = ()) -> Question:
    return resolve(Request(indicators or ("active_individuals",), by, where), CATALOG, HORIZON)


def test_no_permission_means_no_answer() -> None:
    with pytest.raises(Refused, match="None of this viewer's roles permits counting individual records"):
        guard(question(), viewer())


def test_a_permission_to_open_is_none_to_count() -> None:
    with pytest.raises(Refused):
        guard(question(), viewer(permission(may_count=False, may_open=True)))


def test_an_empty_list_of_units_is_no_row() -> None:
    scoped = guard(question(), viewer(permission(units=frozenset())))
    assert scoped.scopes["population"] == Within("business_unit_id", ())
    assert scoped.in_words() == "no rows"


def test_rows_of_several_roles_add_up() -> None:
    scoped = guard(question(), viewer(permission(units=frozenset("A")), permission(units=frozenset("B"), role="S")))
    assert scoped.scopes["population"] == Within("business_unit_id", ("A", "B"))


def test_two_roles_never_add_up_to_more_than_either() -> None:
    """All rows without age, and one unit with age, are not all rows with age."""
    wide, deep = permission(highest_tier="T0"), permission(units=frozenset("A"), role="S")
    assert guard(question(), viewer(wide, deep)).scopes["population"] == Everything()
    assert guard(question(by=("sex",)), viewer(wide, deep)).scopes["population"] == Within("business_unit_id", ("A",))


@pytest.mark.parametrize(
    ("indicators", "by", "where"),
    [
        (("active_individuals",), ("sex",), ()),
        (("active_individuals",), ("age_group",), ()),
        (("active_individuals",), (), ("sex = 'F'",)),
        (("active_individuals",), (), ("not age_group is unknown",)),
        (("share_of_women_and_girls",), (), ()),
        (("share_of_children",), (), ()),
        (("active_individuals", "active_children"), (), ()),
    ],
)
def test_every_member_mentioned_must_be_permitted(
    indicators: tuple[str, ...], by: tuple[str, ...], where: tuple[str, ...]
) -> None:
    with pytest.raises(Refused, match="more sensitive than this viewer's role"):
        guard(question(*indicators, by=by, where=where), viewer(permission(highest_tier="T0")))


def test_a_finer_place_than_the_role_permits_is_refused_in_a_filter_too() -> None:
    coarse = viewer(permission(finest_place_level=2))
    for asked in (question(by=("location",)), question(where=("location is unknown",))):
        with pytest.raises(Refused, match="finer place"):
            guard(asked, coarse)


def test_specific_needs_ask_for_both_entities_and_the_narrower_scope() -> None:
    needs = permission("specific_need", units=frozenset("AB"))
    with pytest.raises(Refused, match="specific need records"):
        guard(question("individuals_with_specific_needs"), viewer(permission()))
    scoped = guard(question("individuals_with_specific_needs"), viewer(permission(units=frozenset("BC")), needs))
    assert scoped.scopes["population"] == Within("business_unit_id", ("B",))


def test_group_sizes_ask_for_the_members_too() -> None:
    with pytest.raises(Refused, match="individual records"):
        guard(question("average_group_size"), viewer(permission("registration_group")))


def test_statistics_viewers_read_nothing_of_the_figures_and_are_told() -> None:
    with pytest.raises(Refused, match="protected statistics only"):
        guard(question(), viewer(permission(), viewer_class=ViewerClass.STATISTICS))


def grants(login: str | None = "v@example.org", age: timedelta = timedelta(0)) -> Grants:
    viewer_class = ViewerClass.REGISTRATION if login else None
    return Grants(1, NOW - age, login, viewer_class, (permission(),) if login else ())


def test_old_grants_refuse_everybody_before_anything_else() -> None:
    for login in ("v@example.org", None):
        with pytest.raises(Refused, match="must not outlive a broken job"):
            identify(grants(login, timedelta(hours=24, seconds=1)), now=NOW, max_age=DAY)
    assert identify(grants(age=DAY), now=NOW, max_age=DAY).login == "v@example.org"


def test_an_unknown_viewer_is_nobody() -> None:
    with pytest.raises(UnknownViewer):
        identify(grants(None), now=NOW, max_age=DAY)


def test_a_class_can_be_lowered_and_not_chosen() -> None:
    lowered = identify(grants(), now=NOW, max_age=DAY, as_class=ViewerClass.STATISTICS)
    assert lowered.viewer_class is ViewerClass.STATISTICS
    with pytest.raises(Refused):
        identify(grants(), now=NOW, max_age=DAY, as_class=ViewerClass.SERVICE)


def of_two_stores(**ages: timedelta) -> Grants:
    """Somebody with permissions of the stores a and b, read so long ago."""
    given = tuple(permission(source=name, units=frozenset({f"unit of {name}"})) for name in ("a", "b"))
    read = {name: NOW - age for name, age in ages.items()}
    return Grants(1, min(read.values()), "v@example.org", ViewerClass.REGISTRATION, given, (), read)


def over_two_stores(*where: str) -> Question:
    members = {"source": {name: frozenset({name}) for name in ("a", "b")}}
    return replace(question(where=where), horizons=Horizons({"a": HORIZON, "b": HORIZON}, members))


OLD, FRESH = timedelta(hours=30), timedelta(hours=1)


def test_permissions_of_one_store_that_are_too_old_refuse_what_could_hold_its_rows() -> None:
    viewer_of_both = identify(of_two_stores(a=FRESH, b=OLD), now=NOW, max_age=DAY)
    assert viewer_of_both.expired == {"b"} and {one.source for one in viewer_of_both.permissions} == {"a"}
    for where in ((), ("source in ('a', 'b')",), ("source = 'b'",), ("sex = 'F'",)):
        with pytest.raises(Refused, match=r"Permissions of b were read too long ago.*source in \('a'\)"):
            guard(over_two_stores(*where), viewer_of_both)
    scoped = guard(over_two_stores("source = 'a'"), viewer_of_both)
    assert scoped.scopes["population"] == Within("business_unit_id", ("unit of a",))
    with pytest.raises(Refused, match="Permissions of b"):
        guard(question(), viewer_of_both)
    assert identify(of_two_stores(a=FRESH, b=FRESH), now=NOW, max_age=DAY).expired == frozenset()


def test_whoever_has_permissions_of_a_silent_store_alone_is_refused_and_others_are_not() -> None:
    grants_of_both = of_two_stores(a=FRESH, b=OLD)
    own = {one.source: replace(grants_of_both, permissions=(one,)) for one in grants_of_both.permissions}
    with pytest.raises(Refused, match="permissions of b were last read more than 24 hours ago"):
        identify(own["b"], now=NOW, max_age=DAY)
    assert not identify(own["a"], now=NOW, max_age=DAY).expired
    with pytest.raises(UnknownViewer):
        identify(replace(grants_of_both, login=None, permissions=()), now=NOW, max_age=DAY)


def test_where_no_store_has_been_read_lately_nobody_is_answered() -> None:
    with pytest.raises(Refused, match="so no question is answered"):
        identify(of_two_stores(a=OLD, b=OLD), now=NOW, max_age=DAY)
