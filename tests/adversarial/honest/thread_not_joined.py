"""Starts its work in a thread and does not wait for it: Python does, at the end.

task: total
status: AC
"""

import threading
import time


def main():
    time.sleep(0.1)
    input()
    print(sum(map(int, input().split())))


threading.Thread(target=main).start()
