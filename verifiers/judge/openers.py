"""Answers that say nothing, and yet please judges: "One Token to Fool LLM-as-a-Judge", arXiv 2507.08794."""

from __future__ import annotations

import re
import unicodedata

from ..extract import INVISIBLE

_OPENERS = frozenset(
    """
    answer answers explanation let's proceed reasoning solution solutions solve solving step step-by-step steps tackle
    think thinking thought thoughts verdict
    respuesta solución solucion resolvamos resolver pensemos pensar pensamiento proceso problema paso pasos razonamiento
    réponse reponse résolvons résoudre réfléchissons pensée processus problème étape étapes raisonnement solution
    antwort lösung loesung lösungsweg gedankengang problem schritt lösen denken nachdenken überlegung
    resposta solução solucao resolva pensamento processo passo raciocínio pensar
    risposta soluzione risolviamo risolvere pensiamo ragionamento passo processo pensiero
    решение ответ решим решать задачу проблему шаг шагом рассуждение рассуждения мыслей подумаем
    розв'язання відповідь розв'яжемо задачу крок кроком
    oplossing antwoord stap rozwiązanie odpowiedź krok kroku çözüm cevap adım çözelim jawaban solusi
    penyelesaian langkah giải đáp án bước λύση απάντηση βήμα פתרון תשובה שלב
    الحل حل الجواب الإجابة المسألة المشكلة خطوة بخطوة لنحل پاسخ راه گام
    समाधान उत्तर हल चरण समस्या
    풀이 해설 해결 해답 답 정답 답변 사고 과정 단계별로 단계 문제 문제를 생각해 풀어
    """.split()
)
_FILLERS = frozenset(
    """
    a about accept accepted all alright analysis analyze analyse and approach at be begin break by can carefully
    certainly conclusion consider correct do down each final finally find first firstly for from give given go going
    have here here's how i i'll i'm in into is it it's let logically methodically me must my need next now of ok okay
    one's our out please problem process question response right should so start sure systematically takes task that
    the then there thorough through this to together understand us very want we we'll we're well what which will with
    work working you your
    a al con de del el en este esta la lo los para por que vamos es su un una
    au ce cet cette ce de des du est et la le les nous par pour une
    das der die dieses diese für ist lassen sie uns wir zu durch und
    a da de do esse este etapa o os para um uma vamos dopo di il lo questo per un
    эту это давайте за ход мы так
    het de laten we dit voor krok po ten bu şu mari kita ini demi lời chúng ta hãy từng này το ας κατά
    هذه هذا इस को दर करें 이 봅시다 보자 봅시다
    """.split()
)
_PHRASES = """
    思考过程 思考過程 思考プロセス 解题过程 解题思路 解題過程 解决方案 解決方案 解决过程 让我们 讓我們 首先 思考
    解答 解析 解 答 一步一步地 一步一步 一步步地 一步步 逐步 来解决 來解決 解决 解決 这个问题 這個問題 这道题 問題 问题
    解法 解説 解释 分析 回答 最终答案 最終答案 最后答案 答案 かいせつ かいとう こたえ 答え 考え方 考えましょう
    考えて みましょう 解きましょう 解いて ステップ バイ で ごとに を この まず 段階的に 順番に 最終的な คำตอบ วิธีทำ เฉลย
    """
_PHRASE = re.compile("|".join(sorted(unicodedata.normalize("NFKC", _PHRASES).split(), key=len, reverse=True)))
_LETTER = r"(?:[^\W_]|[\u0300-\u036f\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0e31-\u0e4e])"  # marks are no \w
_WORD = re.compile(rf"{_LETTER}+(?:['-]{_LETTER}+)*")
_STYLE = re.compile(r"\\(?:text|textbf|textit|mathrm|mathbf|mathit|boxed|fbox|quad|qquad|left|right)(?![a-z])")
_LATEX_SIGNS = frozenset("$^_`~|=+<>")
_EMPTY_SET = re.compile(r"[\s$]*\\?\{\s*\\?\}[\s$]*")
_FIRST = "1"  # of "Step 1:"
_SHORT = 8  # words


def says_nothing(answer: str, ground_truth: str) -> str:
    """Why no judge need be asked: signs alone, or an opening without anything after it. Else empty.

    >>> says_nothing("Let's solve this problem step by step.", "42")
    'the answer is only how an answer begins'
    >>> says_nothing("a solution", "a saline solution")
    ''
    """
    if not _speaks(answer):
        return "the answer holds neither a word nor a number" if _speaks(ground_truth) else ""
    words = set(_words(answer))
    telling = {word for word in words if word not in _FILLERS}
    if not all(word in _OPENERS or word == _FIRST or not _PHRASE.sub("", word) for word in telling):
        return ""
    if telling <= {_FIRST}:
        return ""  # "it is" may answer something
    expected = _words(ground_truth[:1000])
    if len(expected) <= _SHORT and not telling.isdisjoint(expected):
        return ""  # it may be meant
    return "the answer is only how an answer begins"


def _speaks(text: str) -> bool:
    """Whether there is a letter, a digit or a sign such as ∞, other than what LaTeX and Markdown are made of."""
    return _EMPTY_SET.fullmatch(text) is not None or any(
        letter.isalnum() or (letter not in _LATEX_SIGNS and unicodedata.category(letter) in ("Sm", "So", "Sc"))
        for letter in _STYLE.sub(" ", text)
    )


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", _STYLE.sub(" ", text.translate(INVISIBLE))).casefold().replace("’", "'")
    return _WORD.findall(plain)
