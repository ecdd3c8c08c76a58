"""Uses sqlite3, in memory and in a file.

task: total
status: AC
"""

import sqlite3

input()
for name in (":memory:", "numbers.db"):
    base = sqlite3.connect(name)
    base.execute("create table numbers (value integer)")
base.executemany("insert into numbers values (?)", [(int(word),) for word in input().split()])
base.commit()
print(base.execute("select sum(value) from numbers").fetchone()[0])
