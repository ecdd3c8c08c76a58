"""Works in threads with a queue, a lock and a pool.

task: total
status: AC
"""

import queue
import threading
from concurrent.futures import ThreadPoolExecutor

input()
words, lock, total = queue.Queue(), threading.Lock(), 0


def work():
    global total
    while (word := words.get()) is not None:
        with lock:
            total += int(word)


threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
with ThreadPoolExecutor(4) as pool:
    list(pool.map(words.put, input().split()))
for _ in threads:
    words.put(None)
for thread in threads:
    thread.join()
print(total)
