"""Uses global, exec, eval and names of its own module.

task: total
status: AC
"""

total = 0


def add(number):
    global total
    total += number


input()
for word in input().split():
    exec(f"add({word})")
assert "total" in globals() and vars() is globals()
print(eval("total"))
