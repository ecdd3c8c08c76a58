"""Adapters called as the other stacks' source calls them: by its arguments, names and types.

A stand-in has what the named file of the named version has, and no more. tests/peers runs the real packages of
inspect_ai, lm-eval, lighteval, SkyRL, AReaL and PrimeIntellect's verifiers.
"""

import asyncio
import gc
import json
import pickle
import subprocess
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import pytest
import torch

from verifiers import Reason, Verdict, verify_format, verify_math
from verifiers.adapters import areal, lm_eval, nemo_rl, open_instruct, openrlhf, skyrl, slime, trl, verl
from verifiers.adapters.common import Undecided, undecided_so_far
from verifiers.adapters.ends import ENDS, without_end
from verifiers.adapters.truths import ground_truth_in, judge_any
from verifiers.registry import Unknown
from verifiers.server import scoring

RIGHT, WRONG = "<think>2 + 2</think><answer>4</answer>", "<think>2 + 2</think><answer>5</answer>"
BAD_TRUTH = '{"kind": "stdin"}'  # no verdict: which verifier this is for cannot be told


@pytest.fixture
def stand_in(monkeypatch):
    """Puts modules of a stack that is not installed where they are imported from."""

    def put(name, **names):
        parts = name.split(".")
        for end in range(1, len(parts)):
            above = ".".join(parts[:end])
            if above not in sys.modules:
                monkeypatch.setitem(sys.modules, above, ModuleType(above))
        module = ModuleType(name)
        vars(module).update(names)
        monkeypatch.setitem(sys.modules, name, module)

    return put


def test_adapters_load_no_stack():
    names = "areal inspect_ai lighteval lm_eval nemo_rl open_instruct skyrl slime".split()
    code = (
        f"import sys, importlib\nfor name in {names}: importlib.import_module('verifiers.adapters.' + name)\n"
        "heavy = {'torch', 'numpy', 'ray', 'httpx', 'skyrl_gym', 'inspect_ai', 'lm_eval', 'lighteval'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# AReaL 1.0.4.


def areal_call(reward, completion, **columns):
    """workflow/rlvr.py, `_compute_rewards`: four by position, the row's columns by name, in a process that unpickles
    the function (api/reward_api.py, `partial` in a ProcessPoolExecutor)."""
    function = pickle.loads(pickle.dumps(reward))
    return function("What is 2 + 2?", completion, [1, 2], [3, 4], messages=[{"role": "user"}], **columns)


def test_areal_takes_the_name_of_ours_at_the_end_of_the_path():
    assert areal_call(areal.math, RIGHT, answer="4") == 1.0
    assert areal_call(areal.math, WRONG, answer="4") == 0.0
    assert areal_call(areal.r1_zero, RIGHT, answer="4") == 2.0
    assert areal_call(areal.reward, RIGHT, answer="4", data_source="openai/gsm8k") == 1.0
    with pytest.raises(AttributeError, match="no reward function 'maths': did you mean 'math'"):
        getattr(areal, "maths")  # noqa: B009


def test_areal_gets_no_number_without_a_verdict_unless_one_is_chosen():
    with pytest.raises(Undecided, match="AReaL has to reject this rollout: BAD_GROUND_TRUTH"):
        areal_call(areal.accuracy, RIGHT, answer=BAD_TRUTH)
    before = undecided_so_far["BAD_GROUND_TRUTH"]
    assert areal_call(areal.AReaLReward("accuracy", undecided=0.25), RIGHT, answer=BAD_TRUTH) == 0.25
    assert undecided_so_far["BAD_GROUND_TRUTH"] == before + 1
    with pytest.raises(TypeError, match="undecided is 'zero'"):
        areal.AReaLReward("math", undecided="zero")


def hang(completion: str, ground_truth: Any) -> Verdict:
    while True:
        pass


def test_a_hang_ends_before_areals_own_clock_and_is_not_its_zero():
    assert areal.AReaLReward().timeout < 15
    with pytest.raises(Undecided, match=r"UNDECIDED no verdict after 0\.2 s"):
        areal_call(areal.AReaLReward(hang, timeout=0.2), RIGHT, answer="4")


def test_the_tokens_that_end_a_completion_are_no_part_of_it():
    """AReaL decodes with them (workflow/rlvr.py), slime keeps them (`no_stop_trim=True`, rollout/sglang_rollout.py),
    and so does open-instruct (data_loader.py, `skip_special_tokens=False`)."""
    for end in ENDS:
        assert areal_call(areal.format, RIGHT + end, answer="4") == 1.0
    assert without_end(f"</s>a</s>{ENDS[0]}{ENDS[1]}") == "</s>a"
    assert not verify_format(RIGHT + ENDS[0]).correct


# slime 0.3.1 at 624b824.


@dataclass
class Sample:
    """slime/utils/types.py, those fields that a reward reads or writes."""

    prompt: str | list[dict[str, str]] = ""
    response: str = ""
    label: str | None = None
    reward: float | dict[str, Any] | None = None
    remove_sample: bool = False
    metadata: dict = field(default_factory=dict)


def slime_args(**given):
    return SimpleNamespace(**{"rm_type": None, "reward_key": None, "rm_url": None} | given)


def test_slime_awaits_a_number_for_a_sample_and_numbers_for_a_group():
    """slime/rollout/rm_hub/__init__.py: `async_rm` awaits (args, sample), `batched_async_rm` (args, samples)."""
    right, wrong = Sample(response=RIGHT + "<|im_end|>", label="4"), Sample(response=WRONG, label="4")
    assert asyncio.run(slime.r1_zero(slime_args(), right)) == 2.0
    assert asyncio.run(slime.math(slime_args(), [right, wrong, right])) == [1.0, 0.0, 1.0]
    assert not right.remove_sample
    with pytest.raises(AttributeError, match="did you mean 'math'"):
        getattr(slime, "maths")  # noqa: B009


def test_slime_chooses_by_the_sample_then_by_the_argument():
    def reward_of(args, **metadata):
        return asyncio.run(slime.reward(args, Sample(response="no tags \\boxed{4}", label="4", metadata=metadata)))

    assert reward_of(slime_args(rm_type="math")) == 1.0
    assert reward_of(slime_args(rm_type="format")) == 0.0
    assert reward_of(slime_args(rm_type="format"), rm_type="math") == 1.0
    assert reward_of(slime_args(rm_type="format"), data_source="openai/gsm8k") == 1.0
    assert reward_of(slime_args(), rm_type="format", data_source="openai/gsm8k") == 0.0
    with pytest.raises(Unknown, match="neither a verifier nor a data source"):
        reward_of(slime_args())


def test_slime_with_a_reward_key_gets_the_parts_beside_it():
    """slime/utils/types.py, `get_reward_value`: `self.reward[args.reward_key]`."""
    said = asyncio.run(slime.r1_zero(slime_args(reward_key="total"), Sample(response=WRONG, label="4")))
    assert (said["total"], said["accuracy"], said["format"], said["undecided"]) == (1.0, 0.0, 1.0, 0.0)
    assert json.loads(json.dumps(said)) == said


def test_slime_trains_on_no_token_of_an_undecided_sample_and_may_drop_its_group():
    """slime/ray/rollout.py masks a sample with remove_sample; filter_hub/base_types.py takes a bool from a filter."""
    group = [Sample(response=RIGHT, label="4"), Sample(response=RIGHT, label=BAD_TRUTH)]
    assert slime.decided(slime_args(), group)
    assert asyncio.run(slime.SlimeReward("accuracy", undecided=0.5)(slime_args(), group)) == [1.0, 0.5]
    assert [sample.remove_sample for sample in group] == [False, True]
    assert slime.decided(slime_args(), group) is False
    assert slime.decided(slime_args(), group[:1]) is True


# open-instruct 0.3.0 at e6c3044.


@dataclass
class VerificationResult:
    """open_instruct/ground_truth_utils.py."""

    score: float
    cost: float = 0.0
    reasoning: str | None = None


def verifier_function():
    """A new base class: `__subclasses__()` of a shared one would have those of other tests."""

    class VerifierFunction(ABC):
        """open_instruct/ground_truth_utils.py, its three methods that matter here."""

        def __init__(self, name, weight=1.0, verifier_config=None):
            self.name, self.weight, self.verifier_config = name, weight, verifier_config

        @classmethod
        def get_config_class(cls):
            return SimpleNamespace

        @abstractmethod
        def __call__(self, tokenized_prediction, prediction, label, query=None, rollout_state=None): ...

        async def async_call(self, tokenized_prediction, prediction, label, query=None, rollout_state=None):
            loop = asyncio.get_event_loop()
            return await loop.run_in_executor(
                None, lambda: self.__call__(tokenized_prediction, prediction, label, query, rollout_state)
            )

    return VerifierFunction


@pytest.fixture
def instruct(stand_in, monkeypatch):
    """`build_all_verifiers` of that file, as far as subclasses go."""
    base = verifier_function()
    monkeypatch.setattr(open_instruct, "_kept", [])
    stand_in("open_instruct.ground_truth_utils", VerificationResult=VerificationResult, VerifierFunction=base)

    def build():
        gc.collect()
        made = [each(each.get_config_class()()) for each in base.__subclasses__()]
        return {one.name.lower(): one for one in made}

    return build


def instruct_call(function, prediction, label):
    """`apply_verifiable_reward`: everything by name."""
    task = function.async_call(
        tokenized_prediction=[1, 2], prediction=prediction, label=label, query="2 + 2?", rollout_state=None
    )
    return asyncio.run(task)


def test_open_instruct_finds_ours_among_its_subclasses_and_awaits_a_score(instruct):
    open_instruct.register("math", undecided=0.0, weight=2.0)
    open_instruct.register("Puzzles", "countdown", undecided="stop")
    open_instruct.register("shape", "format", undecided="stop")
    built = instruct()
    assert set(built) == {"math", "puzzles", "shape"}
    assert built["math"].weight == 2.0
    assert instruct_call(built["math"], RIGHT, "4").score == 1.0
    assert instruct_call(built["shape"], RIGHT + "<|endoftext|>", "4").score == 1.0
    assert instruct_call(built["math"], WRONG, "4").score == 0.0
    assert instruct_call(built["puzzles"], "<answer>6 - 2</answer>", '{"numbers": [6, 2], "target": 4}').score == 1.0
    with pytest.raises(Undecided, match="BAD_GROUND_TRUTH"):
        instruct_call(built["puzzles"], RIGHT, "4")


def test_open_instruct_gets_the_chosen_number_with_the_reason_beside_it(instruct):
    open_instruct.register("mine", "accuracy", undecided=0.25)
    said = instruct_call(instruct()["mine"], RIGHT, BAD_TRUTH)
    assert said.score == 0.25
    assert said.reasoning.startswith("BAD_GROUND_TRUTH ")
    with pytest.raises(TypeError, match="open-instruct cannot leave a rollout out"):
        open_instruct.register("mine", "accuracy", undecided=None)
    with pytest.raises(Unknown, match="did you mean 'math'"):
        open_instruct.register("maths", undecided=0.0)


# NeMo-RL 0.7.0 and at 7ea279a.


class EnvironmentReturn(NamedTuple):
    """nemo_rl/environments/interfaces.py."""

    observations: list
    metadata: list
    next_stop_strings: list
    rewards: Any
    terminateds: Any
    answers: list | None


@pytest.fixture
def nemo(stand_in):
    stand_in("nemo_rl.environments.interfaces", EnvironmentReturn=EnvironmentReturn)
    return nemo_rl.Environment


def logs(*completions):
    return [[{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": each}] for each in completions]


def test_nemo_rl_steps_a_batch_of_conversations(nemo):
    """nemo_rl/experience/rollouts.py, `calculate_rewards`: `step.remote(messages, env_info)`, six things come back;
    rollout_manager.py reads `rewards[0].item()` and the observation's role and content."""
    rows = [{"ground_truth": "4"}, {"ground_truth": "4"}, {"ground_truth": BAD_TRUTH}]
    environment = nemo({"verifier": "accuracy", "undecided": 0.5, "num_workers": 8})
    observations, metadata, stops, rewards, terminateds, answers = environment.step(logs(RIGHT, WRONG, RIGHT), rows)
    assert isinstance(rewards, torch.Tensor)
    assert rewards.tolist() == [1.0, 0.0, 0.5]
    assert terminateds.tolist() == [1.0] * 3
    assert (metadata, stops, answers) == (rows, [None] * 3, None)
    assert [set(each) for each in observations] == [{"role", "content"}] * 3
    assert "undecided" in observations[2]["content"]


def test_nemo_rl_evaluation_asks_for_the_answers_too(nemo):
    """nemo_rl/evals/eval.py: `step.remote(to_env, batch["extra_env_info"], True)`."""
    rows = [{"ground_truth": "4", "data_source": "openai/gsm8k"}, {"ground_truth": "4", "data_source": "math"}]
    by_source = {"openai/gsm8k": "r1_zero", "math": "math"}
    both = nemo({"undecided": "stop", "verifier": by_source}).step(logs(RIGHT, RIGHT), rows)
    assert both.rewards.tolist() == [2.0, 1.0]
    returned = nemo({"undecided": "stop"}).step(logs(RIGHT, "none"), rows, True)
    assert returned.answers == ["4", None]
    assert returned.rewards.tolist() == [1.0, 0.0]
    batch = {"rewards": returned.rewards, "is_end": torch.tensor([False, True])}
    assert nemo({"undecided": "stop"}).global_post_process_and_metrics(batch) == (batch, {"reward": 0.0})


def test_nemo_rl_is_told_to_choose_before_it_trains(nemo):
    with pytest.raises(TypeError, match="NeMo-RL cannot leave a rollout out"):
        nemo({"verifier": "math"})
    with pytest.raises(Unknown, match="did you mean 'math'"):
        nemo({"verifier": "maths", "undecided": 0.0})
    with pytest.raises(Undecided):
        nemo({"verifier": "accuracy", "undecided": "stop"}).step(logs(RIGHT), [{"ground_truth": BAD_TRUTH}])


def test_nemo_rl_registers_an_actor_that_its_path_leads_to(stand_in):
    """nemo_rl/environments/utils.py, `create_env`: hydra's get_object of the path, then `.options(…).remote(config)`;
    distributed/ray_actor_environment_registry.py has to know the path."""
    registered, executables = {}, {}
    stand_in("nemo_rl.environments.utils", register_env=registered.__setitem__)
    stand_in("nemo_rl.distributed.ray_actor_environment_registry", ACTOR_ENVIRONMENT_REGISTRY=executables)
    stand_in("nemo_rl.distributed.virtual_cluster", PY_EXECUTABLES=SimpleNamespace(SYSTEM="python"))
    stand_in("ray", remote=lambda **options: lambda kind: SimpleNamespace(kind=kind, options=options))
    nemo_rl.register()
    assert registered == {"r1": "verifiers.adapters.nemo_rl.Actor"}
    assert executables == {"verifiers.adapters.nemo_rl.Actor": "python"}
    try:
        assert nemo_rl.Actor.kind is nemo_rl.Environment
    finally:
        vars(nemo_rl).pop("Actor", None)


# lm-eval 0.4.13, api/task.py: `self.config.process_results(doc, results)`; results holds each request's filtered_resps.


def test_lm_eval_gets_a_reward_or_leaves_the_document_out():
    process = pickle.loads(pickle.dumps(lm_eval.verified("math")))
    assert process({"question": "2 + 2?", "answer": "4"}, [RIGHT]) == {"reward": 1.0, "undecided": 0.0}
    assert process({"question": "2 + 2?", "answer": "4"}, [[RIGHT, WRONG]]) == {"reward": 0.5, "undecided": 0.0}
    undecided = lm_eval.verified(ground_truth="tests")
    assert undecided({"tests": BAD_TRUTH, "answer": "4"}, [RIGHT]) == {"undecided": 1.0}


# What several share.


def either(completion: str, ground_truth: Any) -> Verdict:
    """A verdict that is the ground truth's."""
    return Verdict(None, Reason.UNDECIDED) if ground_truth is None else Verdict(ground_truth, Reason.CORRECT)


def test_of_several_ground_truths_one_suffices_and_an_undecided_one_is_never_zero():
    assert judge_any(either, "", [0.0, 1.0]).score == 1.0
    assert judge_any(either, "", [0.0, 0.0]).score == 0.0
    assert judge_any(either, "", [None, 1.0]).score == 1.0
    assert judge_any(either, "", [0.5, None, 0.0]).score is None
    assert judge_any(either, "", []).reason is Reason.BAD_GROUND_TRUTH


def test_a_data_source_says_what_its_ground_truths_are_for(nemo):
    """Tests that cannot be read are no text that a sum could compare an answer with."""
    row = {"ground_truth": "[", "data_source": "taco"}
    with pytest.raises(Undecided, match="BAD_GROUND_TRUTH"):
        areal_call(areal.r1_zero, RIGHT, **row)
    sample = Sample(response=RIGHT, label="[", metadata={"data_source": "taco"})
    asyncio.run(slime.r1_zero(slime_args(), sample))
    assert sample.remove_sample
    with pytest.raises(Undecided, match="BAD_GROUND_TRUTH"):
        nemo({"verifier": "r1_zero", "undecided": "stop"}).step(logs(RIGHT), [row])


def test_gsm8ks_solutions_are_ground_truths_as_they_stand(instruct):
    """The rows of openai/gsm8k keep theirs in AReaL (dataset/gsm8k.py) and in lm-eval (tasks/gsm8k)."""
    solution = "48 / 2 = 24 clips in May.\n48 + 24 = 72 clips altogether.\n#### 72"
    open_instruct.register("math", undecided="stop")
    for said in (
        areal_call(areal.math, "\\boxed{72}", answer=solution),
        asyncio.run(slime.math(slime_args(), Sample(response="\\boxed{72}", label=solution))),
        lm_eval.verified("math")({"answer": solution}, ["\\boxed{72}"])["reward"],
        instruct_call(instruct()["math"], "\\boxed{72}", solution).score,
        judge_any(verify_math, "\\boxed{72}", [solution]).score,
        *trl.reward("math")(prompts=["?"], completions=["\\boxed{72}"], answer=[solution]),
        verl.compute_score("openai/gsm8k", "\\boxed{72}", solution, undecided="stop")["score"],
        *openrlhf.reward("accuracy", undecided=0.0)(["Q\\boxed{72}"], ["Q"], [solution])["rewards"],
        scoring.score("math", "math", "\\boxed{72}", solution).number,
    ):
        assert said == 1.0


def test_the_column_of_the_ground_truth_is_found_or_named():
    assert ground_truth_in({"answer": "4", "ground_truth": "5"}) == "5"
    assert ground_truth_in({"answer": "4", "other": "5"}, "other") == "5"
    with pytest.raises(ValueError, match="no column 'anser': did you mean 'answer'"):
        ground_truth_in({"answer": "4"}, "anser")
    with pytest.raises(ValueError, match=r"none of .* is a column of the row"):
        ground_truth_in({"question": "2 + 2?"})


def test_skyrl_is_told_to_choose_before_it_trains(stand_in):
    stand_in("skyrl_gym", register=lambda **given: pytest.fail(f"registered {given}"))
    with pytest.raises(TypeError, match="SkyRL cannot leave a rollout out"):
        skyrl.register("r1", "math", undecided=None)
    with pytest.raises(Unknown, match="did you mean 'math'"):
        skyrl.register("r1", "maths", undecided=0.0)
