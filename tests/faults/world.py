"""Two registration stores in one home, small and lively: what happens in them, and who may see what."""

from __future__ import annotations

import random
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from dataport.store import connect

STORES = ("first", "second")
LEVELS = ("sex_code", "process_status_code", "country_of_asylum_code")


@dataclass(frozen=True, slots=True)
class World:
    """A home, its stores, and the dice that everything in them is drawn with.

    Attributes:
        folder: holds the home, the stores and their backups.
    """

    folder: Path
    dice: random.Random

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def store(self, name: str) -> Path:
        return self.folder / f"{name}.sqlite"

    def url(self, name: str) -> str:
        return f"sqlite://{self.store(name)}"


def make(folder: Path, seed: int, persons: int = 120) -> World:
    """Two stores with some people each, and a home that reads them; nothing has landed yet."""
    world = World(folder, random.Random(seed))
    world.home.mkdir(mode=0o700)
    entries = []
    for name in STORES:
        entries.append(f'[[sources]]\nsource_id = "{name}"\nkind = "sqlite"\nurl = "{world.url(name)}"\n')
        with closing(connect(world.url(name))) as store:
            store.create()
            store.arm()
            with store.write() as writer:
                for table, rows in _organisation(name).items():
                    writer.insert(table, rows)
                writer.insert("individual", [_person(world.dice, f"{name[0]}{n}") for n in range(persons)])
    (world.home / "dataport.toml").write_text(f"keep_versions = 2\n{''.join(entries)}")
    (world.home / "dataport.toml").chmod(0o600)
    return world


def day_passes(world: World, name: str, changes: int = 12) -> None:
    """People come, change and go in one store, and its clock moves by a day."""
    dice = world.dice
    with closing(connect(world.url(name))) as store:
        store.set_clock(store.now() + timedelta(days=1))
        there = [row["individual_id"] for row in store.query("SELECT individual_id FROM individual").to_pylist()]
        with store.write() as writer:
            for _ in range(changes):
                key = dice.choice(there)
                match dice.choice(("come", "change", "change", "change", "need", "go")):
                    case "come":
                        new = f"{name[0]}x{dice.randrange(10**9)}"
                        writer.insert("individual", [_person(dice, new)])
                        there.append(new)
                    case "change":
                        changed = {"phone": str(dice.randrange(10**6)), "process_status_code": dice.choice("AAIC")}
                        writer.update("individual", [{"individual_id": key, **changed}])
                    case "need":
                        need = {"specific_need_id": f"{name[0]}n{dice.randrange(10**9)}", "individual_id": key}
                        writer.insert("specific_need", [need | {"need_category_code": "DS", "need_status_code": "A"}])
                    case "go":
                        writer.delete("individual", [key])
                        there.remove(key)


def enable(world: World, name: str, login: str, is_enabled: bool) -> None:
    """An account of a store is disabled, or enabled again."""
    with closing(connect(world.url(name))) as store, store.write() as writer:
        writer.update("user_account", [{"user_id": login.split("@", maxsplit=1)[0], "is_enabled": is_enabled}])


def _person(dice: random.Random, key: str) -> dict[str, Any]:
    return {
        "individual_id": key,
        "individual_no": f"NO-{key}",
        "business_unit_id": "U",
        "operation_code": "KEN",
        "country_of_asylum_code": dice.choice(("KEN", "UGA")),
        "country_of_origin_code": "SOM",
        "legal_status_code": "REF",
        "sex_code": dice.choice("FM"),
        "process_status_code": dice.choice("AAAI"),
        "phone": str(dice.randrange(10**6)),
    }


def _organisation(name: str) -> dict[str, list[dict[str, Any]]]:
    """One unit; who counts all of it, and who may be locked out."""
    accounts = (f"all.{name}", f"locked.{name}")
    may = {"depth_code": "organisation", "may_count": True, "may_open": True, "finest_place_level": 6}
    return {
        "business_unit": [{"business_unit_id": "U", "name": "Unit", "kind_code": "CO", "is_enabled": True}],
        "user_account": [
            {
                "user_id": one,
                "login": f"{one}@example.org",
                "full_name": one,
                "business_unit_id": "U",
                "is_enabled": True,
            }
            for one in accounts
        ],
        "role": [{"role_id": "r", "name": "Role", "is_enabled": True}],
        "user_role": [{"user_role_id": f"{one} r", "user_id": one, "role_id": "r"} for one in accounts],
        "permission": [
            {"permission_id": f"p {entity}", "role_id": "r", "entity": entity, "highest_tier_code": "T2", **may}
            | {"row_limit": 1000}
            for entity in ("individual", "specific_need")
        ],
    }
