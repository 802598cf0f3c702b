"""A registration system of its own process: python writer.py URL SEED TRANSACTIONS. Needs nothing but the store."""

from __future__ import annotations

import random
import sqlite3
import sys
import time


def main(path: str, seed: int, transactions: int) -> None:
    """Insert, change, delete and re-insert individuals and needs, some transactions undone, others slow."""
    dice = random.Random(seed)
    file = sqlite3.connect(path, isolation_level=None, timeout=60)
    for _ in range(transactions):
        file.execute("BEGIN IMMEDIATE")
        for _ in range(dice.randint(1, 6)):
            _one(file, dice)
        if dice.random() < 0.2:
            file.execute("UPDATE clock SET moment = moment + ?", (dice.choice([0, 1, 10**6, 10**10]),))
        time.sleep(dice.random() * 0.01)
        file.execute("ROLLBACK" if dice.random() < 0.15 else "COMMIT")


def _one(file: sqlite3.Connection, dice: random.Random) -> None:
    key, value, device = f"k{dice.randint(0, 25)}", str(dice.randint(0, 9)), dice.choice([1, 10**15, 4 * 10**15])
    if not file.execute("SELECT 1 FROM individual WHERE individual_id = ?", (key,)).fetchone():
        file.execute(
            "INSERT INTO individual (individual_id, individual_no, business_unit_id, operation_code, phone, "
            "process_status_code, created_on, modified_on) VALUES (?, ?, 'U', 'KEN', ?, 'A', ?, ?)",
            (key, key, value, device, device),
        )
        file.execute(
            "INSERT INTO specific_need (specific_need_id, individual_id, need_category_code, need_status_code, "
            "created_on, modified_on) VALUES (?, ?, 'DS', 'A', ?, ?)",
            (f"n{key}", key, device, device),
        )
    elif dice.random() < 0.7:
        file.execute("UPDATE individual SET phone = ?, modified_on = ? WHERE individual_id = ?", (value, device, key))
    else:
        file.execute("DELETE FROM specific_need WHERE individual_id = ?", (key,))
        file.execute("DELETE FROM individual WHERE individual_id = ?", (key,))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
