"""Runs an event loop.

task: total
status: AC
"""

import asyncio


async def add(words):
    await asyncio.sleep(0.01)
    loop = asyncio.get_running_loop()
    parts = await asyncio.gather(*(loop.run_in_executor(None, int, word) for word in words))
    return sum(parts)


input()
print(asyncio.run(add(input().split())))
