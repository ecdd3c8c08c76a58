"""Honest programs that naive sandboxes misjudge, and honest failures that must get the status they deserve."""

import pytest
from programs import load

from sandbox import Program
from verifiers import verify_code


@pytest.mark.parametrize("case", load("honest", wall_s=8), ids=lambda case: case.name)
def test_an_honest_program_gets_its_status(case, box, request):
    if case.skip:
        pytest.skip(case.skip)
    if "needs" in case.notes:
        box = request.getfixturevalue("box_with_packages")
    completion = case.completion(nul="\0", deep="[" * 20_000)
    verdict = verify_code(completion, case.ground_truth, sandbox=box)
    tests = verdict.details["tests"]
    status = next((str(test["status"]) for test in tests if str(test["status"]) != "AC"), "AC" if tests else "none")
    shown = f"{status} {verdict.score} {verdict.reason} {verdict.note} {tests[-1:]}"
    if status not in case.statuses and request.node.callspec.params["box"] in case.notes.get("fails", "").split():
        pytest.xfail(f"{status} instead of AC: a known hole")
    assert status in case.statuses, shown
    assert verdict.score == float(status == "AC"), shown


def test_unseeded_programs_differ_from_run_to_run(box):
    program = Program("import os, random, uuid; print(random.random(), uuid.uuid4(), os.urandom(8))")
    assert len({box.run(program).stdout for _ in range(4)}) == 4
