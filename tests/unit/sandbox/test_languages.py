"""Programs that are not Python."""

from __future__ import annotations

import dataclasses
import shutil

import pytest

from sandbox import Limits, Program, Status, languages

CALM = Limits(wall_s=60)
CPP = """
#include <iostream>
int depth(int n) { volatile char room[1000]; room[0] = n; return n ? depth(n - 1) + room[0] * 0 + 1 : 0; }
int main() { long a, b; std::cin >> a >> b; std::cout << a + b << " " << depth(100000) << "\\n"; return a == 7; }
"""
needs_cpp = pytest.mark.skipif(not shutil.which("g++"), reason="NO g++ HERE: C++ is not tested")
needs_node = pytest.mark.skipif(not shutil.which("node"), reason="NO node HERE: JavaScript is not tested")


@needs_cpp
def test_cpp_is_compiled_once_and_run_for_each_input(box):
    program = Program(CPP, "cpp")
    executions = list(box.run_each(program, [b"1 2", b"7 1"], limits=CALM))
    assert [e.stdout for e in executions] == [b"3 100000\n", b"8 100000\n"], executions
    assert [e.status for e in executions] == [Status.OK, Status.RE]
    assert box.run(program, stdin=b"1 2", limits=CALM).wall_s < 20


@needs_cpp
def test_a_refused_source_is_a_compile_error(box):
    execution = box.run(Program("int main() { return x; }", "cpp"), limits=CALM)
    assert execution.status is Status.CE
    assert b"main.cpp" in execution.stderr


@needs_cpp
def test_a_source_may_not_include_what_is_outside(box):
    assert box.run(Program('#include "/etc/passwd"\nint main() {}', "cpp"), limits=CALM).status is Status.CE


@needs_node
def test_javascript_reads_and_writes(box):
    source = "console.log(require('fs').readFileSync(0, 'utf8').split(' ').map(Number).reduce((a, b) => a + b))"
    execution = box.run(Program(source, "javascript"), stdin=b"1 2 3", limits=CALM)
    assert (execution.status, execution.stdout) == (Status.OK, b"6\n"), execution


@needs_cpp
def test_cpp_takes_its_input_for_a_file(box):
    source = """
#include <cstdio>
#include <sys/mman.h>
#include <sys/stat.h>
int main() {
    struct stat about; fstat(0, &about);
    fwrite(mmap(nullptr, about.st_size, PROT_READ, MAP_PRIVATE, 0, 0), 1, about.st_size, stdout);
    freopen("/dev/stdin", "r", stdin);
    int first; fclose(stdout); return scanf("%d", &first) == 1 && first == 12 ? 0 : 1;
}"""
    execution = box.run(Program(source, "cpp"), stdin=b"12 3", limits=CALM)
    assert (execution.status, execution.stdout) == (Status.OK, b"12 3"), execution


@needs_node
def test_javascript_reads_dev_stdin_and_streams(box):
    source = """
process.stdin.on("data", d => process.stdout.write(d)).on("end", () =>
    process.stdout.write(require("fs").readFileSync("/dev/stdin")))"""
    execution = box.run(Program(source, "javascript"), stdin=b"1 2 3\n", limits=CALM)
    assert (execution.status, execution.stdout) == (Status.OK, b"1 2 3\n1 2 3\n"), execution


@needs_node
def test_javascript_has_limits(box):
    assert box.run(Program("while (true) {}", "javascript"), limits=Limits(cpu_s=1)).status is Status.TLE
    assert box.run(Program("throw 1", "javascript"), limits=CALM).status is Status.RE


@pytest.mark.parametrize("language", ["cpp", "javascript"])
def test_a_compiler_or_interpreter_that_is_not_here_is_no_fault_of_the_programs(box, monkeypatch, language):
    known = languages.LANGUAGES[language]
    gone = {key: ("no-such-thing", *getattr(known, key)[1:]) for key in ("compile" if known.compile else "run",)}
    monkeypatch.setitem(languages.LANGUAGES, language, dataclasses.replace(known, **gone))
    execution = box.run(Program("x", language), limits=CALM)
    assert (execution.status, execution.note) == (Status.FAILED, "sandbox: there is no no-such-thing here")


def test_an_unknown_language_is_the_callers_mistake(box):
    with pytest.raises(ValueError, match="unknown language 'cobol'"):
        box.run(Program("", "cobol"))
