"""A recipe says what it is; what it cannot mean is an error that names the nearest right thing."""

from pathlib import Path

import pytest

from grpo.config import RECIPES, RecipeError, find_recipe, load_recipe, read_toml, save_recipe
from grpo.presets import PRESETS

MINIMAL = 'model = "m"\n[rl]\ntasks = "t.jsonl"\n'


def toml(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", [path.stem for path in sorted(RECIPES.glob("*.toml"))])
def test_every_shipped_recipe_loads(name):
    recipe = load_recipe([name])
    assert recipe.name == name
    opening = find_recipe(name).read_text(encoding="utf-8").splitlines()[0]
    assert opening.startswith("# "), "a recipe opens with its hardware, its time and what to expect"


def test_no_argument_is_tiny_cpu():
    assert load_recipe([]).name == "tiny_cpu"


@pytest.mark.parametrize("algorithm", PRESETS)
def test_a_preset_fills_what_is_left_unset_and_nothing_else(tmp_path, algorithm):
    recipe = load_recipe([toml(tmp_path, MINIMAL + f'algorithm = "{algorithm}"\nclip_high = 0.5\n')])
    assert recipe.rl.clip_high == 0.5
    assert recipe.rl.loss == PRESETS[algorithm]["loss"]
    assert recipe.rl.kl_coef == PRESETS[algorithm]["kl_coef"]


def test_the_command_line_wins_over_the_file(tmp_path):
    recipe = load_recipe(
        [toml(tmp_path, MINIMAL + "lr = 1e-5\n"), "--rl.lr", "2e-5", "--rl.algorithm", "dapo", "--seed", "4"]
    )
    assert (recipe.rl.lr, recipe.rl.algorithm, recipe.rl.loss, recipe.seed) == (2e-5, "dapo", "token_mean", 4)


def test_a_saved_recipe_reads_back_the_same(tmp_path):
    recipe = load_recipe(["tiny_cpu", "--rl.reward.format", "0.5", "--runs", str(tmp_path)])
    save_recipe(recipe, tmp_path / "config.toml")
    assert read_toml(tmp_path / "config.toml") == recipe


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (MINIMAL + "lrr = 1.0\n", r"unknown key rl\.lrr; did you mean 'lr'"),
        ("modle = 1\n" + MINIMAL, r"unknown key modle; did you mean 'model'"),
        (MINIMAL + 'lr = "fast"\n', r"rl\.lr: Input should be a valid number"),
        (MINIMAL + 'algorithm = "ppo"\n', r"rl\.algorithm: .*'r1_zero', 'dapo', 'dr_grpo', 'gspo' or 'cispo'"),
        ("model = \n", "not TOML"),
        ('[rl]\ntasks = "t"\n', "model: Field required"),
        (MINIMAL + "group_size = 1\n", "use 2 or more"),
        (
            MINIMAL + "tasks_per_step = 32\nminibatches = 12\n",
            "minibatches 12 does not divide tasks_per_step 32: use 8 or 16",
        ),
        (MINIMAL + "temperature = 0.0\n", "temperature is 0"),
        (MINIMAL + "steps = -1\n", r"rl\.steps is -1"),
        (MINIMAL + "final_lr = 2.0\n", r"rl\.final_lr is 2\.0"),
        (MINIMAL + "lr = -1.0\n", r"rl\.lr is -1\.0"),
        (MINIMAL + "lr = inf\n", r"rl\.lr is inf: it must be a finite number"),
        ("vllm_gpus = 0\n" + MINIMAL, r"vllm_gpus is 0: it must be 1 or more"),
        ("vllm_positions = -1\n" + MINIMAL, r"vllm_positions is -1: it must be 0 or more"),
        (MINIMAL + "refill = -1\n", r"rl\.refill is -1: it must be 0 or more"),
        (MINIMAL + "pass_rate_min = 0.9\npass_rate_max = 0.1\n", r"rl\.pass_rate_min is 0\.9, .*the lower first"),
        (MINIMAL + "temperature = nan\n", r"rl\.temperature is nan"),
        (MINIMAL + "clip_low = -1.0\n", r"rl\.clip_low is -1\.0"),
        (MINIMAL + "kl_coef = -0.1\n", r"rl\.kl_coef is -0\.1"),
        (MINIMAL + "reward = { math = inf }\n", r"rl\.reward\.math is inf"),
        (MINIMAL + "[sft]\nsteps = -1\n", r"sft\.steps is -1"),
        ('name = "../mine"\n' + MINIMAL, r"name is '\.\./mine'"),
        (MINIMAL + "[sft]\npack_tokens = 0\n", r"sft\.pack_tokens is 0"),
        (MINIMAL + "reward = {}\n", r"rl\.reward is empty"),
        ('instruction = "solve"\n' + MINIMAL, r"instruction has no \{question\}"),
        ('model = "m"\n', r"rl\.tasks is empty"),
        (MINIMAL + "[sft]\nsteps = 3\n", r"sft\.data is empty"),
        (MINIMAL + "[sft]\nepochs = 1.0\n", r"sft\.data is empty"),
        (MINIMAL + 'general = "g.jsonl"\n', r"rl\.general: nothing judges prompts"),
    ],
)
def test_a_recipe_that_cannot_be_meant_says_why(tmp_path, text, sentence):
    with pytest.raises(RecipeError, match=sentence):
        load_recipe([toml(tmp_path, text)])


def test_a_byte_order_mark_is_no_part_of_a_recipe(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(MINIMAL, encoding="utf-8-sig")
    assert read_toml(path).model == "m"


def test_an_unknown_recipe_names_the_nearest(tmp_path, monkeypatch):
    with pytest.raises(RecipeError, match="did you mean 'tiny_cpu'"):
        find_recipe("tiny_gpu")
    toml(tmp_path, MINIMAL)
    monkeypatch.chdir(tmp_path)
    assert find_recipe("mine.toml") == Path("mine.toml")
    with pytest.raises(RecipeError, match=r"did you mean 'mine\.toml'"):
        find_recipe("mien.toml")


def test_an_unknown_override_ends_the_program_and_names_the_nearest(capsys):
    with pytest.raises(SystemExit) as ended:
        load_recipe(["tiny_cpu", "--rl.group-sise", "3"])
    assert ended.value.code == 2
    assert "--rl.group-size" in capsys.readouterr().err
