"""schema: the tables of the state, as the changes that made them, oldest first. What was released never changes.

A table whose rows speak of a record calls it by `subject_kind` and `subject_key`, as the published records do: by these
columns its rows are found when the record is erased.
"""

from __future__ import annotations

SUBJECT = ("subject_kind", "subject_key")

_WORKING_LIST = (
    """
    create table assignment (
        assignment_id integer primary key, subject_kind text not null, subject_key integer not null,
        kpi text not null, assignee text not null, made_by text not null, made_at text not null,
        ended_by text, ended_at text
    ) strict
    """,
    "create index assignment_subject on assignment (subject_kind, subject_key)",
    """
    create table excuse (
        excuse_id integer primary key, subject_kind text not null, subject_key integer not null,
        kpi text not null, reason text not null, expires_on text not null,
        made_by text not null, made_at text not null, ended_by text, ended_at text
    ) strict
    """,
    "create index excuse_subject on excuse (subject_kind, subject_key)",
    """
    create table note (
        note_id integer primary key, subject_kind text not null, subject_key integer not null,
        kpi text not null, said text not null, made_by text not null, made_at text not null
    ) strict
    """,
    "create index note_subject on note (subject_kind, subject_key)",
)

_SCORECARDS = (
    """
    create table scorecard (
        scorecard_id integer primary key, viewer text not null, scope text not null, as_of text not null,
        data_version integer not null, definitions text not null, kept_at text not null,
        told text not null, told_sha256 text not null
    ) strict
    """,
)

# What people put together and keep, each version of it, and what somebody has marked for themselves.
_SAVED = (
    """
    create table saved (
        saved_id integer primary key, kind text not null, name text not null, owner text not null,
        shared_with text not null, shared_name text, made_at text not null
    ) strict
    """,
    "create index saved_owner on saved (owner, kind)",
    """
    create table saved_version (
        saved_id integer not null, version integer not null, told text not null, made_by text not null,
        made_at text not null, primary key (saved_id, version)
    ) strict
    """,
    "create table star (saved_id integer not null, login text not null, primary key (saved_id, login)) strict",
)

# By what somebody is known at the service: keys of programs, and who is signed in at a browser.
_SERVICE = (
    """
    create table access_key (
        key_id text primary key, digest text not null unique, login text not null, name text not null,
        scopes text not null, made_by text not null, made_at text not null, expires_at text not null,
        last_used_at text, ended_by text, ended_at text
    ) strict
    """,
    """
    create table session (
        digest text primary key, login text not null, name text not null, token text not null,
        is_of_organisation integer not null, ends_at text not null
    ) strict
    """,
)

# What a KPI excuses is read by the KPI, and not by going through everything.
_EXCUSED = ("create index excuse_kpi on excuse (kpi, subject_kind)",)

# The number of a version is how many entries it has.
MIGRATIONS: tuple[tuple[str, ...], ...] = ((*_WORKING_LIST, *_SCORECARDS), _SAVED, _SERVICE, _EXCUSED)
