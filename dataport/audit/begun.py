"""Beginning a log again: on somebody's word, or because a whole home was made again on purpose."""

from __future__ import annotations

from dataport.audit.log import AuditLog, open_log
from dataport.audit.look import Look
from dataport.audit.verdict import Loss, Verdict
from dataport.errors import DataportError, WrongRequest
from dataport.settings import Settings

_LONGEST = 500


def begin_log(log: AuditLog, os_user: str, reason: str) -> Verdict:
    """Begin a new chain in place of a lost log, which states the loss, who says so, and why.

    Raises:
        WrongRequest: no reason is given, or nothing is lost.
        AuditFailed: it could not be written.
    """
    reason = " ".join(reason.split())
    if not reason or len(reason) > _LONGEST:
        raise WrongRequest(f"Say in up to {_LONGEST} characters why the log is lost: it is written down for ever.")
    return log.begin(
        Look(
            door="begin",
            viewer="",
            os_user=os_user,
            viewer_class=None,
            purpose=reason,
            question=None,
            digest=log.digest(reason),
            data_version=None,
            grants_version=None,
            outcome="begun",
        )
    )


def begin_anew(settings: Settings, os_user: str, reason: str) -> Loss | None:
    """Begin the log of a home that a command has just made again from nothing; what is lost with the former home.

    Nothing is begun, and nothing returned, where no looks were written down at this place.
    """
    if not settings.keyring.exists():
        return None
    log = open_log(settings)
    return begin_log(log, os_user, reason).lost if log.is_gone() else None


def look_trouble(settings: Settings) -> str | None:
    """Why the next question would be refused, as far as the end of its log tells, or None; makes no keys."""
    if not settings.keyring.exists():
        return None
    try:
        return open_log(settings).trouble()
    except DataportError as problem:
        return f"Questions are refused: {problem}"
