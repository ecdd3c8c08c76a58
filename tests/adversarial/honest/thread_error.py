"""An error in a thread does not change the exit status.

task: total
status: AC
"""

import threading


def fail():
    raise ValueError("only this thread")


thread = threading.Thread(target=fail)
thread.start()
thread.join()
input()
print(sum(map(int, input().split())))
