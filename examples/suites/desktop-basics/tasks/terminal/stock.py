#!/usr/bin/env python3
"""The shop's stock. usage: stock.py list | set ITEM AMOUNT | remove ITEM"""

import sqlite3
import sys

db = sqlite3.connect("stock.sqlite")
db.execute("CREATE TABLE IF NOT EXISTS item (name TEXT PRIMARY KEY, amount INTEGER NOT NULL)")
match sys.argv[1:]:
    case ["list"]:
        for name, amount in db.execute("SELECT name, amount FROM item ORDER BY name"):
            print(f"{name}: {amount}")
    case ["set", name, amount]:
        db.execute("INSERT OR REPLACE INTO item VALUES (?, ?)", (name, int(amount)))
    case ["remove", name]:
        db.execute("DELETE FROM item WHERE name = ?", (name,))
    case _:
        sys.exit(__doc__)
db.commit()
