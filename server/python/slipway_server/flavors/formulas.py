"""Formulas of patsy and formulaic, which are Python: which of them only compute."""

from __future__ import annotations

import io
import keyword
import re
import tokenize

#: What a formula may call: transformations of the two libraries, and functions of numpy that compute.
_CALLED = frozenset(
    ("C", "I", "Q", "bs", "cr", "cc", "te", "poly", "center", "scale", "standardize", "Treatment", "Sum", "Poly", "Diff", "Helmert")
    + tuple(f"np.{name}" for name in ("abs", "cos", "exp", "expm1", "floor", "log", "log10", "log1p", "log2", "maximum", "minimum", "power", "sin", "sqrt", "square", "tanh", "where"))
)
_OPERATORS = frozenset(("~", "+", "-", "*", "/", "**", ":", "(", ")", ",", "=", "==", "!=", "<", "<=", ">", ">=", "|"))
_STRING = re.compile(r"(['\"])[^'\"\\]*\1\Z")


def is_plain(formula: object) -> bool:
    """Whether a formula names columns, numbers and listed functions alone, so that evaluating it does nothing but compute."""
    if type(formula) is not str or "\n" in formula:
        return False
    try:
        tokens = [token for token in tokenize.generate_tokens(io.StringIO(formula).readline) if token.string.strip()]
    except (tokenize.TokenError, SyntaxError, IndentationError):
        return False
    for position, token in enumerate(tokens):
        following = tokens[position + 1].string if position + 1 < len(tokens) else ""
        if token.type == tokenize.NAME:
            # `np` before a dot is judged with the name behind it.
            name = f"np.{token.string}" if position > 1 and (tokens[position - 2].string, tokens[position - 1].string) == ("np", ".") else token.string
            if keyword.iskeyword(token.string) or name.startswith("_") or (following == "(" and name not in _CALLED):
                return False
            if name.startswith("np.") and following != "(":
                return False
        elif token.string == ".":
            if position == 0 or tokens[position - 1].string != "np":
                return False
        elif token.type == tokenize.OP:
            if token.string not in _OPERATORS or (token.string == ")" and following == "("):
                return False
        elif token.type == tokenize.STRING:
            if _STRING.match(token.string) is None or following == "(":
                return False
        elif token.type != tokenize.NUMBER:
            return False
    return True
