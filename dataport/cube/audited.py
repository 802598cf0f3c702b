"""audited: the served statistics of a home, attacked with the people that they are about beside them."""

from __future__ import annotations

from collections.abc import Callable

from dataport.attackers.audit import Report, audited
from dataport.attackers.refusals import Told
from dataport.attackers.register import Register
from dataport.cube.downloading import Levels, Months, downloaded, known_of
from dataport.cube.granted import service_asker, service_viewer
from dataport.cube.probing import Probe, probes
from dataport.cube.reading import read_months
from dataport.cube.secret import is_rotated, secret_of
from dataport.cube.writing import served_together, told_member
from dataport.dictionary import CodeLists
from dataport.disclosure.protected.lattice import lattice
from dataport.disclosure.protected.served import NotServed, ServedCube, read_series
from dataport.house import House
from dataport.visit import looking

COUNTRY = "country_of_asylum"
Progress = Callable[[str], object]


def audit(house: House, progress: Progress, ask: Callable[[Probe], Told | None]) -> Report:
    """Everything that is served, attacked. The look is written down: it reads the records of everybody.

    Args:
        ask: asks for a number that is not told, as a viewer of the class would.

    Raises:
        NotServed: nothing is served.
        Refused: the account that builds the statistics may no longer count everything.
    """
    series = read_series(house.settings.cube)
    if series is None or not series.snapshots or is_rotated(house.settings.keyring, series):
        raise NotServed()
    with looking("cube audit", f"{len(series.snapshots)} months", service_asker(house), house) as look:
        viewer = service_viewer(house)
        look.note(viewer_class=viewer.viewer_class.value, grants_version=viewer.grants_version)
        look.note(question="protected statistics, attacked", data_version=house.published().build_number)
        secret, shape = secret_of(house.settings.keyring, series), lattice()
        cubes = [ServedCube(house.settings.cube, one, secret.signing) for one in series.snapshots]
        days = [one.day for one in cubes]
        progress(f"reading the people of {len(days)} months")
        put = served_together(house.settings.cube, series)
        read = read_months(house, days[-1], tuple(days[:-1]), secret, shape, put)
        # table by table they are gone through often: they are all held
        people = tuple(Months(read.population, [read.before[day] for day in days[:-1]]))
        months = [(one.day, {name: one.table(name) for name in one.names()}) for one in cubes]
        seen = downloaded(months, read.codings, shape)
        register = Register(seen, known_of(people, read.scopes, read.units))
        country = next(level for level in shape.places if level.name == COUNTRY)
        count = sum(len(tables) for _, tables in months)
        progress(f"asking for what is not told in {count:,} tables")
        asked = list(probes(register, read.codings))
        # the first question opens what the others find open
        told = [ask(one) for one in (*asked[:1], *asked)][1:]
        answers = [one for one in told if one is not None]
        names = CodeLists()["country"].labels
        members = [told_member(path[-1]) for path in read.codings[COUNTRY].members]
        labels = [names.get(one, one) if one else "unknown" for one in members]
        place = Levels(read.codings, shape).of(country)
        return audited(register, place, labels, answers, lambda name: progress(f"{name}, in {count:,} tables"))
