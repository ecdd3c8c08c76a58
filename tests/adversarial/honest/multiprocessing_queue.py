"""Talks to a process through a queue, a value in shared memory and a pipe.

task: total
status: AC
fails: B
"""

import multiprocessing


def work(inbox, total, pipe):
    while (number := inbox.get()) is not None:
        total.value += number
    pipe.send("done")


if __name__ == "__main__":
    inbox, total = multiprocessing.Queue(), multiprocessing.Value("q", 0)
    here, there = multiprocessing.Pipe()
    worker = multiprocessing.Process(target=work, args=(inbox, total, there))
    worker.start()
    input()
    for word in input().split():
        inbox.put(int(word))
    inbox.put(None)
    assert here.recv() == "done"
    worker.join()
    print(total.value)
