"""A process of the host that attacks may want to reach: it writes down every signal and every message it gets.

Started by probes.py as `victim.py LOG SOCKET ABSTRACT`; it prints its port, and ends when its stdin does.
"""

import os
import selectors
import signal
import socket
import sys

log, path, abstract = sys.argv[1:]


def note(event):
    with open(log, "a") as file:
        file.write(event + "\n")


for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH, signal.SIGTERM, signal.SIGHUP, signal.SIGCONT):
    signal.signal(number, lambda number, frame: note(f"signal {signal.Signals(number).name}"))

waiting = selectors.DefaultSelector()


def listen(family, kind, address, name):
    server = socket.socket(family, kind)
    server.bind(address)
    if kind == socket.SOCK_STREAM:
        server.listen()
    waiting.register(server, selectors.EVENT_READ, name)
    return server


port = listen(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0), "TCP").getsockname()[1]
listen(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", port), "UDP")
listen(socket.AF_UNIX, socket.SOCK_STREAM, path, "a socket's path")
listen(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + abstract, "an abstract name")
listen(socket.AF_UNIX, socket.SOCK_DGRAM, "\0" + abstract + "dgram", "an abstract name")
os.chmod(path, 0o777)
waiting.register(sys.stdin, selectors.EVENT_READ, "")
print(port, flush=True)
while True:
    for key, _ in waiting.select():
        if key.fileobj is sys.stdin:
            sys.exit()
        note(f"a message by {key.data}")
        if key.fileobj.type == socket.SOCK_STREAM:
            key.fileobj.accept()[0].close()
        else:
            key.fileobj.recv(100)
