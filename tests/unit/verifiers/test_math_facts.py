"""Facts about equivalence: the conventions' own examples, and whose fault a failure is."""

import signal

import pytest

from verifiers import Reason, Verdict, verify_math, worker
from verifiers.math import equivalence, equivalent, fallback

HARD, EQUAL = r"\int_0^x t\,dt", r"\frac{x^2}{2}"
"""The same, which is for Math-Verify to say."""
PRODUCT = r"\prod_{n=2}^{\infty}(1-\frac{1}{n^2})"
# ground truth, right answers, wrong answers
CONVENTIONS = [
    ("\\frac13", ["2/6", "$\\frac{1}{3}$"], ["0.333333", "0.3333333333333333333"]),
    ("33.3", ["33.333", "\\frac{100}{3}", "33.30"], ["33.4", "33", "33.35"]),
    ("50\\%", ["50", "50 %", "0.5", "1/2"], ["0.05", "0.5\\%"]),
    ("25", ["25\\%", "25 percent"], ["0.25", "2500\\%"]),
    ("36 apples", ["36", "36\\text{ apples}"], ["36 million", "37", "35 apples"]),
    ("60^\\circ", ["60", "60 degrees", "60°"], ["30"]),
    ("\\$18.50", ["18.5 dollars", "18.50"], ["18.05", "-18.5"]),
    ("36", ["36.0", "+36"], ["36 million", "36x", "36i", "3 6", "36 or 37", "36 maybe", "not 36"]),
    ("1000", ["1{,}000", "1,000", "1\\,000", "1\u2009000"], ["1.000,0", "1,0,00", "1 0 0 0"]),
    ("70000", ["70,000"], ["70.000"]),
    ("3.5", [], ["3,5"]),
    (r"0.\overline{3}", ["1/3", r"0.\bar{3}", "0.333..."], ["0.333", "0.3", r"0.\overline{33}4"]),
    ("2:3", ["4:6", "2/3", r"2\text{ to }3", "10:15"], ["3:2", "2:3:1"]),
    ("3:45", ["3:45 p.m."], ["3:54", "1:15"]),
    ("3:45 p.m.", ["3:45"], ["3:45 a.m."]),
    ("12", [], ["12:00", "12 p.m."]),
    (r"x\equiv3\pmod7", [r"x\equiv 10\pmod{7}"], [r"x\equiv4\pmod7", r"x\equiv3\pmod{8}", "3"]),
    ("y=2x+1", ["2x-y+1=0", "4x-2y=-2"], ["y>2x+1", "y=2x", "x=2y+1"]),
    ("x>3", [r"(3,\infty)", "3<x", r"\{x : x>3\}"], [r"x\ge3", r"[3,\infty)", "x<3", "3"]),
    (r"\frac{x^2-1}{x-1}", ["x+1"], ["x-1", "|x+1|"]),
    ("x^2+C", ["x^2+K", "C+x^2"], ["x^2", "x^2+1", "x^2+2C"]),
    (
        r"\begin{pmatrix}1&2\\3&4\end{pmatrix}",
        ["[[1,2],[3,4]]"],
        [r"\begin{pmatrix}1&3\\2&4\end{pmatrix}", "(1,2,3,4)"],
    ),
    (r"\frac{1}{2^{99}}", ["2^{-99}"], [r"\frac{1}{2^{98}}", "0"]),
    ("5^{128}-1", [], ["5^{128}+1", "5^{128}"]),
    ("e^{-500}", ["1/e^{500}"], ["2e^{-500}", "0"]),
    (r"\sqrt2+\sqrt3-\sqrt{5+2\sqrt6}", ["0"], ["10^{-50}"]),
    (r"\sin x+2", [r"1+\sin x+1"], [r"\sin x+1+10^{100}-10^{100}", r"\sin x+2+10^{-25}"]),
    (r"\sqrt2", [r"2/\sqrt2"], [r"\sqrt3+10^{10^{10}}-10^{10^{10}}", r"\sqrt2\cdot1^{10^{10^{10}}}\cdot3"]),
    ("2\\frac13", ["2 1/3", "7/3", "2⅓"], ["2", "21/3", "2/3"]),
    ("2", ["\\text{two}"], ["2 2/3", "x>2", "x\\neq 2", "2,3", "\\pm 2"]),
    ("6.02\\times10^{23}", ["6.02e23", "602e21"], ["6.02\\times10^{-23}", "6.2e23"]),
    ("1011_2", ["1011_{2}", "11_{10}"], ["1011_3", "1011", "11"]),
    ("3", ["x = 3", "f(2)=3", "P(A)=3", "1+2=3"], ["x>3", "x\\neq 3", "x=4", "1+1=3", "2x=3", "x=x"]),
    ("x=5", ["5", "x=10/2"], ["y=5", "x>5"]),
    ("\\{1,2\\}", ["\\{2,1\\}", "1 and 2", "\\{1,2,1\\}"], ["(1,2)", "\\{1\\}", "\\{1,2,3\\}"]),
    ("(2,5)", ["(2, 10/2)"], ["(5,2)", "[2,5)", "(2,5]", "2,5"]),
    ("B", ["(B)", "\\textbf{B}", "b", "option B", "B."], ["AB", "A or B", "8", "not B"]),
    ("Tuesday", ["tuesday", "\\text{Tuesday}."], ["Tues", "not Tuesday", "Tuesday or Monday"]),
    ("even", ["Even"], ["odd", "not even", "evens"]),
    ("undefined", ["not defined", "Undefined"], ["0", "0/0"]),
    ("\\pi", ["π", "\\frac{2\\pi}{2}"], ["3.1415926535", "3.14159265358979323846", "22/7"]),
    ("5", ["5.", "$5$", "\\(5\\)", "٥"], ["", ".", "-", "=", ".*", "nan", "x=x", "5/0", "10^{10^{10}}", "True"]),
]
PAIRS = [
    pytest.param(ground_truth, answer, right, id=f"{answer} against {ground_truth}")
    for ground_truth, *both in CONVENTIONS
    for right, answers in zip((True, False), both, strict=True)
    for answer in answers
]


@pytest.mark.parametrize(("ground_truth", "answer", "right"), PAIRS)
def test_conventions(ground_truth, answer, right):
    assert equivalent(answer, ground_truth).score == float(right)


@pytest.mark.parametrize(
    "ground_truth", ["", " ", ".", "-", "$$", "nan", None, True, [1], {"a": 1}, "1/0", "x" * 10_001]
)
def test_a_ground_truth_that_cannot_be_read_is_our_fault(ground_truth):
    for verdict in (equivalent("5", ground_truth), verify_math("\\boxed{5}", ground_truth)):
        assert (verdict.score, verdict.reason) == (None, Reason.BAD_GROUND_TRUTH)
        assert verdict.note


def test_a_number_may_be_the_ground_truth():
    assert equivalent("42", 42).correct
    assert equivalent("\\frac12", 0.5).correct


@pytest.mark.parametrize(
    ("answer", "ground_truth", "right"),
    [
        ("5 m", "500 cm", True),
        ("2 feet", "24 inches", True),
        ("3 hours", "180 min", True),
        ("2 boxes", "2 box", True),
        ("16 oz", "1 lb", True),
        ("500 cents", "5 dollars", True),
        ("10000 cm^2", "1 m^2", True),
        ("3.6 km/h", "1 m/s", True),
        (r"\pi", r"180^\circ", True),
        ("60'", r"60^\circ", False),
        (r"9.8\text{ km/s}^2", r"9.8\ \mathrm{m/s^2}", False),
        ("5 m", "5 cm", False),
        ("5 inches", "5 cm", False),
        ("5 kg", "5 m", False),
        ("36 oranges", "36 apples", False),
        ("60 radians", r"60^\circ", False),
    ],
)
def test_units_are_converted_or_differ(answer, ground_truth, right):
    for one, other in ((answer, ground_truth), (ground_truth, answer)):
        assert equivalent(one, other).score == float(right)


def test_a_word_is_its_symbol_in_capitals_too():
    for answer, ground_truth in (("Infinity", r"\infty"), ("No solution", r"\emptyset")):
        assert equivalent(answer, ground_truth).correct
        assert equivalent(ground_truth, answer).correct


@pytest.mark.parametrize(
    "answer",
    [r"1 \bmod 7", "1_2+0", "1_000", "+".join(["x"] * 600), "7 zebras", rf"\{{{','.join(map(str, range(60)))}\}}"],
)
@pytest.mark.parametrize("ground_truth", ["5", "36 apples", r"\{1,2\}"])
def test_an_answer_cannot_make_itself_undecidable(answer, ground_truth):
    assert equivalent(answer, ground_truth).score == 0


def test_an_answer_that_uses_up_the_clock_against_a_plain_number_is_wrong(monkeypatch):
    monkeypatch.setattr(fallback, "math_verify_says", spin)
    verdict = equivalent(PRODUCT, "5")
    assert (verdict.score, verdict.reason) == (0.0, Reason.WRONG)
    assert "CPU" in verdict.note


def test_what_is_left_undecided_is_asked_about_once_and_only_if_nothing_else_tells_the_two_apart(monkeypatch):
    asked = []

    def undecided(answer, ground_truth, exact):
        asked.append((answer, ground_truth))
        return Verdict(None, Reason.UNDECIDED, note="no idea")

    monkeypatch.setattr(equivalence, "ask_math_verify", undecided)
    assert equivalent(f"({HARD}, {HARD})", f"({EQUAL}, {EQUAL})").score is None
    assert len(asked) == 1
    asked.clear()
    assert equivalent(f"({HARD}, 7)", f"({EQUAL}, 8)").score == 0  # 7 is not 8, whatever the integral is
    assert equivalent(f"({HARD}, 7)", f"({EQUAL}, 7)", fallback=False).score is None
    assert not asked


@pytest.mark.parametrize("between", ["or maybe", "and/or", "/", "|", "** or **", r"\\", ", possibly"])
def test_boxes_side_by_side_are_one_list(between):
    assert verify_math(rf"\boxed{{5}} {between} \boxed{{6}}", "6").score == 0


def test_the_base_of_a_logarithm_is_no_other_variable():
    assert equivalent(r"\log_2 8", "3").correct


@pytest.mark.parametrize(
    ("answer", "ground_truth"),
    [
        (r"7\cdot 1^{10^{10^{10}}}" * 70, "7"),
        (r"\sum_{k=0}^{n}2^k" * 10, "90"),
        ("-" * 3000 + "5", "5"),
        ("-" * 3000 + "5", "5_7"),
        ("sin()", "1"),
        (r"x\in(1,2)\in(1,2)", "x<2"),
        (r"1 < x \approx 2", "2 < y < 3"),
    ],
)
def test_what_the_fuzzer_found_stays_wrong(answer, ground_truth):
    assert equivalent(answer, ground_truth, fallback=False).score == 0


def test_no_box_is_no_answer():
    assert verify_math("it is 5", "5").reason is Reason.NO_ANSWER


def test_an_answer_that_outlives_the_clock_is_undecided(monkeypatch):
    monkeypatch.setattr(fallback, "math_verify_says", spin)
    verdict = equivalent(EQUAL, HARD)
    assert (verdict.score, verdict.reason) == (None, Reason.UNDECIDED)
    assert "CPU" in verdict.note
    monkeypatch.undo()
    assert equivalent(EQUAL, HARD).correct


def spin(*arguments):
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (1, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    while True:
        pass


def test_a_worker_that_cannot_start_is_our_failure(monkeypatch):
    worker.stop_all()
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    verdict = equivalent(EQUAL, HARD)
    assert (verdict.score, verdict.reason) == (None, Reason.VERIFIER_FAILED)
    assert "could be started" in verdict.note


def test_no_signal_handler_is_left_behind():
    before = [signal.getsignal(number) for number in (signal.SIGALRM, signal.SIGXCPU, signal.SIGINT)]
    equivalent("x+1", "1+x")
    assert before == [signal.getsignal(number) for number in (signal.SIGALRM, signal.SIGXCPU, signal.SIGINT)]


@pytest.mark.parametrize("answer", [r"\gcd(a,b)", r"\operatorname{lcm}(x,2)"])
def test_a_function_that_no_arithmetic_of_ours_knows_is_no_reason_for_a_zero(answer):
    assert equivalent(answer, answer.replace("b", "a").replace("2", "4"), fallback=False).score is None


@pytest.mark.parametrize("answer", [r"\log 0", "(-1)!", r"\infty-\infty", r"\frac{1}{x-x}", r"\max(i,1)"])
def test_what_has_no_value_is_wrong_against_what_has_one(answer):
    assert equivalent(answer, "5", fallback=False).score == 0
    assert equivalent("5", answer, fallback=False).score is None


@pytest.mark.parametrize("truth", ["24 + 48 = 72\n#### 72", "#### 72", "a\r\n####  72 \n", "#### 1\n#### 72"])
def test_a_solution_of_gsm8ks_is_the_number_that_it_ends_with(truth):
    assert verify_math(r"\boxed{72}", truth).score == 1.0
    assert verify_math(r"\boxed{24}", truth).score == 0.0
    assert verify_math("#### 1,072", "#### 1,072").score == 1.0


@pytest.mark.parametrize("truth", ["#### 72\nis its heading", "####72", "#### ", "4 #### 72"])
def test_other_signs_of_number_are_no_ground_truth(truth):
    assert verify_math(r"\boxed{72}", truth).score is None
