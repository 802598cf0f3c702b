"""The registration store's tables, as data: one declaration, read by DDL, loader, extract and contracts.

Every entity table has, beside its own columns, the stamps of `STAMPS`. The warehouse relies on `change_no`,
`stamped_at` and the tombstones, never on `modified_on`, which is device time and may be weeks old when an offline
device syncs.
"""

from __future__ import annotations

from typing import Literal

from dataport.store.declared import STAMPS, Contract, Table, columns

# How far below the unit of an account a permission reaches.
Depth = Literal["organisation", "unit_and_below", "unit"]
DEPTHS: tuple[Depth, ...] = ("organisation", "unit_and_below", "unit")

TABLES: tuple[Table, ...] = (
    # Code tables and geography
    Table("code_value", "code_value_id", columns("code_value_id! code_list! code! label! is_active:boolean!")),
    Table("country", "country_code", columns("country_code! iso3_code name! bureau_code effective_date:date")),
    Table(
        "location",
        "location_code",
        columns("location_code! country_code! parent_code level:integer! name! effective_date:date"),
    ),
    # The organisation
    Table("operation", "operation_code", columns("operation_code! country_code! name! onboarded_date:date")),
    Table(
        "business_unit",
        "business_unit_id",
        columns("business_unit_id! parent_id operation_code name! kind_code! is_enabled:boolean!"),
    ),
    # Who may do what: business unit and role decide, as in the registration system
    Table(
        "user_account",
        "user_id",
        columns("user_id! login! full_name business_unit_id! is_enabled:boolean!"),
        indexed=("login",),
        scope="business_unit_id",
    ),
    Table("role", "role_id", columns("role_id! name! is_enabled:boolean!")),
    Table("user_role", "user_role_id", columns("user_role_id! user_id! role_id!"), indexed=("user_id", "role_id")),
    Table(
        "permission",
        "permission_id",
        # depth_code: one of DEPTHS. may_count opens door 1, may_open door 2.
        columns(
            "permission_id! role_id! entity! depth_code! may_count:boolean! may_open:boolean! "
            "finest_place_level:integer! highest_tier_code! row_limit:integer!"
        ),
        indexed=("role_id",),
    ),
    # People
    Table(
        "registration_group",
        "group_id",
        columns(
            "group_id! group_no! former_no business_unit_id! operation_code! country_of_asylum_code! "
            "country_of_origin_code location_code location_date:date status_code! status_reason_code status_date:date "
            "declared_size:integer registration_date:date"
        ),
        scope="business_unit_id",
    ),
    Table(
        "individual",
        "individual_id",
        columns(
            "individual_id! individual_no! former_no business_unit_id! operation_code! "
            "family_name given_name fathers_name sex_code birth_date:date is_birth_date_estimated:boolean "
            "birth_country_code birth_city marital_status_code nationality_code country_of_origin_code "
            "country_of_asylum_code location_code location_date:date accommodation_code settlement_code ethnicity_code "
            "religion_code language_code education_level_code occupation_code employment_type_code "
            "process_status_code! process_status_reason_code process_status_date:date "
            "legal_status_code legal_status_date:date legal_basis_code registration_date:date registration_reason_code "
            "registration_level_code arrival_date:date fled_date:date deceased_date:date last_contact_date:date phone "
            "has_photo:boolean has_biometrics:boolean"
        ),
        scope="business_unit_id",
    ),
    Table(
        "membership",
        "membership_id",
        columns(
            "membership_id! individual_id! group_id! relationship_code is_focal_point:boolean! is_active:boolean! "
            "effective_date:date end_date:end"
        ),
        indexed=("individual_id", "group_id"),
    ),
    Table(
        "address",
        "address_id",
        columns(
            "address_id! individual_id! address_type_code! country_code location_code line effective_date:date "
            "end_date:end is_active:boolean!"
        ),
        indexed=("individual_id",),
    ),
    Table(
        "document",
        "document_id",
        columns(
            "document_id! individual_id! document_type_code! document_status_code! number issued_by issue_date:date "
            "expiry_date:end"
        ),
        indexed=("individual_id", "expiry_date"),
    ),
    Table(
        "specific_need",
        "specific_need_id",
        columns(
            "specific_need_id! individual_id! need_category_code! need_code need_status_code! identified_date:date "
            "resolved_date:end"
        ),
        indexed=("individual_id",),
    ),
    # What was given: to a family, or to one of its members
    Table(
        "assistance",
        "assistance_id",
        columns(
            "assistance_id! group_id! individual_id assistance_type_code! sector_code provided_date:date! "
            "quantity:integer value_usd:integer assistance_status_code! provider_name"
        ),
        indexed=("group_id",),
    ),
    # What happened: one row for each change of a person's state, with its cause
    Table(
        "event",
        "event_id",
        columns(
            "event_id! individual_id! group_id event_type_code! event_date:date! reason_code related_individual_id"
        ),
        indexed=("individual_id",),
    ),
)

BY_NAME = {table.name: table for table in TABLES}

# Read by the fast extract of grants, which needs no other table to be healthy.
GRANT_TABLES = tuple(BY_NAME[name] for name in ("business_unit", "user_account", "role", "user_role", "permission"))

# Columns whose code list is not simply the column's name without `_code`.
_LIST_OF = {
    "birth_country_code": "country",
    "nationality_code": "country",
    "country_of_origin_code": "country",
    "country_of_asylum_code": "country",
    "status_code": "process_status",
    "status_reason_code": "process_status_reason",
}
# Places and operations are tables of the store itself: it may know new ones.
_OWN_TABLES = ("location", "operation")


def _code_lists() -> dict[str, str]:
    names = {column.name for table in TABLES for column in (*table.columns, *STAMPS) if column.name.endswith("_code")}
    lists = {name: _LIST_OF.get(name, name.removesuffix("_code")) for name in sorted(names)}
    return {name: code_list for name, code_list in lists.items() if code_list not in _OWN_TABLES}


# What every kind of source brings over that keeps a registration store.
REGISTRATION = Contract(TABLES, GRANT_TABLES, _code_lists())
