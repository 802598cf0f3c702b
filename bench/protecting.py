"""How useful the protected statistics are, and what they cost, on the synthetic register without a store around it.

    python -m bench.protecting [--scale 1] [--budget 3] [--months 13] [--attack]

People are invented in memory, counted, ruled, measured and held against the exact rules. The shares are of the first
month, so that the rule of months is in none of them; in each further one some come, go, move, age or are recorded
anew. With --attack everything that the months publish is attacked in the end, as `dataport cube audit` does it, but for
what is asked at the door.
"""

from __future__ import annotations

import argparse
import dataclasses
import resource
import tempfile
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bench.passing import Rates, a_month_later
from dataport.attackers.audit import ATTACKERS
from dataport.attackers.register import Register
from dataport.attackers.verdict import judged
from dataport.cube.before import Before
from dataport.cube.build import protect
from dataport.cube.counting import Cells
from dataport.cube.days import next_month_end
from dataport.cube.downloading import Months, downloaded, known_of
from dataport.cube.earlier import earlier_of
from dataport.cube.held import require_rules
from dataport.cube.perturbing import KINDS, noise_of
from dataport.cube.population import coded, codings_of, needs_in
from dataport.cube.reading import Read
from dataport.cube.recode import Together, put_together, recoded, share_recoded
from dataport.cube.ruling import Decided, enough, limits
from dataport.cube.secret import Secret
from dataport.cube.writing import write_snapshot
from dataport.dictionary import disclosure_limit, read_seed
from dataport.disclosure.protected.lattice import Lattice, lattice, policy_version
from dataport.disclosure.protected.served import AS_OF, Series, ServedCube
from dataport.keyring import Key
from dataport.synthetic.organisation import HEADQUARTERS, business_units
from dataport.synthetic.plan import Plan, plan
from dataport.synthetic.portion import Portion
from dataport.synthetic.records import portions, tables_of
from dataport.synthetic.seeds import operations

DAY = date(2021, 12, 31)
_AGES = ((0, 5, "0-4"), (5, 12, "5-11"), (12, 18, "12-17"), (18, 25, "18-24"), (25, 50, "25-49"), (50, 60, "50-59"),
         (60, 200, "60+"))  # fmt: skip


def rows_of(made: Plan, shape: Lattice) -> pa.Table:
    """The active persons of a plan, as the build reads them from the figures."""
    found, persons, families = [], 0, 0
    maps = _maps()
    for operation in made.operations:
        for part in portions(operation, made, None):
            found.append(_portion(part, maps, shape, persons, families))
            persons += len(part.people)
            families += int(part.people.group.max(initial=-1)) + 1
    return pa.concat_tables(found)


def _portion(part: Portion, maps: dict[str, dict[str, str]], shape: Lattice, persons: int, families: int) -> pa.Table:
    tables = tables_of(part)
    people = tables["individual"]
    is_active = pc.equal(people.column("process_status_code"), "A")
    country = people.column("country_of_asylum_code")
    place = people.column("location_code")
    inside = pc.equal(_mapped(place, maps["country_of_place"]), country)
    columns = {
        "person": pa.array(np.arange(persons, persons + len(people))),
        "family": pa.array(part.people.group + families),
        "unit": people.column("business_unit_id"),
        "unhcr_bureau": _mapped(country, maps["bureau"]),
        "country_of_asylum": country,
        "location_level_1": pc.if_else(inside, _mapped(place, maps["province"]), None),
        "location": pc.if_else(inside, place, None),
        "sex": pc.if_else(pc.equal(people.column("sex_code"), "U"), None, people.column("sex_code")),
        "age_group_detailed": _ages(part),
        "country_of_origin": people.column("country_of_origin_code"),
        "population_type": _mapped(people.column("legal_status_code"), maps["type"]),
        "marital_status": people.column("marital_status_code"),
        "education_band": _mapped(people.column("education_level_code"), maps["education"]),
        "accommodation": people.column("accommodation_code"),
        "is_focal_point": pa.array(part.people.is_focal_point),
        "age": pa.array(np.floor(part.people.age).astype(np.int16), mask=~part.people.has_birth_date),
        "has_specific_need": None,
        "needs": None,
    }
    columns |= _needs(people, tables["specific_need"], needs_in(shape))
    texts = {
        name: pa.array(one.to_pylist(), pa.string()).dictionary_encode()
        for name, one in columns.items()
        if pa.types.is_string(one.type) or pa.types.is_dictionary(one.type)
    }
    return pa.table({**columns, **texts}).filter(is_active)


def _needs(people: pa.RecordBatch, needs: pa.RecordBatch, categories: tuple[str, ...]) -> dict[str, pa.Array]:
    active = needs.filter(pc.equal(needs.column("need_status_code"), "A"))
    places = pc.index_in(active.column("individual_id"), people.column("individual_id")).to_numpy()
    bits = np.zeros(len(people), dtype=np.int64)
    has = np.zeros(len(people), dtype=bool)
    has[places] = True
    for nth, category in enumerate(categories):
        bits[places[pc.equal(active.column("need_category_code"), category).to_numpy(zero_copy_only=False)]] |= 1 << nth
    return {"has_specific_need": pa.array(has), "needs": pa.array(bits)}


def _ages(part: Portion) -> pa.Array:
    years = np.floor(part.people.age).astype(int)
    names = np.full(200, 0)
    for number, (low, high, _) in enumerate(_AGES):
        names[low:high] = number
    codes = pa.array(names[years.clip(0, 199)], mask=~part.people.has_birth_date)
    return pa.DictionaryArray.from_arrays(codes, [name for *_, name in _AGES])


def _mapped(column: pa.Array, known: dict[str, str]) -> pa.Array:
    place = pc.index_in(column, pa.array(list(known), pa.string()))
    return pa.array(list(known.values()), pa.string()).take(place)


def _maps() -> dict[str, dict[str, str]]:
    places = {row["location_code"]: row for row in read_seed("location")}
    types = read_seed("population_type_of_legal_status")

    def province(code: str) -> str | None:
        row: dict[str, str] | None = places[code]
        while row and row["level"] != "1":
            row = places.get(row["parent_code"])
        return row["location_code"] if row else None

    return {
        "bureau": {row["country_code"]: row["bureau_code"] for row in read_seed("country")},
        "country_of_place": {code: row["country_code"] for code, row in places.items()},
        "province": {code: one for code in places if (one := province(code))},
        "type": {row["legal_status_code"]: row["population_type_code"] for row in types},
        "education": {row["education_level_code"]: row["education_band_code"] for row in read_seed("education_level")},
    }  # fmt: skip


def _group_keys(families: np.ndarray, secret: Secret) -> np.ndarray:
    every, place = np.unique(families, return_inverse=True)
    return secret.record_keys(every, "case")[place]


def scopes_of(made: Plan) -> tuple[frozenset[str], ...]:
    """Each country office with its field offices, each of them, and each bureau."""
    units = business_units([one.operation for one in made.operations])
    parent = {one["business_unit_id"]: one["parent_id"] for one in units}
    below: dict[str, set[str]] = {}
    for unit in parent:
        above: str | None = unit
        while above and above != HEADQUARTERS:
            below.setdefault(above, set()).add(unit)
            above = parent[above]
    return tuple(frozenset(one) for one in below.values())


def measured(decided: Decided, noise: dict[str, object]) -> None:
    """Prints the shares that are goals, and the countries that come off worst."""
    least, cells = limits(), decided.cells
    for kind in (False, True):
        able = shown = 0
        for name, one in cells.items():
            for attribute in one.having if kind else ("",):
                sides = (one.having[attribute], one.lacking[attribute]) if kind else (one.counts,)
                flags = decided.statuses.splits[attribute][name] if kind else decided.statuses.rows[name]
                able += sum(int(enough(side, least).sum()) for side in sides)
                shown += sum(int((enough(side, least) & flags).sum()) for side in sides)
        which = "with" if kind else "without"
        print(f"of {able:,} cells with enough, {which} a sensitive attribute, published: {shown / able:.3f}")
    for traits in range(4):
        persons = shown = 0
        for name, one in _countries(cells):
            if len(one.table.traits) == traits:
                persons += int(one.counts.persons.sum())
                shown += int(one.counts.persons[decided.statuses.rows[name]].sum())
        print(f"persons in published cells of country tables, {traits} characteristics: {shown / max(1, persons):.4f}")
    for kind in ("plain", "sensitive"):
        errors = []
        for name, one in cells.items():
            for attribute in one.having if kind == "sensitive" else ("",):
                sides = (one.having[attribute], one.lacking[attribute]) if attribute else (one.counts,)
                flags = decided.statuses.splits[attribute][name] if attribute else decided.statuses.rows[name]
                for side in sides:
                    here = flags & (side.persons >= 100) & (side.persons <= 999)
                    told = noise[kind].published(side.persons[here], side.keys[here])  # type: ignore[attr-defined]
                    errors.append(np.abs(told - side.persons[here]) / side.persons[here])
        high = np.quantile(np.concatenate(errors), 0.95)
        print(f"relative error, p95, of published cells of 100 to 999, {kind}: {high:.4f}")


def worst(decided: Decided, codings: object) -> None:
    persons: dict[int, int] = {}
    shown: dict[int, int] = {}
    for name, one in _countries(decided.cells):
        if len(one.table.traits) == 1:
            for country, count, is_shown in zip(
                one.members[0].tolist(), one.counts.persons.tolist(), decided.statuses.rows[name].tolist(), strict=True
            ):
                persons[country] = persons.get(country, 0) + count
                shown[country] = shown.get(country, 0) + count * is_shown
    names = codings["country_of_asylum"].members  # type: ignore[index]
    by_share = sorted(persons, key=lambda one: shown[one] / persons[one])[:8]
    print(
        "worst countries, one characteristic:",
        ", ".join(f"{names[one][-1]} {shown[one] / persons[one]:.2f}" for one in by_share),
    )


def _countries(cells: dict[str, Cells]) -> list[tuple[str, Cells]]:
    return [
        (name, one) for name, one in cells.items() if one.table.place and one.table.place.name == "country_of_asylum"
    ]


def read_of(rows: Mapping[date, pa.Table], day: date, kit: Kit) -> Read:
    """What a build reads of a day and the earlier ones, all coded alike."""
    codings = codings_of(rows.values(), kit.shape)
    units = tuple(sorted({one for table in rows.values() for one in _texts(table, "unit")}))
    put, share = {}, 0.0
    together: Together | None = None
    for one, table in sorted(rows.items()):
        keys = kit.secret.record_keys(table.column("person").to_numpy())
        plain = coded(
            table, one, keys, codings, kit.shape, units, _group_keys(table.column("family").to_numpy(), kit.secret)
        )
        together = put_together(plain, codings, kit.shape, kit.below, together)
        put[one] = recoded(plain, codings, kit.shape, together)
        share = share_recoded(plain, put[one])
    before = {one: Before.of(put[day], put[one]) for one in rows if one != day}
    return Read(put[day], before, codings, units, scopes_of(kit.made), together or {}, share)


def _texts(rows: pa.Table, name: str) -> set[str]:
    return {one for chunk in rows.column(name).chunks for one in chunk.dictionary.to_pylist() if one is not None}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=0.02)
    parser.add_argument("--budget", type=int)
    parser.add_argument("--recode", type=int, default=disclosure_limit("cube_recode_below"))
    parser.add_argument("--months", type=int, default=1)
    parser.add_argument("--attack", action="store_true")
    wanted = parser.parse_args()
    shape = lattice() if wanted.budget is None else dataclasses.replace(lattice(), budget=wanted.budget)
    with Took("active persons invented"):
        made = plan(wanted.scale, len(operations()))
        newest = rows_of(made, shape)
    secret, chance, day = Secret(Key("cube", 1, b"bench")), np.random.default_rng(20211231), DAY
    series = Series(1, secret.version, secret.fingerprint, policy_version(), ())
    rows: dict[date, pa.Table] = {}
    with tempfile.TemporaryDirectory() as folder:
        kit = Kit(Path(folder), secret, shape, wanted.recode, made)
        for _ in range(wanted.months):
            rows[day] = newest
            print(f"{day:%Y-%m}: {newest.num_rows:,} active persons")
            series = one_month(rows, day, series, kit)
            last, newest, day = day, a_month_later(newest, chance, Rates()), next_month_end(day)
        if wanted.attack:
            del newest
            attacked({one: rows.pop(one) for one in sorted(rows)}, last, series, kit)


@dataclasses.dataclass(frozen=True, slots=True)
class Kit:
    """What is the same in every month."""

    folder: Path
    secret: Secret
    shape: Lattice
    below: int
    made: Plan


def attacked(rows: dict[date, pa.Table], day: date, series: Series, kit: Kit) -> None:
    """What each attacker learns from all months, and how long it took."""
    with Took("read again for the attackers"):
        read = read_of(rows, day, kit)
        rows.clear()
        cubes = [ServedCube(kit.folder, one, kit.secret.signing) for one in series.snapshots]
        months = [(one.day, {name: one.table(name) for name in one.names()}) for one in cubes]
        people = Months(read.population, [read.before[one.day] for one in cubes[:-1]])
        register = Register(downloaded(months, read.codings, kit.shape), known_of(people, read.scopes, read.units))
    for name, attack in ATTACKERS.items():
        with Took(name):
            one = judged(name, attack(register))
        stands = "passed" if one.passed else "NOT passed"
        print(f"  {one.measured:.4f}, limit {one.limit:.4f}, by guessing {one.base}, tried {one.tried:,}: {stands}")
        print(f"  {one.says}", flush=True)


def one_month(rows: dict[date, pa.Table], day: date, series: Series, kit: Kit) -> Series:
    """Build a month as `cube build` does, and tell what each step took."""
    earlier = earlier_of(kit.folder, series, kit.secret.signing)
    with Took("keys and codes"):
        read = read_of({one: rows[one] for one in (*earlier.bases, day)}, day, kit)
    print(f"{read.recoded:.4f} of values recoded; held against {len(earlier.bases)} earlier days")
    with Took("counted, ruled and perturbed"):
        decided, tables, told = protect(read, earlier, kit.secret, kit.shape, day, 2)
    size, rounds = sum(map(len, decided.cells.values())), decided.statuses.rounds
    published = [one.num_rows for one in tables.values()]
    again = [one.num_rows - one.column(AS_OF).null_count for one in tables.values()]
    print(
        f"{len(tables)} tables, {size:,} cells, {rounds} rounds; {sum(published):,} published, {sum(again):,} of before"
    )
    if not series.snapshots:
        measured(decided, {kind: noise_of(kind, kit.secret) for kind in KINDS})
        worst(decided, read.codings)
    with Took("held against the exact rules, counted anew"):
        require_rules(read, earlier, tables, kit.shape, day, 2)
    said = {"data_version": 1, "p_tables": told, "policy_version": policy_version()}
    return write_snapshot(kit.folder, series, day, tables, kit.secret, said, {})


class Took:
    """Says how long a step took, what the processor took of this process, and how much memory it has taken at most."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        self._began, self._started = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        took, processor = time.perf_counter() - self._began, time.process_time() - self._started
        print(f"{self._what}: {took:.0f} s, processor {processor:.0f} s, peak {peak:.1f} GB", flush=True)


if __name__ == "__main__":
    main()
