"""What verifiers 0.4 makes of our reward: run by test_prime.py with its Python, prints JSON a task.

As a stranger's taskset would be: ours comes in by the path of a file, once through the task's configuration and once
as a method.
"""

import asyncio
import json
import sys

import verifiers.v1 as vf
from verifiers.v1.utils.loaders import plugged_fn

ADAPTER = sys.argv[1]
ask = plugged_fn(f"{ADAPTER}:reward")("format")


class Data(vf.TaskData):
    answer: str


class Sum(vf.Task[Data]):
    """One reward of the configuration's, one of its own."""

    @vf.reward(weight=0.5)
    async def shape(self, task: Data, trace: vf.Trace) -> float:
        return await ask(task, trace)


def trace_of(task: Sum, reply: dict) -> vf.Trace:
    """A rollout of one turn."""
    recorded = vf.TraceTask(type="Sum", data=task.data)
    trace = vf.Trace[Data, vf.State, vf.AgentConfig](task=recorded, agent=vf.AgentInfo(config=vf.AgentConfig()))
    trace.nodes.append(vf.MessageNode(message=vf.UserMessage(content="2 + 2?")))
    trace.nodes.append(vf.MessageNode(parent=0, message=vf.AssistantMessage(**reply), sampled=True))
    return trace


async def score(reply: dict, answer: str) -> dict:
    """The rewards, or what Task.score raises: the error with which a rollout records that it failed."""
    config = vf.TaskConfig(rewards={"right": {"fn": f"{ADAPTER}:accuracy", "weight": 2.0}})
    task = Sum(Data(prompt="2 + 2?", answer=answer), config)
    trace = trace_of(task, reply)
    try:
        await task.score(trace)
    except vf.TaskError as error:
        return {"error": str(error), "rewards": {name: one and one.value for name, one in trace.rewards.items()}}
    rewards = {name: one.value for name, one in trace.rewards.items()}
    return {"reward": trace.reward, "rewards": rewards, "info": json.loads(trace.model_dump_json())["info"]}


async def main() -> None:
    print(json.dumps(await asyncio.gather(*(score(*case) for case in json.loads(sys.argv[2])))))


asyncio.run(main())
