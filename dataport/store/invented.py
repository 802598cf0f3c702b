"""The identity of a store, which says whether its people are invented: what is only for trying looks there."""

from __future__ import annotations

import re
import uuid

_BEGINS = "synthetic:"
# On a server, the numbers of the server and the database stand before it.
_INVENTED = re.compile(rf"(\d+-\d+-)?{_BEGINS}[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}")


def new_identity(invented: bool) -> str:
    """An identity that no other store has.

    >>> is_invented(new_identity(True)), is_invented(new_identity(False))
    (True, False)
    """
    return f"{_BEGINS if invented else ''}{uuid.uuid4()}"


def is_invented(identity: str) -> bool:
    """Whether a store that calls itself so was made with people who do not exist."""
    return _INVENTED.fullmatch(identity) is not None
