"""Pickles objects of its own classes.

task: total
status: AC
"""

import copy
import pickle
from dataclasses import dataclass
from enum import Enum


@dataclass
class Number:
    value: int


class Kind(Enum):
    SMALL = 1


input()
numbers = [pickle.loads(pickle.dumps(Number(int(word)))) for word in input().split()]
assert pickle.loads(pickle.dumps(Kind.SMALL)) is Kind.SMALL
print(sum(number.value for number in copy.deepcopy(numbers)))
