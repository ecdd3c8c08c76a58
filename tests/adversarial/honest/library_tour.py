"""Imports much of the standard library.

task: total
status: AC
limits: cpu_s=3
"""

import array
import bisect
import collections
import csv
import ctypes
import datetime
import decimal
import fractions
import functools
import hashlib
import heapq
import itertools
import json
import math
import operator
import platform
import random
import re
import statistics
import string
import textwrap
import time
import unicodedata
import uuid
import zlib

input()
numbers = array.array("q", map(int, input().split()))
assert json.loads(json.dumps({"a": [1.5]})) == {"a": [1.5]} and zlib.decompress(zlib.compress(b"x")) == b"x"
assert hashlib.sha256(b"").hexdigest()[:4] == "e3b0" and len(uuid.uuid4().hex) == 32 and platform.system()
assert datetime.datetime.now().year > 2000 and time.localtime().tm_year > 2000 and ctypes.sizeof(ctypes.c_int) == 4
heapq.heapify(list(numbers))
print(functools.reduce(operator.add, itertools.chain(numbers)))
