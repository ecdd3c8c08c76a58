"""What the READMEs show, works: every block of code in them is run, or parsed by what would run it."""

import importlib.util
import re
from pathlib import Path

import pytest

from tests.readme_blocks import KINDS, ROOT, Bad, Block, blocks_in, blocks_of, check, documents

README = (ROOT / "README.md").read_text(encoding="utf-8")
TEST_COMMAND = 'pip install -e ".[dev]" && pytest'
BLOCKS = [block for path in documents() for block in blocks_of(path)]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"{block.where}:{block.kind}")
def test_every_block_does_what_it_shows(block, tmp_path):
    check(block, tmp_path)


def test_every_folder_that_has_a_readme_is_looked_at():
    assert {"README.md", "verifiers/README.md", "sandbox/README.md", "grpo/README.md", "data/README.md"} <= {
        str(path.relative_to(ROOT)) for path in documents()
    }
    assert len(BLOCKS) >= 19


BROKEN = [
    ("", "anything", "is checked by nobody"),
    ("ruby", "puts 1", "is checked by nobody"),
    ("python", "from verifiers import verify_maths", "ImportError"),
    ("python", "assert 1 == 2", "AssertionError"),
    ("python", "import warnings; warnings.warn('old', DeprecationWarning)", "DeprecationWarning"),
    ("python", "# tests/unit/not_there.py\nx = 1", "there is no file"),
    ("python", "# tests/unit/test_imports.py\nx = 1", "does not hold this text"),
    ("python", "# tests/wrong_rewards.py\nimport", "no test names wrong_rewards.py"),
    ("python", "import", "not Python"),
    ("python", "import trl\nfrom verifiers.adapters.trl import rewards", "there is no verifiers.adapters.trl.rewards"),
    (
        "python",
        "from verifiers.adapters.nemo_rl import register\nregister(nam='r1')",
        "unexpected keyword argument 'nam'",
    ),
    ("python", "from verifiers.adapters.open_instruct import register\nregister('math')", "undecided"),
    ("python", "def test_sum():\n    assert 1 + 1 == 3", "1 failed"),
    ("pycon", ">>> 1 + 1\n3", "Expected"),
    ("pycon", "1 + 1", "no line begins with >>>"),
    ("sh", "", "no command"),
    ("sh", "python -m verifiers explain maths 1 1", "ended with 2"),
    ("sh", "python -m verifiers audit my:f --kid math", "unrecognized arguments: --kid"),
    ("sh", "python -m sandbox serve --prot 1", "unrecognized arguments: --prot"),
    ("sh", "python -m grpo.train tiny_cpus", "did you mean 'tiny_cpu'"),
    ("sh", "python -m grpo.train tiny_cpu --rl.learning-rate 1", "Unrecognized options"),
    ("sh", "python -m grpo.train tiny_cpu --rl.group-size 1", "use 2 or more"),
    ("sh", "python -m grpo.evaluate MODEL --task FILE", "nrecognized"),
    ("sh", "python -m grpo.evaluation MODEL", "is of no class"),
    ("sh", "python -m grpo.serve_vlm MODEL", "is of no class"),
    ("sh", "python data/prepared.py gsm8k", "there is no file data/prepared.py"),
    ("sh", "python data/prepare.py gsm8k f.jsonl --chek", "unrecognized arguments: --chek"),
    ("sh", "torchrun --nproc-per-gpu 8 -m grpo.train", "unrecognized arguments"),
    ("sh", "torchrun --nproc-per-node 8 -m grpo.train tiny", "neither a file nor one of"),
    ("sh", 'pip install -e ".[trian]"', "no extra trian"),
    ("sh", 'pip install "trl==1.15.0"', "tests/peers runs trl"),
    ("sh", "pytest tests/nowhere", "there is no tests/nowhere"),
    ("sh", "pytest tests/unit/test_nothing.py", "there is no file tests/unit/test_nothing.py"),
    ("sh", "bash .ci/walk", "No such file"),
    ("sh", "python -m verifiers score f.jsonl --verifer math", "unrecognized arguments|required"),
    ("sh", "python -m verifiers score tests/cases/countdown.jsonl --verifier count", "did you mean 'countdown'"),
    ("sh", "python -m verifiers serve --prot 1", "unrecognized arguments: --prot"),
    ("sh", "curl -s http://127.0.0.1:8643/scores", "the server has no /scores"),
    ("sh", "curl -s http://127.0.0.1:8643/score -d '{\"items\": [{}]}'", "has no 'completion'|has no verifier"),
    ("sh", "python -m verl.trainer.main_ppo a.path=pkg://verifiers.adapters.verls", "verifiers.adapters.verls"),
    ("sh", "python train.py --custom-rm-path verifiers.adapters.slime.maths", "no verifiers.adapters.slime.maths"),
    ("sh", "rm -r everything", "is of no class"),
    ("sh", "pip install -e . && rm -r everything", "is of no class"),
    ("sh", "A=1 B=2 rm -r everything", "is of no class"),
    ("sh", "echo 'open", "does not end"),
    ("console", "$ python data/prepare.py --chek\nread 0", "unrecognized arguments: --chek|required"),
    ("toml", "[rl", "not TOML"),
    ("toml", "model = 'm'\n[rl]\ntasks = 'f'\nreward = { maths = 1.0 }", "did you mean 'math'"),
    ("toml", "[rl]\ngroupsize = 8", "did you mean 'group_size'"),
    ("toml", '[project.entry-points."r1_verifiers.reward"]\na = "b:c"', "nothing of ours reads"),
    ("toml", '[project.entry-points."r1_verifiers.rewards"]\na = "b.c"', "is no module:function"),
    ("json", "{'kind': 1}", "not JSON"),
    ("jsonl", '{"question": "2 + 2?"}', "ground_truth"),
    ("yaml", "a: [", "not YAML"),
    ("yaml", "a", "no mapping"),
]


@pytest.mark.parametrize(("kind", "text", "said"), BROKEN, ids=lambda value: str(value)[:60])
def test_a_broken_block_is_seen(kind, text, said, tmp_path):
    with pytest.raises(Bad, match=said) as error:
        check(Block(kind, text, "a.md:7"), tmp_path)
    assert str(error.value).startswith("a.md:7: ")


def test_every_kind_of_block_is_seen_broken():
    assert {kind for kind, _, _ in BROKEN} >= set(KINDS)


def test_a_block_that_is_not_closed_is_seen():
    with pytest.raises(Bad, match=r"a\.md:2: .* not closed"):
        blocks_in("text\n```python\nx = 1\n", "a.md")


INLINE = {
    (str(path.relative_to(ROOT)), command)
    for path in documents()
    for command in re.findall(r"`python (?:-m )?([\w./]+)[^`]*`", path.read_text(encoding="utf-8"))
}


@pytest.mark.parametrize(("document", "command"), sorted(INLINE))
def test_every_command_within_a_sentence_is_there(document, command):
    assert (ROOT / command).is_file() if command.endswith(".py") else importlib.util.find_spec(command)


TABLES = [path for path in documents() if re.search(r"^\| file \|", path.read_text(encoding="utf-8"), re.MULTILINE)]


@pytest.mark.parametrize("path", TABLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_table_of_files_has_every_module_beside_it(path):
    text = path.read_text(encoding="utf-8")
    assert [file.name for file in path.parent.glob("*.py") if f"`{file.name}`" not in text] in ([], ["__init__.py"])


LINKS = {
    (str(path.relative_to(ROOT)), link)
    for path in documents()
    for link in re.findall(r"\]\(([^):]+)\)", path.read_text(encoding="utf-8"))
}


def anchors(path: Path) -> set[str]:
    """Where a link may lead within a document, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(("document", "link"), sorted(LINKS))
def test_every_link_into_the_tree_leads_somewhere(document, link):
    file, _, anchor = link.partition("#")
    path = (ROOT / document).parent / file if file else ROOT / document
    assert path.exists()
    assert not anchor or anchor in anchors(path)


def test_its_first_python_is_six_lines():
    code = next(block.text for block in blocks_of(ROOT / "README.md") if block.kind == "python")
    assert len([line for line in code.splitlines() if line.strip()]) == 6


def test_ci_calls_its_test_command():
    assert TEST_COMMAND in README
    assert TEST_COMMAND in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
