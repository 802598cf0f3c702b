"""headers: what the headers of a request say: what is welcome, how much, and what its sender has already."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers

_MOST = 50


def wishes(text: str) -> Mapping[str, float]:
    """What is named in a list such as ``Accept``, in small letters and in its order, with how welcome it is: 0 to 1."""
    found: dict[str, float] = {}
    for one in text.split(",")[:_MOST]:
        name, *parameters = (part.strip().lower() for part in one.split(";"))
        if name:
            found.setdefault(name, _weight(parameters))
    return found


def _weight(parameters: list[str]) -> float:
    for one in parameters:
        name, _, said = one.partition("=")
        if name.strip() == "q":
            try:
                weight = float(said)
            except ValueError:
                return 0.0
            return min(weight, 1.0) if weight > 0 else 0.0  # what is no number is not welcome either
    return 1.0


def takes(accepted: str, encoding: str) -> bool:
    """Whether what is packed in a way may be sent: where the way is named, or any is, and not with a weight of 0."""
    told = wishes(accepted)
    return told.get(encoding, told.get("*", 0.0)) > 0


def has_already(headers: Headers, etag: str) -> bool:
    """Whether whoever asks has what has this tag; one that was made weak on its way is the same (RFC 9110, 13.1.2)."""
    told = [one.strip() for line in headers.getlist("if-none-match") for one in line.split(",")]
    return "*" in told or etag in [one.removeprefix("W/") for one in told]
