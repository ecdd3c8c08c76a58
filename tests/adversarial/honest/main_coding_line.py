#!/usr/bin/env python3
# -*- coding: utf-8 -*-
"""Begins with a shebang and a line on its coding.

task: total
status: AC
"""

input()
print(sum(map(int, input().split())))
