"""What in a request may be why its model raised: values that many models do not take. Values alone are told, no text of an exception."""

from __future__ import annotations

import re

import numpy as np

from .inputs import Matrix, ModelInput, Table

#: So many are named.
MOST_NAMED = 5

#: Source of the words: scikit-learn, `OneHotEncoder` and `OrdinalEncoder` with `handle_unknown="error"`.
_UNKNOWN_CATEGORIES = re.compile(r"Found unknown categories \[(.*?)\] in column", re.DOTALL)


def likely_faults(value: ModelInput, error: BaseException) -> str:
    """Sentences that name columns, rows and values; empty where nothing stands out."""
    columns = _columns(value)
    unknown = _unknown(columns, error)
    found = unknown or [fault for name, values in columns for fault in _not_finite(name, values)]
    more = f" There are {len(found) - MOST_NAMED} more." if len(found) > MOST_NAMED else ""
    return "".join(f" {fault}" for fault in found[:MOST_NAMED]) + more


def first_suspect(value: ModelInput, error: BaseException) -> tuple[object, object] | None:
    """The column and its value in the first row that may be why the model raised on a single row; None where nothing stands out."""
    for name, values in _columns(value):
        if _unknown([(name, values)], error) or _not_finite(name, values):
            return name, values[0]
    return None


def _columns(value: ModelInput) -> list[tuple[object, object]]:
    if isinstance(value, Table):
        # A column that was filled is none of the request's.
        return [(name, values) for name, kind, values in zip(value.names, value.kinds, value.values) if kind != "f"]
    if isinstance(value, Matrix) and value.values.ndim == 2:
        return list(enumerate(value.values.T))
    return []


def _not_finite(name: object, values: object) -> list[str]:
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        kinds = (("NaN", np.isnan(values)), ("infinite", np.isinf(values)))
    elif isinstance(values, list):
        missing = np.array([item is None or (isinstance(item, float) and item != item) for item in values], dtype=bool)
        kinds = (("missing", missing & ~missing.all()),)
    else:
        return []
    return [
        f"The column {name} is {kind} in row {int(rows[0])}{f' and {len(rows) - 1} more' if len(rows) > 1 else ''}, which the model may not take."
        for kind, mask in kinds
        if len(rows := np.flatnonzero(mask))
    ]


def _unknown(columns: list[tuple[object, object]], error: BaseException) -> list[str]:
    """Values that an encoder did not see when it was fitted. It says which, but counts its own columns."""
    said = _UNKNOWN_CATEGORIES.search(str(error))
    if said is None:
        return []
    found = []
    for name, values in columns:
        listed = values.tolist() if isinstance(values, np.ndarray) else list(values)
        for row, item in enumerate(listed):
            if repr(item) in _words(said[1]):
                found.append(f"The column {name} has {repr(item)[:60]} in row {row}, a category that the model was not fitted with.")
                break
    return found


def _words(text: str) -> set[str]:
    """The values of a list as it is printed, without numpy's types around them."""
    return {re.sub(r"^np\.\w+\((.*)\)$", r"\1", part.strip()) for part in text.split(", ")}
