"""Work for a worker process that does not end."""

import time


def hangs(*arguments):
    time.sleep(600)
