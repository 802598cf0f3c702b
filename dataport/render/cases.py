"""Cases for programs: what a look at one gave, as plain values."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from dataport.history import Changes, Compared, Difference, Entry, Family, People, Shown, Stay, Timeline, label_of
from dataport.quality import Held
from dataport.state import Work


def moment_or_text(value: Any) -> str:
    """What JSON has no word for; a time says its zone."""
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else str(value)


def case_as_json(told: Shown) -> dict[str, Any]:
    """A case as it was on a day, for programs."""
    return {
        "as_of": told.as_of.isoformat(),
        "main": {"name": told.main.name, "record": dict(told.main.records[0])},
        "sections": [{"name": one.name, "records": [dict(record) for record in one.records]} for one in told.sections],
        "meta": dict(told.meta),
    }


def held_as_json(told: Held) -> dict[str, Any]:
    """All that is held of a person, as a document."""
    records = [
        {
            "entity": one.entity,
            "label": one.label,
            "source": one.source,
            "versions": [
                {"recorded_from": version.first, "recorded_until": version.until, "values": dict(version.values)}
                for version in one.versions
            ],
        }
        for one in told.records
    ]
    work = {
        name: [
            {key: value for key, value in asdict(one).items() if key != "subject"} for one in getattr(told.work, name)
        ]
        for name in Work.__slots__
    }
    looks = [asdict(one) for one in told.looks]
    return {"records": records, "work": work, "looks": looks, "meta": dict(told.meta)}


def history_as_json(told: Timeline) -> dict[str, Any]:
    """What happened to a case, for programs."""
    return {"entity": told.entity, "entries": [entry_as_json(one) for one in told.entries], "meta": dict(told.meta)}


def comparison_as_json(told: Compared) -> dict[str, Any]:
    """A case on two days, for programs."""
    lines = [asdict(one) for one in told.lines]
    members = {"came": told.came, "went": told.went}
    return {"first": told.first, "second": told.second, "lines": lines, **members, "meta": dict(told.meta)}


def entry_as_json(one: Entry) -> dict[str, Any]:
    """An act for programs."""
    told = {name: getattr(one, name) for name in ("recorded_at", "happened_on", "kind", "subject", "words", "details")}
    told |= {"by": one.by, **account_as_json(one.recorder), "channel": one.channel, "late_days": one.late_days}
    changes = [{"name": change.name, "before": change.before, "after": change.after} for change in one.changes]
    return {**told, "changes": changes}


def account_as_json(recorder: Any) -> dict[str, Any]:
    """Who recorded something: login and name where the viewer may know them."""
    return {"by_login": recorder.login if recorder else None, "by_name": recorder.name if recorder else None}


def changes_as_json(told: Changes) -> dict[str, Any]:
    """Changes for programs."""
    look = None if told.look is None else {"at": told.look.at, "reached": told.look.reached}
    members = [
        {"subject": one.subject, "changes": [_difference_as_json(difference) for difference in one.differences]}
        for one in told.members
    ]
    return {"since": told.since, "until": told.until, "look": look, "members": members, "meta": dict(told.meta)}


def _difference_as_json(one: Difference) -> dict[str, Any]:
    return {
        "how": one.how,
        "record": one.record,
        "name": one.name,
        "label": label_of(one.name) if one.name else "",
        "before": one.before,
        "after": one.after,
        "between": list(one.between),
        "recorded_at": one.recorded_at,
        "happened_on": one.happened_on,
        "act": one.act,
        "by": one.recorder and str(one.recorder),
        **account_as_json(one.recorder),
        "channel": one.channel,
    }


def family_as_json(told: Family) -> dict[str, Any]:
    """A family for programs."""
    groups = [
        {
            "number": group.number,
            "members": [
                {
                    "subject": one.subject,
                    "relationship": one.relationship,
                    "is_focal_point": one.is_focal_point,
                    **one.values,
                    "is_there": one.is_there,
                    "stays": [{name: getattr(stay, name) for name in Stay.__slots__} for stay in one.stays],
                }
                for one in group.relatives
            ],
        }
        for group in told.groups
    ]
    return {"as_of": told.as_of, "groups": groups, "meta": dict(told.meta)}


def people_as_json(told: People) -> dict[str, Any]:
    """Who was found, for programs."""
    return {
        "found": [{"kind": one.entity, **one.values, "is_now": one.is_now} for one in told.people],
        "is_cut": told.is_cut,
        "limit": told.limit,
        "left_today": told.left_today,
        "roles_left_out": [{"role": role, "why": why} for role, why in told.left_out],
        "meta": dict(told.meta),
    }
