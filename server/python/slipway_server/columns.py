"""One column of a request: raw JSON values to the type that the signature names.

The conversions are those of MLflow's scoring server, done on lists and numpy because building a DataFrame for one row
costs more than most predictions.
"""

from __future__ import annotations

import base64
import binascii

import numpy as np

from .errors import InvalidInput, SchemaMismatch
from .signature import NUMPY_TYPES, Column

#: Kinds of columns that are numpy arrays; see `convert` and `filled`.
NUMBERS = frozenset("nf")

#: What a value that is not there becomes; pandas reads it as missing in every column type that has a missing value.
MISSING = float("nan")


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and value != value)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _convert_one(value: object, kind: str) -> None:
    """Raise what the conversion of one value raises."""
    if isinstance(value, (list, dict)):
        raise TypeError("a nested value where a single one is expected")
    if kind == "boolean" and isinstance(value, str):
        raise TypeError("a string is not a boolean")
    if kind == "binary":
        _decode(value)
    elif kind == "datetime":
        _as_datetimes([value])
    elif kind in NUMPY_TYPES:
        np.array([value], dtype=NUMPY_TYPES[kind])


def _refuse(column: Column, name: object, values: list, error: Exception) -> InvalidInput:
    """The error for a column that cannot be converted: it names the column, and the row where there are several."""
    where, reason, at = "", error, (name, "")
    for index, value in enumerate(values):
        try:
            _convert_one(value, column.type)
        except Exception as of_value:
            reason, at = of_value, (name, value)
            where = f" (row {index}, value {_shown(value)})" if len(values) > 1 else f" (value {_shown(value)})"
            break
    missing = " The column has no missing values in the signature." if "NaN" in str(reason) or "NoneType" in str(reason) else ""
    return InvalidInput(
        f"Data is not compatible with model signature. Failed to convert column {name} to type "
        f"'{NUMPY_TYPES.get(column.type, column.type)}'{where}.{missing} Error: '{type(reason).__name__}: {reason}'",
        at,
    )


def _decode(value: object) -> object:
    if _is_missing(value):
        return None
    if not isinstance(value, str):
        raise TypeError("binary values are base64 strings")
    return base64.b64decode(value, validate=False)


def _as_datetimes(values: list) -> np.ndarray:
    import pandas as pd

    if any(isinstance(value, (bool, int, float)) and not _is_missing(value) for value in values):
        # pandas would take it for nanoseconds since 1970.
        raise TypeError("a number is not a datetime; send a text such as 2024-05-31T12:00:00")
    parsed = pd.Series(pd.to_datetime(pd.Series(values, dtype=object)))
    if getattr(parsed.dt, "tz", None) is not None:
        raise ValueError("datetimes with a time zone are not supported, send them without")
    return parsed.to_numpy().astype("datetime64[ns]")


def convert(column: Column, name: object, values: list) -> tuple[object, str]:
    """Convert one column of `values` (one per row).

    Returns the converted values and their kind: `n` for a numpy array, `s` for a list of strings that may hold missing
    values, `o` for any other list. Columns of one kind and name can be concatenated without changing what the model
    sees. Raises InvalidInput naming the column.
    """
    kind = column.type
    try:
        if kind == "datetime":
            return _as_datetimes(values), "n"
        numpy_type = NUMPY_TYPES.get(kind)
        if numpy_type is not None:
            if kind == "boolean":
                for value in values:
                    if isinstance(value, (str, list, dict)):
                        raise TypeError("not a boolean")
            converted = np.array(values, dtype=numpy_type)
            if converted.ndim != 1:
                raise TypeError("a nested value where a single one is expected")
            return converted, "n"
        if kind == "binary":
            return [_decode(value) for value in values], "o"
    except (TypeError, ValueError, OverflowError, AttributeError, binascii.Error) as error:
        raise _refuse(column, name, values, error) from error
    if kind == "string":
        return values, kind_of_strings(values)
    return values, "o"


def filled(column: Column, rows: int) -> tuple[object, str]:
    """The values of an optional column that is not there, and their kind: `f` for an array of NaN, which is not joined with one of whole numbers."""
    if column.type == "datetime":
        return np.full(rows, np.datetime64("NaT"), dtype="datetime64[ns]"), "n"
    if column.type in NUMPY_TYPES:
        return np.full(rows, MISSING), "f"
    return [None if column.type == "binary" else MISSING] * rows, "o"


def kind_of_strings(values: list) -> str:
    """`s` when pandas would read the values as strings, `o` when it keeps them as objects."""
    if set(map(type, values)) == {str}:
        return "s"
    text = False
    for value in values:
        if type(value) is str:
            text = True
        elif not _is_missing(value):
            return "o"
    return "s" if text else "o"


def as_text(values: list) -> list:
    """Values of a string column in the tensor formats, where MLflow turns numbers and booleans into text."""
    converted = []
    for value in values:
        if isinstance(value, (list, dict)):
            raise SchemaMismatch("a nested value where a single string is expected")
        converted.append(value if isinstance(value, str) or _is_missing(value) else str(value))
    return converted
