"""granted: the service viewer that the cube is built by. It counts everything for a job, and is shown nothing."""

from __future__ import annotations

from dataport.access import Viewer, ViewerClass
from dataport.errors import Refused
from dataport.house import House
from dataport.semantic.policy import FINEST_PLACE, TIERS
from dataport.visit import Asker, machine_account, viewer_of

# What the cube counts, by the entities that permissions are given on.
COUNTED = ("individual", "registration_group", "specific_need")


def service_viewer(house: House) -> Viewer:
    """The viewer of the settings, whose grant must reach everything that the cube counts.

    Raises:
        Refused: none is set, or its grant was narrowed. A cube of a part would be a wrong one.
    """
    login = house.settings.cube_viewer
    if login is None:
        raise Refused(
            "No account is set that the protected statistics are built by. Set `cube_viewer` in dataport.toml to an "
            "account of the registration store that may count everything in it; no person should use it."
        )
    viewer = viewer_of(service_asker(house), house)
    if viewer.viewer_class is not ViewerClass.SERVICE:
        raise Refused("The protected statistics are built by a service account only.")
    lacking = [entity for entity in COUNTED if not _reaches_all(viewer, entity, house)]
    if lacking or viewer.expired:
        raise Refused(
            "The account that the protected statistics are built by (`cube_viewer`) may no longer count everything: "
            f"its grant on {', '.join(lacking) or 'a store'} was narrowed or is too old. Statistics of a part would be "
            "wrong, so none were built, and those before stay. Give it back the whole organisation, all places and "
            "tier T2, and run `dataport refresh`."
        )
    return viewer


def service_asker(house: House) -> Asker:
    return Asker(house.settings.cube_viewer, machine_account())


def _reaches_all(viewer: Viewer, entity: str, house: House) -> bool:
    units: frozenset[str] = frozenset()
    for one in viewer.permissions:
        is_whole = one.finest_place_level >= FINEST_PLACE and one.highest_tier == TIERS[-1]
        if one.entity == entity and one.may_count and is_whole:
            if one.units is None:
                return True
            units |= one.units
    return bool(units) and house.units() <= units
