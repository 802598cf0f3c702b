"""An earlier day is kept as what of it is not as today, and is whole again when it is asked for."""

from __future__ import annotations

from datetime import date
from typing import cast

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dataport.cube.before import Before
from dataport.cube.downloading import Months, people_of
from dataport.cube.population import Population, coded, codings_of
from dataport.cube.reading import read_months
from dataport.cube.recode import put_together, recoded
from dataport.dictionary import disclosure_limit
from dataport.house import House
from tests.soundness.protected_people import SECRET, Person, Register, as_rows, months, shape

# of a person: the family, a place, whether they have a need, and the office
PERSON = st.tuples(st.integers(0, 3), st.integers(0, 2), st.booleans(), st.integers(0, 1))
REGISTER = st.dictionaries(st.integers(1, 12), PERSON, min_size=1)


def population(day: date, register: dict[int, tuple[int, int, bool, int]]) -> Population:
    persons = sorted(register)
    families, places, needs, offices = (np.array([register[one][nth] for one in persons]) for nth in range(4))
    return Population(
        day=day,
        persons=np.array(persons, dtype=np.int64),
        families=families.astype(np.int64),
        keys=np.array(persons, dtype=np.uint64) * np.uint64(7),
        finest={"place": places.astype(np.int32)},
        sensitive={"need": needs.astype(np.bool_)},
        units=offices.astype(np.int32),
        group_keys=families.astype(np.uint64),
    )


@given(REGISTER, REGISTER)
def test_it_holds_who_is_not_the_same_and_all_are_put_together_of_it(
    now: dict[int, tuple[int, int, bool, int]], then: dict[int, tuple[int, int, bool, int]]
) -> None:
    today, earlier = population(date(2021, 12, 31), now), population(date(2021, 11, 30), then)
    before = Before.of(today, earlier)
    differing = {one for one in then if now.get(one) != then[one]}
    assert before.earlier.persons.tolist() == sorted(differing)
    told = {
        (int(today.persons[here]) if here >= 0 else None, int(before.earlier.persons[there]) if there >= 0 else None)
        for here, there in zip(before.now.tolist(), before.then.tolist(), strict=True)
    }
    came = {(one, None) for one in now if one not in then}
    assert told == {(one if one in now else None, one) for one in differing} | came
    whole = before.whole(today)
    assert whole.day == earlier.day
    for name in ("persons", "families", "keys", "units", "group_keys"):
        assert getattr(whole, name).tolist() == getattr(earlier, name).tolist(), name
    assert whole.finest["place"].tolist() == earlier.finest["place"].tolist()
    assert whole.sensitive["need"].tolist() == earlier.sensitive["need"].tolist()


def test_months_are_those_days_the_oldest_first() -> None:
    days = [
        population(date(2021, month, 28), {one: (one % 3, month % 2, one == month, 0) for one in range(1, 7)})
        for month in (9, 10, 11)
    ]
    months = Months(days[-1], [Before.of(days[-1], one) for one in days[:-1]])
    for told, of in zip(months, days, strict=True):
        assert told.persons.tolist() == people_of(of).persons.tolist()
        assert {name: codes.tolist() for name, codes in told.finest.items()} == {
            name: codes.tolist() for name, codes in people_of(of).finest.items()
        }
    assert months[-1].persons.tolist() == months[2].persons.tolist()
    assert len(months[1:]) == 2


def test_months_read_one_at_a_time_are_as_those_that_are_coded_together() -> None:
    """Places and origins come and go from month to month, so that their numbers differ when each is read alone."""
    lived = [*months(5, 4)]
    # an origin that only the second month has, and a site that only the last has
    lived[1] = (lived[1][0], [*lived[1][1], Person(9001, 901, "KEN", "a0", "F", "5-11", "AFG", 0)])
    lived[3] = (lived[3][0], [*lived[3][1], Person(9002, 902, "UGA", "zz", "M", "60+", "SOM", 1)])
    rows, lattice_ = {day: as_rows(people) for day, people in lived}, shape()
    *bases, last = rows
    read = read_months(cast(House, Register(rows)), last, tuple(bases), SECRET, lattice_)
    together = codings_of(rows.values(), lattice_)
    assert {name: one.members for name, one in read.codings.levels.items()} == {
        name: one.members for name, one in together.levels.items()
    }
    below = disclosure_limit("cube_recode_below")
    for day in rows:
        owners, families = (rows[day].column(name).to_numpy() for name in ("person", "family"))
        keys, groups = SECRET.record_keys(owners), SECRET.record_keys(families, "case")
        plain = coded(rows[day], day, keys, together, lattice_, read.units, groups)
        expected = recoded(plain, together, lattice_, put_together(plain, together, lattice_, below))
        found = read.population if day == last else read.before[day].whole(read.population)
        for name in ("persons", "families", "keys", "units", "group_keys"):
            assert getattr(found, name).tolist() == getattr(expected, name).tolist(), (day, name)
        for name, codes in expected.finest.items():
            assert found.finest[name].tolist() == codes.tolist(), (day, name)
        for name, flags in expected.sensitive.items():
            assert found.sensitive[name].tolist() == flags.tolist(), (day, name)
