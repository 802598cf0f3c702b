"""What happens to registered people on a day: one function per kind, each a number of groups or people."""

from __future__ import annotations

from collections.abc import Callable

from dataport.synthetic.happenings import changing, comings, exercises, goings, groups, issuing
from dataport.synthetic.happenings.day import Day

__all__ = ["KINDS", "Day"]

# How many people one happening concerns. Whoever is drawn at random is more likely to be from a large group, so the
# groups drawn are larger than the mean of all.
_ONE, _NEW_GROUP, _DRAWN_GROUP, _ONE_OR_GROUP, _ASYLUM_SEEKERS = 1.0, 3.1, 5.9, 4.3, 4.0
_SPLIT, _SMALL_GROUP, _MEAN_GROUP = 2.5, 2.0, 3.9

KINDS: dict[str, tuple[Callable[[Day, int], None], float]] = {
    # whole places first; then the rare ones choose
    "verification_exercise": (exercises.verification_exercise, _ONE),
    # name of the flow: what happens, and to how many people at a time; the rare ones choose first
    "deletion": (goings.deletion, _ONE),
    "death": (goings.death, _ONE),
    "merge": (goings.merge, _ONE),
    "group_change": (groups.group_change, _ONE),
    "group_split": (groups.group_split, _SPLIT),
    "group_merge": (groups.group_merge, _SMALL_GROUP),
    "overwritten": (changing.overwritten, _DRAWN_GROUP),
    "resettlement": (goings.resettlement, _DRAWN_GROUP),
    "return": (goings.voluntary_return, _DRAWN_GROUP),
    "status_change": (changing.status_change, _ASYLUM_SEEKERS),
    "reactivation": (comings.reactivation, _DRAWN_GROUP),
    "correction": (changing.correction, _ONE),
    "departure": (goings.departure, _ONE_OR_GROUP),
    "inactivation": (goings.inactivation, _DRAWN_GROUP),
    "transfer": (changing.transfer, _DRAWN_GROUP),
    "need_resolved": (changing.need_resolved, _ONE),
    "need_identified": (changing.need_identified, _ONE),
    "birth": (comings.birth, _ONE),
    "registration": (comings.registration, _NEW_GROUP),
    "document_lost": (issuing.document_lost, _ONE),
    "document_issued": (issuing.document_issued, _ONE),
    "late_sync": (changing.late_sync, _DRAWN_GROUP),
    "verification": (changing.verification, _DRAWN_GROUP),
    "document_expired": (issuing.document_expired, _ONE),
    "assistance": (issuing.assistance, _MEAN_GROUP),
}
