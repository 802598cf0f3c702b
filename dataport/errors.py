"""Every error a person can meet: what happened, why, and what to do next.

Each class fixes an exit code (the command line) and an HTTP status (the programming interface). A message never holds a
value of a person, a credential, or text that an engine produced: engines put data into their messages.
"""

from __future__ import annotations

import difflib
import errno
import os
from collections.abc import Iterable, Sequence

from dataport.texts import written

# How many letters of a name that does not exist are said back.
_NAME = 200


class DataportError(Exception):
    """Anything that stops a piece of work for a reason a person can act on."""

    exit_code = 1
    http_status = 500
    code = "failed"
    # Whether who asks the service is told it. What tells of the home, a store or a key is for who runs it, and so is
    # every kind of which nobody said otherwise.
    is_for_asker = False
    # What could be asked instead, as it is typed; set by the door that refused.
    nearest: str | None = None
    # The same as a request; which errors know nothing of.
    nearest_request: object = None

    def __str__(self) -> str:
        """The message as it may be shown, wherever it is: a name in it may have come from anywhere."""
        return written(super().__str__())


class WrongRequest(DataportError):
    """The question itself cannot be answered by anybody: a wrong name, date, value or combination."""

    exit_code = 2
    http_status = 422
    code = "wrong_request"
    is_for_asker = True


class UnknownName(WrongRequest):
    """A name that the catalogue does not have.

    Args:
        kind: what was looked for, in words ("indicator", "breakdown", "value of sex").
        name: what was asked for.
        known: the names that may be suggested; pass only names the reader may know.
    """

    code = "unknown_name"

    def __init__(self, kind: str, name: str, known: Iterable[str] = (), hint: str = "") -> None:
        self.kind, self.name = kind, name
        called = repr(name) if len(name) <= _NAME else repr(written(name, longest=_NAME))
        super().__init__(f"There is no {kind} called {called}.{did_you_mean(name, known)}{' ' + hint if hint else ''}")


class OutsideHistory(WrongRequest):
    """A date before the warehouse remembers, or after it last heard from its sources."""

    code = "outside_history"


class BadDefinition(WrongRequest):
    """A definition file that does not load; the message starts with file:line."""

    code = "bad_definition"


class Refused(DataportError):
    """Access or disclosure control says no."""

    exit_code = 3
    http_status = 403
    code = "refused"
    is_for_asker = True


class NoRoad(Refused):
    """No release is made for viewers of this class."""

    code = "no_road"

    def __init__(self, viewer_class: str) -> None:
        super().__init__(
            "Exact figures are released to registration viewers only, and nothing else is released to viewers of "
            f"class {viewer_class} yet."
        )


class UnknownViewer(Refused):
    """Nobody enabled by that name. Never suggests another: account names are not public."""

    code = "unknown_viewer"

    def __init__(self) -> None:
        super().__init__(
            "This viewer is not an enabled account of the registration store, so there is nothing to show. "
            "Ask with --as LOGIN, or set `viewer` in dataport.toml."
        )


class SharedLogin(UnknownViewer):
    """Several enabled accounts have one login. Nobody can tell whose rows would be shown to whom, so none are."""

    def __init__(self, sources: Sequence[str]) -> None:
        if len(sources) > 1:
            where = f"This login exists in {len(sources)} stores ({', '.join(sources)})"
            way_out = (
                "Somebody who has made sure that it is one person's adds it to [[confirmed_logins]] in dataport.toml, "
                "with the reason; then each keeps the rows of its own store."
            )
        else:
            where = f"This login exists twice among the enabled accounts of {sources[0]}"
            way_out = "One of them must be disabled, or called otherwise, in the store."
        Refused.__init__(self, f"{where}, so it is nobody's, and there is nothing to show. {way_out}")


class NotVisible(DataportError):
    """A record that does not exist, or that this viewer may not see: the two are not told apart."""

    exit_code = 4
    http_status = 404
    code = "not_visible"
    is_for_asker = True

    def __init__(self, expired: Iterable[str] = ()) -> None:
        """Say so. Of stores whose permissions have expired nothing is seen, whatever the id."""
        lapsed = ", ".join(sorted(expired))
        also = f" Permissions of {lapsed} were read too long ago, so none of its cases are opened." if lapsed else ""
        super().__init__(
            "There is no such case here, or none that this viewer may see. Check the id and the day; a case of another "
            f"office is opened by that office.{also}"
        )


class NotKept(DataportError):
    """A scorecard that was not handed out, or not to this viewer: the two are not told apart."""

    exit_code = 4
    http_status = 404
    code = "not_kept"
    is_for_asker = True

    def __init__(self, number: int) -> None:
        super().__init__(
            f"No scorecard with the number {number} was handed out to this viewer, or it tells more than the viewer "
            "may be told today. `dataport quality kept` lists them."
        )


class Busy(DataportError):
    """Somebody else holds the lock that this work needs."""

    exit_code = 5
    http_status = 409
    code = "busy"
    is_for_asker = True


class Stopped(DataportError):
    """Work that was ended from outside before it was done: it took too long, or nobody waits for it any more."""

    http_status = 504
    code = "stopped"
    is_for_asker = True

    def __init__(self) -> None:
        super().__init__("It was stopped before it had ended, and nothing was shown. Ask for less, or ask again.")


class Overloaded(DataportError):
    """So many wait already that one more would only wait in vain."""

    http_status = 503
    code = "overloaded"
    is_for_asker = True

    def __init__(self) -> None:
        super().__init__("Too many questions are waiting. Nothing is wrong with this one: ask it again in a moment.")


class NobodySignedIn(Refused):
    """A request that does not say who makes it, or says so with something that is not, or no longer, valid."""

    http_status = 401
    code = "not_signed_in"

    def __init__(self) -> None:
        super().__init__("Nobody is signed in. Sign in, or send a key or a token that is valid.")


class NoHome(WrongRequest):
    """The home folder holds no Dataport, or not what this command needs of it."""

    code = "no_home"
    is_for_asker = False


class NewerHome(WrongRequest):
    """The home folder was written by a later version of Dataport than the one that is running."""

    code = "newer_home"
    is_for_asker = False

    def __init__(self) -> None:
        super().__init__(
            "This home was written by a later version of Dataport, and nothing in it was touched. Install that version "
            "(or a later one), or give another --home."
        )


class NotPrivate(DataportError):
    """The home folder, or something in it, is open to other accounts, or is another account's."""

    code = "not_private"


class AuditFailed(DataportError):
    """The look could not be written down, so nothing is shown; or the log is not what it should be."""

    code = "audit_failed"


class SourceUnavailable(DataportError):
    """A registration store cannot be reached or read. The message names no credential."""

    http_status = 503
    code = "source_unavailable"


class PrivilegeMissing(SourceUnavailable):
    """The account that reads a store may not read all of it. The message names what it lacks and who can give it."""

    code = "privilege_missing"


class RemovalHeld(DataportError):
    """A source has lost so many records that somebody must say that they are to go here too."""

    code = "removal_held"


class DiskFull(DataportError):
    """There is no room, or no more for one file, where the home folder is. Nothing half-written counts."""

    http_status = 507
    code = "disk_full"

    def __init__(self, what: str = "There is no room left to write on the disk of the home folder.") -> None:
        super().__init__(
            f"{what} Nothing half-written counts: what was there before is as it was. Make room, and run the command "
            "again; it goes on where it stopped."
        )


def is_full(error: BaseException | None) -> bool:
    """Whether an error of the operating system says that there is no room; engines hand on its number or its words."""
    found = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    if isinstance(error, OSError) and error.errno in found:
        return True
    return error is not None and any(os.strerror(number) in str(error) for number in found)


class ContractBroken(DataportError):
    """A source, a batch or a table is not what its contract declares."""

    code = "contract_broken"


class Damaged(ContractBroken):
    """A file of the home is gone, cut or changed. The message names it, and the command that mends it."""

    code = "damaged"


class SourceChanged(ContractBroken):
    """What must stay as it is in a source from one reading to the next has changed, so that changes may be lost."""

    code = "source_changed"


class ForeignStore(DataportError):
    """The store answering is not the one whose history was landed."""

    code = "foreign_store"


class BuildFailed(DataportError):
    """A build stopped; the published version stays as it was.

    Args:
        message: what stopped it, without a value of a person.
        failed: the data tests of severity error that found something, with the number of rows each.
    """

    code = "build_failed"

    def __init__(self, message: str, failed: Iterable[tuple[str, int]] = ()) -> None:
        self.failed = tuple(failed)
        super().__init__(message)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The nearest permitted names as a sentence, or nothing.

    >>> did_you_mean("sexx", ["sex", "age_group"])
    ' Did you mean sex?'
    """
    folded = {one.casefold(): one for one in sorted(known)}
    close = difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.55)
    return f" Did you mean {' or '.join(folded[one] for one in close)}?" if close else ""
