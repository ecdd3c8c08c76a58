"""Every character by its plain spelling: LaTeX for what LaTeX has a name for, ASCII for the rest."""

from __future__ import annotations

import functools
import unicodedata

from ..extract import INVISIBLE


def pairs(table: str) -> dict[str, str]:
    """A table written as words two by two."""
    words = table.split()
    return dict(zip(words[::2], words[1::2], strict=True))


_MACROS = pairs(
    """
    ∞ infty  π pi  ≤ le  ≥ ge  ⩽ le  ⩾ ge  ≠ ne  ± pm  ∓ mp  ∪ cup  ∩ cap  ∅ emptyset  ∈ in  √ sqrt  ∖ setminus
    ≈ approx  ≡ equiv  → to  ⟨ langle  ⟩ rangle  〈 langle  〉 rangle  ⌊ lfloor  ⌋ rfloor  ⌈ lceil  ⌉ rceil  ∧ land
    ∨ lor  ∑ sum  ∏ prod  ∫ int  ⇒ implies  ∆ Delta  ø emptyset  Ø emptyset  ≦ le  ≧ ge  α alpha  β beta  γ gamma
    δ delta  ε epsilon  ϵ epsilon  ζ zeta  η eta  θ theta  ϑ theta  ι iota  κ kappa  λ lambda  μ mu  µ mu  ν nu
    ξ xi  ρ rho  σ sigma  τ tau  υ upsilon  φ phi  ϕ phi  χ chi  ψ psi  ω omega  Γ Gamma  Δ Delta  Θ Theta
    Λ Lambda  Ξ Xi  Π Pi  Σ Sigma  Φ Phi  Ψ Psi  Ω Omega
    """
)
"""Characters that LaTeX has a macro for."""
_PLAIN = pairs(
    r"""
    − -  – -  — -  ‐ -  ‑ -  ‒ -  × *  · *  ⋅ *  ∗ *  • *  ÷ /  ⁄ /  ∕ /  º °  ˚ °  ∘ °  ’ '  ‘ '  ′ '  “ "  ” "
    ¢ \text{cents}
    ∶ :  ∣ |  ≅ =  … ...  ⋯ ...  ℝ \mathbb{R}  ℤ \mathbb{Z}  ℕ \mathbb{N}  ℚ \mathbb{Q}  ℂ \mathbb{C}  ∛ \sqrt[3]
    ∜ \sqrt[4]  ⅈ i  ⅇ e  、 ,
    """
)
_CHARACTERS = {
    **{character: f"\\{macro} " for character, macro in _MACROS.items()},
    **_PLAIN,
    **dict.fromkeys("\u2006\u2008\u2009\u200a\u202f\u205f", "\\,"),  # thin spaces
}
_START, _END = "\ue000", "\ue001"  # the braces of a raised or lowered character, until its neighbours have joined it


def ascii_spelling(text: str) -> str:
    r"""Every character by its plain spelling.

    >>> ascii_spelling("½ × π"), ascii_spelling("x² ≤ １２")
    ('\\frac{1}{2} * \\pi ', 'x^{2} \\le  12')
    """
    if text.isascii():
        return text
    table = {ord(character): _spelled(character) for character in set(text) if not character.isascii()}
    text = text.translate(table).replace(f"{_END}^{_START}", "").replace(f"{_END}_{_START}", "")  # x²³ is x^{23}
    return text.replace(_START, "{").replace(_END, "}")


@functools.lru_cache(maxsize=4096)
def _spelled(character: str) -> str:
    if ord(character) in INVISIBLE:
        return ""
    if character in _CHARACTERS:
        return _CHARACTERS[character]
    kind, _, body = unicodedata.decomposition(character).partition(" ")
    digit = unicodedata.decimal(character, None)
    folded = "".join(_CHARACTERS.get(c, c) for c in unicodedata.normalize("NFKC", character))
    if kind in ("<super>", "<sub>"):
        return f"{'^' if kind == '<super>' else '_'}{_START}{folded}{_END}"
    if digit is not None:
        return str(digit)
    if kind == "<fraction>" and folded.count("/") == 1:
        return "\\frac{{{}}}{{{}}}".format(*tuple(folded.split("/")))
    return folded if body and kind != "<circle>" else character  # ⑫ is no 12
