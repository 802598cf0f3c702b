"""A small world over five batches. Each person lives one story; the stories do not touch each other."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from pathlib import Path

from tests.warehouse.landings import Row, Writer, gone, row

T0 = datetime(2021, 12, 31, 23, 59, 59)
# the store's clock at the end of each window
CLOCKS = (datetime(2022, 1, 1, 6), *(datetime(2022, m, d) for m, d in ((1, 10), (1, 20), (1, 31), (3, 2))))
OPEN = datetime(9999, 12, 31)
US = timedelta(microseconds=1)


def jan(day: int, hour: int = 12) -> datetime:
    """A moment in January 2022."""
    return datetime(2022, 1, day, hour)


def person(key: str, at: datetime = T0, **values: object) -> tuple[str, Row]:
    """A version of a person of known age, so that no birthday falls into the world's time unless the story says so."""
    return row("individual", key, at, **{"birth_date": date(1980, 6, 1), "location_code": "L2A"} | values)


def event(key: str, at: datetime, individual_id: str, kind: str, **values: object) -> tuple[str, Row]:
    """An event of a person on the day it was recorded."""
    base = {"individual_id": individual_id, "event_type_code": kind, "event_date": at.date()}
    return row("event", key, at, **base | values)


def member(key: str, at: datetime, individual_id: str, group_id: str, **values: object) -> tuple[str, Row]:
    """A version of a membership."""
    return row("membership", key, at, individual_id=individual_id, group_id=group_id, **values)


_PLACES = [
    row("country", "KEN", T0, iso3_code="KEN", name="Kenya", bureau_code="EHA"),
    row("country", "SOM", T0, iso3_code="SOM", name="Somalia", bureau_code="EHA"),
    row("location", "L1", T0, level=1, name="North"),
    row("location", "L1B", T0, level=1, name="South"),
    row("location", "L2A", T0, level=2, name="Camp", parent_code="L1"),
    row("location", "L2B", T0, level=2, name="Town", parent_code="-"),
    row("operation", "OP1", T0, country_code="KEN", name="Kenya operation"),
    row("business_unit", "HQ", T0, name="Headquarters", kind_code="HQ"),
    row("business_unit", "BU-1", T0, parent_id="HQ", operation_code="OP1"),
    row("code_value", "sex-X", T0, code_list="sex", code="X", label="Another"),
]

FIRST = [
    *_PLACES,
    person("quiet", sex_code="-", marital_status_code="U", settlement_code="U", occupation_code="no-such-code"),
    person("late", location_code="L2A"),
    person("double"),
    person("noop", phone="1"),
    person("deleted"),
    person("erased", process_status_code="I"),
    person("mover"),
    row("registration_group", "g-from", T0, location_code="L2A"),
    row("registration_group", "g-to", T0, location_code="L2B"),
    member("m-mover", T0, "mover", "g-from", relationship_code="PA", is_focal_point=True),
    person("stays"),
    member("m-stays", T0, "stays", "g-from", relationship_code="SON"),
    person("twelve", birth_date=date(2010, 1, 15)),
    person("leap", birth_date=date(2004, 2, 29)),
    person("not-yet", birth_date=date(2004, 3, 2)),
    person("needy"),
    person("refugee", legal_status_code="ASR"),
    person("tick"),
    person("misread"),
    member("m-misread", T0, "misread", "g-old", relationship_code="DAU"),
    person("torn"),
    row("registration_group", "g-old", T0, status_code="I"),
    member("m-torn-1", T0, "torn", "g-from", effective_date=date(2020, 1, 1)),
    member("m-torn-2", T0, "torn", "g-old", effective_date=date(2021, 1, 1)),
    member("m-torn-3", T0, "torn", "g-to", effective_date=date(2022, 1, 1), is_active=False),
    # a membership and a need whose person comes in the third batch only
    member("m-orphan", T0, "orphan", "g-to"),
    row("specific_need", "n-orphan", T0, individual_id="orphan"),
    # a document whose last day passes, and a contact a year ago, on a day on which nothing else happens to them
    person("papered"),
    person("carrier"),
    row("address", "ad-carrier", T0, individual_id="carrier", line="Tent 1", created_by="R-KEN"),
    row("document", "d-papered", T0, individual_id="papered", expiry_date=date(2022, 1, 20)),
    row("document", "d-orphan", T0, individual_id="orphan"),
    # a day that comes while nothing else happens: that on which a group was registered, and a cancelled paper issued
    row("registration_group", "g-ahead", T0, location_code="L2A", registration_date=date(2022, 1, 14)),
    person("ahead"),
    member("m-ahead", T0, "ahead", "g-ahead", relationship_code="PA", is_focal_point=True),
    person("postdated"),
    row(
        "document", "d-postdated", T0, individual_id="postdated", document_status_code="X", issue_date=date(2022, 1, 16)
    ),
    # of two focal points the first has no date of birth, so that nobody can tell of the son
    person("undated", birth_date=None, country_of_origin_code="UKN"),
    person("dated"),
    person("elder", birth_date=date(1970, 1, 1)),
    row("registration_group", "g-two-heads", T0, location_code="L2A"),
    member("m-undated", T0, "undated", "g-two-heads", relationship_code="PA", is_focal_point=True),
    member("m-dated", T0, "dated", "g-two-heads", relationship_code="PA", is_focal_point=True),
    member("m-elder", T0, "elder", "g-two-heads", relationship_code="SON"),
    person("unseen", last_contact_date=date(2021, 1, 25)),
    person("absent", last_contact_date=date(2021, 6, 1)),
    person("back", process_status_code="I"),
    person("twin", former_no="1"),
    person("renumbered", individual_no="701-1", former_no="1"),
    row("registration_group", "g-apart", T0, location_code="L2A"),
    person("apart"),
    member("m-apart", T0, "apart", "g-apart", relationship_code="PA", is_focal_point=True),
    row("registration_group", "g-whole", T0, location_code="L2A"),
    person("parent"),
    member("m-parent", T0, "parent", "g-whole", relationship_code="PA", is_focal_point=True),
    person("grown"),
    member("m-grown", T0, "grown", "g-whole", relationship_code="SON"),
    row("assistance", "a-group", T0, group_id="g-whole", value_usd=50, quantity=2),
]

SECOND = [
    # stamped before the first window ended, committed after it: below the clock of this one
    person("late", T0 + timedelta(hours=1), location_code="L2B"),
    event("e-late", T0 + timedelta(hours=1), "late", "transfer"),
    person("late", T0 + timedelta(hours=2), location_code="L2B", process_status_code="H"),
    person("double", jan(3), location_code="L2B"),
    event("e-double-1", jan(3), "double", "transfer"),
    person("double", jan(5), location_code="L2B", process_status_code="I"),
    event("e-double-2", jan(5), "double", "inactivation", reason_code="NS"),
    event("e-double-3", jan(5), "double", "death"),
    gone("individual", "deleted", jan(4)),
    gone("individual", "erased", jan(4)),
    event("e-erased", jan(4), "erased", "deletion"),
    person("carrier", jan(5), process_status_code="I"),
    row("specific_need", "n-needy", jan(6), individual_id="needy", need_code="PS"),
    person("refugee", jan(7), legal_status_code="REF"),
    event("e-refugee", jan(7), "refugee", "status_change"),
    # two changes of one person within one tick of the clock
    person("tick", jan(8), location_code="L2B"),
    event("e-tick-1", jan(8), "tick", "transfer"),
    person("tick", jan(8) + US, location_code="L2B", process_status_code="I"),
    event("e-tick-2", jan(8), "tick", "inactivation"),
    person("new", jan(9)),
    event("e-new", jan(9), "new", "registration"),
    person("silent", jan(9)),
    person("migrated", jan(9), entry_channel_code="migration"),
    gone("individual", "never-seen", jan(9)),
    # one correction, seen in two tables
    person("misread", jan(8), sex_code="M"),
    member("m-misread", jan(8), "misread", "g-old", relationship_code="SON"),
    event("e-misread", jan(8), "misread", "correction"),
    # came and went between two extracts
    person("brief", jan(6)),
    gone("individual", "brief", jan(7)),
    row("document", "d-carrier", jan(4), individual_id="carrier"),
    row("address", "ad-carrier", jan(5), individual_id="carrier", line="Tent 2", modified_by="R-UGA"),
    row("assistance", "a-mover", jan(9), group_id="g-from", individual_id="mover", value_usd=10),
    row("country", "SOM", jan(2), iso3_code="SOM", name="Somalia", bureau_code="MENA"),
    row("location", "L2A", jan(2), level=2, name="Camp", parent_code="L1B"),
]

THIRD = [
    person("noop", jan(12), phone="1", modified_on=jan(11)),
    member("m-mover", jan(13), "mover", "g-to", relationship_code="PA", is_focal_point=True),
    event("e-mover", jan(13), "mover", "group_change"),
    person("orphan", jan(14)),
    person("apart", jan(15), business_unit_id="HQ"),
    row("location", "L1B", jan(15), level=1, name="Deep South"),
    # registered again after years: the same record, active again
    person("back", jan(12)),
    event("e-back", jan(12), "back", "reactivation"),
    # a duplicate: closed, and told so before the closing itself
    person("twin", jan(13), former_no="1", process_status_code="C"),
    event("e-twin-1", jan(13), "twin", "inactivation"),
    event("e-twin-2", jan(13), "twin", "merge", related_individual_id="quiet"),
    # a grown child leaves the family and forms a group of one
    row("registration_group", "g-split", jan(14), location_code="L2A"),
    member("m-grown", jan(14), "grown", "g-whole", relationship_code="SON", is_active=False),
    member("m-grown-2", jan(14), "grown", "g-split", relationship_code="PA", is_focal_point=True),
    event("e-grown", jan(14), "grown", "group_change"),
    # two visits: one seen again, one who did not come
    person("papered", jan(16), last_contact_date=date(2022, 1, 16)),
    event("e-papered", jan(16), "papered", "verification", reason_code="SH"),
    person("absent", jan(17), last_contact_date=date(2021, 6, 1), process_status_code="I"),
    event("e-absent", jan(17), "absent", "inactivation", reason_code="NS"),
    # the country itself comes under another bureau
    row("country", "KEN", jan(18), iso3_code="KEN", name="Kenya", bureau_code="MENA"),
]

FOURTH = [
    row("specific_need", "n-needy", jan(22), individual_id="needy", need_code="PS", need_status_code="R"),
    person("deleted", jan(25)),
    person("mover", jan(26), process_status_code="C"),
    event("e-mover-2", jan(26), "mover", "resettlement"),
    person(
        "quiet", jan(27), sex_code="M", marital_status_code="U", settlement_code="U", occupation_code="no-such-code"
    ),
    person("noop", jan(27), phone="2"),
    gone("membership", "m-stays", jan(28)),
    gone("event", "e-new", jan(29)),
    # found expired by the office a day later, and replaced
    row(
        "document",
        "d-papered",
        jan(22),
        individual_id="papered",
        expiry_date=date(2022, 1, 20),
        document_status_code="X",
    ),
    row("document", "d-papered-2", jan(23), individual_id="papered", expiry_date=date(2024, 1, 20)),
    row(
        "assistance",
        "a-mover",
        jan(24),
        group_id="g-from",
        individual_id="mover",
        assistance_status_code="CA",
        value_usd=10,
    ),
    gone("address", "ad-carrier", jan(24)),
    # another number, and the reason of an event as it was found out later
    person("renumbered", jan(24), individual_no="701-2", former_no="1"),
    event("e-double-2", jan(24), "double", "inactivation", reason_code="DP", event_date=jan(5).date()),
    # an event that says what the record does not show
    event("e-hollow", jan(24), "stays", "transfer"),
]


def crowd(seed: int = 7, size: int = 150) -> tuple[list[tuple[str, Row]], ...]:
    """People to whom anything happens, for comparison with a slow reckoning; one list per batch."""
    rng = random.Random(seed)
    batches: tuple[list[tuple[str, Row]], ...] = ([], [], [], [], [])
    for n in range(12):
        batches[0].append(row("registration_group", f"g{n}", T0, location_code=rng.choice(["L2A", "L2B", None])))
    for n in range(size):
        for nth, rows in enumerate(batches[:4]):
            _happen(rng, f"r{n}", nth, rows)
    return batches


def _happen(rng: random.Random, key: str, nth: int, rows: list[tuple[str, Row]]) -> None:
    start = CLOCKS[nth - 1] if nth else T0
    ticks = sorted(rng.sample(range(1, 200), 6)) if nth else [0] * 6
    for made, tick in enumerate(ticks):
        at = start + timedelta(hours=tick)
        if at >= CLOCKS[nth] or (nth == 0 and made % 2) or (nth and rng.random() < 0.5):
            continue
        kinds = ["individual", "individual", "membership", "specific_need", "document", "assistance", "address"]
        kind = rng.choice(kinds) if nth or made else "individual"
        if nth == 0 and any(values.get(f"{kind}_id") == f"{kind[0]}-{key}" for _, values in rows):
            continue
        if nth and rng.random() < 0.15:
            rows.append(gone(kind, f"{kind[0]}-{key}", at))
        else:
            rows.append(_version(rng, kind, key, at))
        if kind == "individual" and nth and rng.random() < 0.6:
            rows.append(event(f"e-{key}-{nth}-{made}", at, f"i-{key}", rng.choice(_EVENTS)))


# any event with any change: what the source says need not fit what it did
_EVENTS = (
    "transfer",
    "inactivation",
    "reactivation",
    "correction",
    "deletion",
    "death",
    "verification",
    "registration",
)


def _version(rng: random.Random, kind: str, key: str, at: datetime) -> tuple[str, Row]:
    owner = f"i-{key}"
    if kind == "individual":
        born = date(rng.choice([2004, 2010, 1997]), rng.choice([1, 2, 3]), rng.randint(1, 28))
        status = rng.choice(["A", "A", "A", "H", "I"])
        seen = rng.choice([None, date(2021, 1, rng.randint(2, 28)), date(2021, 12, 1)])
        values = {"birth_date": born, "process_status_code": status, "location_code": rng.choice(["L2A", "L2B"])}
        return person(owner, at, **values, last_contact_date=seen)
    if kind == "membership":
        focal, active = rng.random() < 0.4, rng.random() < 0.9
        return member(f"m-{key}", at, owner, f"g{rng.randrange(12)}", is_focal_point=focal, is_active=active)
    if kind == "document":
        expiry = rng.choice([None, date(2022, 1, rng.randint(1, 31)), date(2022, 2, 3), date(2024, 1, 1)])
        status = rng.choice(["V", "V", "X", "C"])
        return row("document", f"d-{key}", at, individual_id=owner, document_status_code=status, expiry_date=expiry)
    if kind == "address":
        return row("address", f"a-{key}", at, individual_id=owner, line=f"Tent {rng.randrange(9)}")
    if kind == "assistance":
        receiver = rng.choice([owner, None])
        return row("assistance", f"a-{key}", at, group_id=f"g{rng.randrange(12)}", individual_id=receiver)
    return row("specific_need", f"s-{key}", at, individual_id=owner, need_status_code=rng.choice(["A", "R"]))


def land(writer: Writer, first: int, last: int) -> None:
    """Land the world's batches from the first to the last number, both included."""
    told = (FIRST, SECOND, THIRD, FOURTH, [])
    for nth, (stories, more) in enumerate(zip(told, crowd(), strict=True), start=1):
        if first <= nth <= last:
            writer.land(CLOCKS[nth - 1], stories + more)


def home(path: Path) -> tuple[Path, Path]:
    """The warehouse and landing folders of a home."""
    return path / "warehouse", path / "landing"
