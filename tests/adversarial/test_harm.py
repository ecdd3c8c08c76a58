"""Programs that want out, or that want to harm the machine, the judge or the programs after them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from probes import hold
from programs import load

from sandbox import Limits, Program

SECRETIVE = """
import time
for folder in ("/tmp/", "/dev/shm/", "/var/tmp/", "", "/proc/self/comm"):
    try:
        with open(folder if "comm" in folder else folder + "adv-neighbour", "w") as file:
            file.write("adv-neighbour")
    except OSError:
        pass
time.sleep(1)
"""
CURIOUS = """
import glob, os, time
time.sleep(0.4)
for folder in ("/tmp", "/dev/shm", "/var/tmp", "."):
    print(*glob.glob(os.path.join(folder, "adv*")), end="")
for path in glob.glob("/proc/[0-9]*/comm"):
    try:
        print(path if "adv" in open(path).read() else "", end="")
    except OSError:
        pass
"""


@pytest.mark.parametrize("case", load("attacks/harm"), ids=lambda case: case.name)
def test_no_harm_is_done(case, box, host):
    if case.skip:
        pytest.skip(case.skip)
    hold(case, box, host)


def test_neighbours_do_not_see_one_another(box):
    with ThreadPoolExecutor() as pool:
        runs = [pool.submit(box.run, Program(source), limits=Limits(wall_s=5)) for source in (SECRETIVE, CURIOUS)]
    secretive, curious = [run.result() for run in runs]
    assert str(secretive.status) == "OK", secretive
    assert (str(curious.status), curious.stdout) == ("OK", b""), curious
