"""What other stacks make of our adapters: run by test_stacks.py with their Python, prints JSON."""

import asyncio
import importlib.util
import json
import sys
import types

sys.path += sys.argv[3:]  # torch and transformers, after what this environment has itself


def lm_eval() -> dict:
    """simple_evaluate on the task in this folder, by a model that answers with the question."""
    from lm_eval import simple_evaluate
    from lm_eval.api.model import LM
    from lm_eval.tasks import TaskManager

    class Echo(LM):
        def generate_until(self, requests, disable_tqdm=False):
            return [request.args[0] for request in requests]

        def loglikelihood(self, requests):
            raise NotImplementedError

        loglikelihood_rolling = loglikelihood

    manager = TaskManager(include_path=".", include_defaults=False)
    found = simple_evaluate(model=Echo(), tasks=["sums"], task_manager=manager, bootstrap_iters=100)
    return found["results"]["sums"]


def lighteval(completions: list[str]) -> dict:
    """Its pipeline on the task of tasks.py in this folder, with a model that says the completions."""
    from lighteval.logging.evaluation_tracker import EvaluationTracker
    from lighteval.models.dummy.dummy_model import DummyModel, DummyModelConfig
    from lighteval.models.model_output import ModelResponse
    from lighteval.pipeline import ParallelismManager, Pipeline, PipelineParameters
    from lighteval.tasks.registry import Registry

    # Its own tasks are not loaded: one downloads a file when it is imported, one asks the hub.
    Registry._load_from_files = Registry._load_from_subdirs = staticmethod(lambda *_: {})

    class Scripted(DummyModel):
        def greedy_until(self, docs):
            return [ModelResponse(text=[completions[int(doc.id)]]) for doc in docs]

    parameters = PipelineParameters(launcher_type=ParallelismManager.NONE, custom_tasks_directory="tasks.py")
    tracker = EvaluationTracker(output_dir="results", save_details=False)
    model = Scripted(DummyModelConfig(cache_dir="."))
    pipeline = Pipeline("sums|0", parameters, tracker, model=model)
    pipeline.evaluate()
    return pipeline.get_results()["results"]["sums:0"]


def skyrl(completions: list[str], rows: list[dict]) -> dict:
    """An episode for each row, as skyrl_gym_generator.py of SkyRL 0.3 goes through one, and the metrics over all."""
    import skyrl_gym
    from skyrl_gym.metrics import aggregate_for_environment

    from verifiers.adapters.skyrl import register

    register("r1", undecided=0.25)
    steps, metrics = [], []
    for completion, row in zip(completions, rows, strict=True):
        environment = skyrl_gym.make("r1", env_config={}, extras=row)
        environment.init([{"role": "user", "content": "2 + 2?"}])
        steps.append(environment.step(completion))
        metrics.append(environment.get_metrics())
        environment.close()
    return {"steps": steps, "metrics": aggregate_for_environment("r1", metrics)}


def areal(completions: list[str], answers: list[str]) -> list:
    """Each through AReaL's AsyncRewardWrapper, whose processes unpickle the function; an error is its sentence."""
    # The package's own __init__ loads the trainer: ray, hydra and more, which no reward needs.
    package = types.ModuleType("areal")
    package.__path__ = list(importlib.util.find_spec("areal").submodule_search_locations)
    sys.modules["areal"] = package
    from areal.api import AsyncRewardWrapper

    from verifiers.adapters import areal as ours

    async def reward(call, completion, answer):
        try:
            return await call("2 + 2?", completion, [1], [2, 3], messages=[], answer=answer)
        except ValueError as error:
            return f"{type(error).__name__}: {error}"

    async def rewards():
        call = AsyncRewardWrapper(ours.accuracy)
        return [await reward(call, *pair) for pair in zip(completions, answers, strict=True)]

    return asyncio.run(rewards())


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](**json.loads(sys.argv[2]))))
