"""What the published figures say of each story, row by row."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from dataport.warehouse.build import build
from tests.warehouse import stories
from tests.warehouse.conftest import Figures, World
from tests.warehouse.landings import Writer
from tests.warehouse.stories import CLOCKS, OPEN, T0, US, event, jan, person


def test_a_person_to_whom_nothing_happens_has_one_stretch(figures: Figures) -> None:
    assert figures.stretches("stays", "process_status_code, age_group_code")[0][:4] == ("A", "25-49", T0, jan(28))
    assert figures.stretches("not-yet", "age_group_code") == [("12-17", T0, OPEN, "onboarded", None)]


def test_missing_codes_are_the_unknown_member_and_unknown_codes_stay(figures: Figures) -> None:
    columns = "sex_code, marital_status_code, settlement_code, occupation_code"
    assert figures.stretches("quiet", columns) == [
        (None, None, "U", "no-such-code", T0, jan(27), "onboarded", "corrected"),
        ("M", None, "U", "no-such-code", jan(27), OPEN, "corrected", None),
    ]


def test_late_records_are_raised_above_the_window_before_them(figures: Figures) -> None:
    low = CLOCKS[0]
    assert figures.stretches("late", "place_id, process_status_code") == [
        ("L2A", "A", T0, low + US, "onboarded", "moved"),
        ("L2B", "A", low + US, low + 2 * US, "moved", "status_changed"),
        ("L2B", "H", low + 2 * US, OPEN, "status_changed", None),
    ]


def test_two_versions_in_one_batch_are_two_stretches_and_the_seed_ranks_their_causes(figures: Figures) -> None:
    assert figures.stretches("double", "place_id, process_status_code") == [
        ("L2A", "A", T0, jan(3), "onboarded", "moved"),
        ("L2B", "A", jan(3), jan(5), "moved", "died"),
        ("L2B", "I", jan(5), OPEN, "died", None),
    ]


def test_a_version_that_says_the_same_is_none(figures: Figures) -> None:
    assert figures.stretches("noop", "place_id") == [("L2A", T0, OPEN, "onboarded", None)]
    versions = figures.records.execute(
        "select phone, valid_from, valid_to from dim_individual where individual_id = 'noop' order by valid_from"
    ).fetchall()
    assert versions == [("1", T0, jan(27)), ("2", jan(27), OPEN)]


def test_a_deleted_person_is_gone_and_may_come_back(figures: Figures) -> None:
    assert figures.stretches("deleted", "place_id") == [
        ("L2A", T0, jan(4), "onboarded", "deleted"),
        ("L2A", jan(25), OPEN, "restored", None),
    ]
    assert figures.stretches("brief", "place_id") == [("L2A", jan(6), jan(7), "registered", "deleted")]
    assert "never-seen" not in figures.keys


def test_a_deletion_event_takes_the_last_state_as_its_scope(figures: Figures) -> None:
    assert figures.stretches("erased", "process_status_code") == [("I", T0, jan(4), "onboarded", "deleted")]
    assert figures.rows(
        "select event_type_code, recorded_at, process_status_code, place_id from fct_registration_event "
        "where individual_key = ?",
        figures.keys["erased"],
    ) == [("deletion", jan(4), "I", "L2A")]


def test_an_event_takes_the_state_just_after_its_change(figures: Figures) -> None:
    assert figures.rows(
        "select event_type_code, recorded_at, reason_code, place_id, process_status_code from fct_registration_event "
        "where individual_key = ? order by recorded_at, event_type_code",
        figures.keys["double"],
    ) == [
        ("transfer", jan(3), None, "L2B", "A"),
        ("death", jan(5), None, "L2B", "I"),
        ("inactivation", jan(5), "NS", "L2B", "I"),
    ]


def test_the_nth_event_of_a_tick_belongs_to_the_nth_boundary(figures: Figures) -> None:
    assert figures.stretches("tick", "place_id, process_status_code") == [
        ("L2A", "A", T0, jan(8), "onboarded", "moved"),
        ("L2B", "A", jan(8), jan(8) + US, "moved", "inactivated"),
        ("L2B", "I", jan(8) + US, OPEN, "inactivated", None),
    ]


def test_an_event_says_more_than_the_attributes(figures: Figures) -> None:
    assert figures.stretches("misread", "sex_code, relationship_code") == [
        ("F", "DAU", T0, jan(8), "onboarded", "corrected"),
        ("M", "SON", jan(8), OPEN, "corrected", None),
    ]


def test_a_deleted_event_stays_a_fact(figures: Figures) -> None:
    found = figures.rows(
        "select event_type_code, recorded_at from fct_registration_event where individual_key = ?", figures.keys["new"]
    )
    assert found == [("registration", jan(9))]


@pytest.mark.parametrize(("who", "cause"), [("new", "registered"), ("silent", "registered"), ("migrated", "onboarded")])
def test_how_somebody_came(figures: Figures, who: str, cause: str) -> None:
    assert figures.stretches(who, "place_id") == [("L2A", jan(9), OPEN, cause, None)]


def test_birthdays_cut_only_up_to_the_watermark(figures: Figures) -> None:
    assert figures.stretches("twelve", "age_group_code") == [
        ("5-11", T0, datetime(2022, 1, 15), "onboarded", "birthday"),
        ("12-17", datetime(2022, 1, 15), OPEN, "birthday", None),
    ]
    # born on 29 February: a year older on 1 March, which a batch without any change has passed
    assert figures.stretches("leap", "age_group_code") == [
        ("12-17", T0, datetime(2022, 3, 1), "onboarded", "birthday"),
        ("18-24", datetime(2022, 3, 1), OPEN, "birthday", None),
    ]


def test_needs_open_and_close(figures: Figures) -> None:
    assert figures.stretches("needy", "has_specific_need") == [
        (False, T0, jan(6), "onboarded", "need_changed"),
        (True, jan(6), jan(22), "need_changed", "need_changed"),
        (False, jan(22), OPEN, "need_changed", None),
    ]
    assert figures.rows(
        "select need_code, need_status_code, place_id, valid_from, valid_to from fct_specific_need "
        "where individual_key = ? order by valid_from",
        figures.keys["needy"],
    ) == [("PS", "A", "L2A", jan(6), jan(22)), ("PS", "R", "L2A", jan(22), OPEN)]


def test_a_need_of_an_unknown_person_keeps_an_unknown_scope_until_the_person_comes(figures: Figures) -> None:
    assert figures.rows(
        "select place_id, valid_from, valid_to from fct_specific_need where individual_key = ? order by valid_from",
        figures.keys["orphan"],
    ) == [(None, T0, jan(14)), ("L2A", jan(14), OPEN)]
    assert figures.stretches("orphan", "group_key, has_specific_need") == [
        (figures.keys["g-to"], True, jan(14), OPEN, "registered", None)
    ]


def test_the_legal_status_decides_the_population_type(figures: Figures) -> None:
    assert figures.stretches("refugee", "legal_status_code, population_type_code") == [
        ("ASR", "ASY", T0, jan(7), "onboarded", "status_changed"),
        ("REF", "REF", jan(7), OPEN, "status_changed", None),
    ]


def test_groups_follow_their_members(figures: Figures) -> None:
    own = "select active_member_count, focal_point_sex_code, valid_from, valid_to, start_cause_code from fct_group "
    assert figures.rows(own + "where group_key = ? order by valid_from", figures.keys["g-from"]) == [
        (2, "F", T0, jan(13), "onboarded"),
        (1, None, jan(13), jan(28), "group_changed"),
        (0, None, jan(28), OPEN, "group_changed"),
    ]
    assert figures.rows(own + "where group_key = ? order by valid_from", figures.keys["g-to"]) == [
        (0, None, T0, jan(13), "onboarded"),
        (1, "F", jan(13), jan(14), "group_changed"),
        (2, "F", jan(14), jan(26), "group_changed"),
        (1, "F", jan(26), OPEN, "group_changed"),
    ]


def test_a_focal_point_of_another_unit_speaks_for_no_group(figures: Figures) -> None:
    """Whoever may see the group could read there what the person became in an office that is not theirs to see."""
    own = "select focal_point_sex_code, population_type_code, valid_from, valid_to from fct_group "
    assert figures.rows(own + "where group_key = ? order by valid_from", figures.keys["g-apart"]) == [
        ("F", "REF", T0, jan(15)),
        (None, None, jan(15), OPEN),
    ]


def test_a_document_is_valid_until_its_last_day_has_passed(figures: Figures) -> None:
    assert figures.rows(
        "select document_status_code, is_valid, valid_from, valid_to from fct_document "
        "where individual_key = ? and expiry_date < date '2023-01-01' order by valid_from",
        figures.keys["papered"],
    ) == [
        ("V", True, T0, datetime(2022, 1, 21)),
        ("V", False, datetime(2022, 1, 21), jan(22)),
        ("X", False, jan(22), OPEN),
    ]
    assert figures.stretches("papered", "has_valid_document, has_recent_contact") == [
        (True, False, T0, jan(16), "onboarded", "verified"),
        (True, True, jan(16), datetime(2022, 1, 21), "verified", "expired"),
        (False, True, datetime(2022, 1, 21), jan(23), "expired", "document_changed"),
        (True, True, jan(23), OPEN, "document_changed", None),
    ]


def test_a_contact_is_recent_for_a_year(figures: Figures) -> None:
    assert figures.stretches("unseen", "has_recent_contact") == [
        (True, T0, datetime(2022, 1, 25), "onboarded", "expired"),
        (False, datetime(2022, 1, 25), OPEN, "expired", None),
    ]


def test_a_document_takes_the_scope_of_its_person(figures: Figures) -> None:
    own = "select place_id, valid_from, valid_to from fct_document where individual_key = ? order by valid_from"
    assert figures.rows(own, figures.keys["orphan"]) == [(None, T0, jan(14)), ("L2A", jan(14), OPEN)]
    own = own.replace("place_id", "process_status_code")
    assert figures.rows(own, figures.keys["carrier"]) == [("A", jan(4), jan(5)), ("I", jan(5), OPEN)]


def test_assistance_takes_the_scope_of_who_got_it(figures: Figures) -> None:
    own = (
        "select place_id, sex_code, assistance_status_code, recorded_at, valid_from, valid_to from fct_assistance "
        "where group_key = ? order by valid_from"
    )
    # to a whole group: no sex, and nothing changes when members do
    assert figures.rows(own, figures.keys["g-whole"]) == [("L2A", None, "PR", T0, T0, OPEN)]
    # to a person, who was resettled after it had been cancelled
    assert figures.rows(own, figures.keys["g-from"]) == [
        ("L2A", "F", "PR", jan(9), jan(9), jan(24)),
        ("L2A", "F", "CA", jan(9), jan(24), jan(26)),
        ("L2A", "F", "CA", jan(9), jan(26), OPEN),
    ]


def test_verifications_say_who_came_and_when_before(figures: Figures) -> None:
    assert figures.rows(
        "select individual_key, outcome_code, verification_date, previous_contact_date from fct_verification "
        "where individual_key in (?, ?) order by recorded_at",
        figures.keys["papered"],
        figures.keys["absent"],
    ) == [
        (figures.keys["papered"], "show", date(2022, 1, 16), None),
        (figures.keys["absent"], "no_show", date(2022, 1, 17), date(2021, 6, 1)),
    ]


def test_registered_again_is_a_reactivation_of_the_same_record(figures: Figures) -> None:
    assert figures.stretches("back", "process_status_code") == [
        ("I", T0, jan(12), "onboarded", "reactivated"),
        ("A", jan(12), OPEN, "reactivated", None),
    ]


def test_a_merge_closes_the_duplicate_and_is_told_before_the_closing(figures: Figures) -> None:
    assert figures.stretches("twin", "process_status_code") == [
        ("A", T0, jan(13), "onboarded", "merged"),
        ("C", jan(13), OPEN, "merged", None),
    ]
    assert figures.rows(
        "select event_type_code, boundary_at from fct_registration_event where individual_key = ? order by 1",
        figures.keys["twin"],
    ) == [("inactivation", jan(13)), ("merge", jan(13))]


def test_a_split_makes_a_group_of_its_own(figures: Figures) -> None:
    whole, split = figures.keys["g-whole"], figures.keys["g-split"]
    assert figures.stretches("grown", "group_key, is_focal_point") == [
        (whole, False, T0, jan(14), "onboarded", "group_changed"),
        (split, True, jan(14), OPEN, "group_changed", None),
    ]
    own = "select active_member_count, valid_from, valid_to from fct_group where group_key = ? order by valid_from"
    assert figures.rows(own, whole) == [(2, T0, jan(14)), (1, jan(14), OPEN)]
    assert figures.rows(own, split) == [(1, jan(14), OPEN)]


def test_an_event_without_a_change_makes_no_boundary_and_is_counted(figures: Figures, world: World) -> None:
    assert figures.rows(
        "select boundary_at from fct_registration_event where individual_key = ?", figures.keys["stays"]
    ) == [(None,)]
    found = {finding.test: finding.rows for build in world.builds for finding in build.warnings}
    assert found["warn_events_without_boundary"] >= 1


def test_a_bureau_that_changes_its_countries_changes_the_places_and_not_the_people(figures: Figures) -> None:
    assert figures.rows(
        "select bureau_code, valid_from, start_cause_code from dim_place where place_id = 'L2B' order by valid_from"
    ) == [("EHA", T0, "onboarded"), ("MENA", jan(18), "reorganised")]
    assert figures.stretches("torn", "place_id")[0][1:3] == (T0, OPEN)


def test_occupations_lead_to_their_groups_and_education_to_its_bands(figures: Figures) -> None:
    assert figures.rows(
        "select occupation_code, major_group_code, major_group_name, sub_major_group_code from dim_occupation "
        "where occupation_code in ('1', '110', '1111', 'None') order by 1"
    ) == [
        ("1", None, None, None),
        ("110", "0", "Armed forces occupations", None),
        ("1111", "1", "Managers", "11"),
        ("None", None, None, None),
    ]
    assert figures.rows(
        "select education_level_code, canonical_code, education_band_name from dim_education "
        "where canonical_code in ('7', 'UG') order by 1"
    ) == [("07", "7", "Lower secondary"), ("7", "7", "Lower secondary"), ("UG", "UG", "Tertiary")]


def test_torture_and_sexual_violence_are_sensitive_whatever_the_need_and_others_by_name(figures: Figures) -> None:
    assert figures.rows(
        "select need_category_code, bool_and(is_protection_sensitive) from dim_specific_need "
        "group by all having bool_or(is_protection_sensitive) order by 1"
    ) == [("CR", False), ("LP", False), ("SM", False), ("SV", True), ("TR", True)]
    assert figures.rows(
        "select need_code from dim_specific_need "
        "where is_protection_sensitive and need_category_code not in ('SV', 'TR') and need_code not like 'LP-V%' "
        "order by 1"
    ) == [("CR-AF",), ("SM-AD",), ("SM-MI",)]


def test_of_several_open_memberships_the_last_to_take_effect_counts(figures: Figures) -> None:
    assert figures.stretches("torn", "group_key")[0][0] == figures.keys["g-old"]


def test_places_and_countries_keep_their_history(figures: Figures) -> None:
    assert figures.rows(
        "select level_1_id, level_1_name, level_2_id, valid_from, valid_to, start_cause_code from dim_place "
        "where place_id = 'L2A' order by valid_from"
    ) == [
        ("L1", "North", "L2A", T0, jan(2), "onboarded"),
        ("L1B", "South", "L2A", jan(2), jan(15), "reorganised"),
        ("L1B", "Deep South", "L2A", jan(15), jan(18), "corrected"),
        ("L1B", "Deep South", "L2A", jan(18), OPEN, "reorganised"),
    ]
    assert figures.rows(
        "select bureau_code, is_current from dim_country where country_code = 'SOM' order by valid_from"
    ) == [
        ("EHA", False),
        ("MENA", True),
    ]


def test_the_build_says_what_it_can_answer(figures: Figures, world: World) -> None:
    last = world.last.published
    assert (last.history_start, last.watermark) == (T0, CLOCKS[-1])
    assert figures.rows("select history_start, watermark, build_number from build") == [(T0, CLOCKS[-1], 4)]
    assert last.batches == {1, 2, 3, 4, 5}


def test_dirt_is_counted_and_does_not_stop_the_build(world: World) -> None:
    found = {finding.test: finding.rows for finding in world.builds[0].warnings}
    assert found["in_code_list_fct_population_occupation_code"] == 1
    assert found["warn_several_open_memberships"] >= 1


def test_an_event_stays_with_whom_it_named_first(tmp_path: Path) -> None:
    """Also when the one whom it names since then changes, by themselves, in a later batch."""
    writer = Writer(tmp_path / "landing")
    writer.land(CLOCKS[0], [*stories.FIRST, person("first"), person("other")])
    writer.land(CLOCKS[1], [person("first", jan(3), location_code="L2B"), event("e-1", jan(3), "first", "transfer")])
    writer.land(CLOCKS[2], [event("e-1", jan(12), "other", "transfer")])
    build(*stories.home(tmp_path))
    writer.land(CLOCKS[3], [person("other", jan(22), location_code="L2B")])
    for full in (False, True):
        told = Figures(build(*stories.home(tmp_path), full=full))
        found = told.rows("select individual_key from fct_registration_event where recorded_at = ?", jan(3))
        assert found == [(told.keys["first"],)]
        told.figures.close()
        told.records.close()
