"""Parameters of a notebook, in papermill's way: a cell with the tag `parameters` holds the defaults, and a cell that
assigns the given values is run right after it."""

from __future__ import annotations

import ast
import keyword
import math

TAG = "parameters"
INJECTED_TAG = "injected-parameters"


def literal(value: object) -> str:
    """A JSON value as a Python expression."""
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({str(value)!r})"
    if isinstance(value, list):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {literal(item)}" for key, item in value.items()) + "}"
    return repr(value)


def assignments(parameters: dict) -> str:
    """The source of the injected cell. Raises ValueError for a name that Python cannot assign to."""
    lines = ["# Parameters"]
    for name, value in parameters.items():
        if not name.isidentifier() or keyword.iskeyword(name):
            raise ValueError(f"{name!r} is not a name that Python can assign to")
        lines.append(f"{name} = {literal(value)}")
    return "\n".join(lines)


def assigned_names(source: str) -> set[str]:
    """The names that a cell assigns at its top level; empty when the cell is not plain Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return set()
    names = set()
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        names |= {node.id for target in targets if target for node in ast.walk(target) if isinstance(node, ast.Name)}
    return names
