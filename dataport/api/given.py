"""given: what a program hands over, checked before anything is done with it: it may be of any type."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from dataport.api.named import Named
from dataport.errors import WrongRequest
from dataport.semantic import Horizon, OrderBy, parse_comparison, parse_day, parse_ends, parse_period

# Days before and after these cannot be reckoned with: of the first there are the year before, and twelve months of it.
_FIRST, _LAST = datetime(4, 1, 1), datetime(9999, 1, 1)


def names(what: str, given: Any) -> tuple[str, ...]:
    """A list of texts; one text by itself is a list of one, and None is none. A name of a catalog is its text."""
    listed = () if given is None else (given,) if isinstance(given, str | Named) else _listed(what, given)
    return tuple(one.name if isinstance(one, Named) else one for one in listed)


def lists(what: str, given: Any) -> tuple[tuple[str, ...], ...]:
    """A list of lists of texts; a text in it is a list of one, and None in it is none."""
    listed = names(what, given)
    if None in listed:
        raise WrongRequest(f"`{what}` is a list of lists of names; None is none. An empty list stands for the whole.")
    return tuple(names(what, one) for one in listed)


def day(given: Any) -> Any:
    """A day as text or date; what is neither is told by the request itself."""
    return parse_day(given) if isinstance(given, str) else given


def period(given: Any) -> Any:
    """A period as text, as a `DateRange`, or as what begins and what ends it."""
    if isinstance(given, tuple | list) and len(given) == 2 and all(map(_begins_or_ends, given)):
        return parse_ends(*given)
    return parse_period(given) if isinstance(given, str) else given


def between(given: Any) -> tuple[date, date]:
    """Two days, the earlier one first: as a pair, or as one text FROM..TO."""
    ends = given.split("..") if isinstance(given, str) else given
    if not isinstance(ends, tuple | list) or len(ends) != 2 or not all(map(_begins_or_ends, ends)):
        raise WrongRequest("Give two days, the earlier one first: ('2021-12-31', '2022-02-28').")
    first, last = (day(one) for one in ends)
    return first, last


def _begins_or_ends(given: Any) -> bool:
    return isinstance(given, str) or _is_day(given)


def _is_day(given: Any) -> bool:
    return isinstance(given, date) and not isinstance(given, datetime)


def comparison(given: Any) -> Any:
    return parse_comparison(given) if isinstance(given, str) else given


def question(
    by: Any, where: Any, as_of: Any, span: Any, grain: Any, geography: Any, totals: Any, order: Any, top: Any,
    compare: Any, other: Any, subtotals: Any, across: Any,
) -> dict[str, Any]:  # fmt: skip
    """The words of a question beside its indicators, each as a request has it."""
    return {
        "by": names("by", by),
        "where": names("where", where),
        "as_of": day(as_of),
        "period": period(span),
        "grain": grain,
        "geography": geography,
        "totals": totals,
        "order": tuple(OrderBy.parse(term) for term in names("order", order)),
        "top": top,
        "compare": comparison(compare),
        "other": other,
        "subtotals": lists("subtotals", subtotals),
        "across": across,
    }


def horizon(given: Any) -> Horizon:
    """From and until when something is known: two times, in UTC unless they say another zone. None: all until now."""
    if given is None:
        return Horizon(datetime(1900, 1, 1), datetime.now(UTC).replace(tzinfo=None))
    ends = _listed("history", given)
    if len(ends) != 2 or not all(isinstance(one, datetime) for one in ends):
        raise WrongRequest(
            "`history` is from when and until when the file knows of things, as two times: "
            "(datetime(2024, 1, 1), datetime(2024, 7, 1)). A date alone would not say which of its instants is meant."
        )
    since, until = map(_in_utc, ends)
    if since == until:
        raise WrongRequest(f"`history` ends as it begins ({since}), so that it holds no time. Give a later end.")
    if since > until:
        raise WrongRequest(f"`history` ends ({until}) before it begins ({since}). Give the earlier time first.")
    if since < _FIRST or until > _LAST:
        raise WrongRequest(f"`history` lies between {_FIRST.date()} and {_LAST.date()}: days beyond cannot be asked.")
    return Horizon(since, until)


def path(what: str, given: Any) -> Path:
    """A place on this machine."""
    if not isinstance(given, str | Path) or not str(given).strip() or "\0" in str(given):
        raise WrongRequest(f"`{what}` is a place on this machine, as a text or a path.")
    return Path(given)


def _in_utc(instant: datetime) -> datetime:
    """An instant as the engine has them: UTC without saying so. What has no zone is taken as UTC already."""
    try:
        return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant
    except OverflowError:
        raise WrongRequest("`history` has a time beyond all days that can be asked about.") from None


def _listed(what: str, given: Any) -> tuple[Any, ...]:
    if isinstance(given, Iterable) and not isinstance(given, str | bytes | dict):
        return tuple(given)
    raise WrongRequest(f"`{what}` is a list; {type(given).__name__} is none.")
