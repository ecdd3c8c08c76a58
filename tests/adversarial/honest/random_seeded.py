"""Draws the same numbers from the same seed, and others without one.

ground_truth: {"kind": "stdin", "tests": [{"input": "", "output": "60000 4\n"}]}
status: AC
"""

import os
import random
import secrets

random.seed(1)
first = random.random()
random.seed(1)
assert first == random.random() == 0.13436424411240122
draws = [random.SystemRandom().random(), random.Random().random(), secrets.randbits(60), os.urandom(8)]
print(60000, len(set(draws)))
