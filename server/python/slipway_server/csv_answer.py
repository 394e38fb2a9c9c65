"""Predictions as CSV, for who asks for it with `Accept: text/csv` (RFC 4180; `header=absent` leaves the names out, `header=present` is meant)."""

from __future__ import annotations

import csv
import io

import numpy as np
import orjson

from .batching import Prediction


def wants_csv(accept: str | None) -> tuple[bool, bool]:
    """Whether an Accept header (RFC 9110, 12.5.1) names CSV before JSON, and whether with a line of names."""
    accept = (accept or "").lower()
    if "text/csv" not in accept:
        return False, True
    weights, header = {"text/csv": 0.0, "application/json": 0.0}, True
    for part in accept.split(","):
        name, *parameters = [item.strip() for item in part.split(";")]
        given = {key.strip(): value.strip(' "') for key, _, value in (item.partition("=") for item in parameters)}
        if name in weights:
            weights[name] = _weight(given.get("q", "1"))
        if name == "text/csv":
            header = given.get("header") != "absent"
    return weights["text/csv"] > weights["application/json"], header


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def as_csv(prediction: Prediction, header: bool) -> bytes:
    """One line a row. What has several values has a column of each; what is nested deeper is JSON; what is missing is empty."""
    names, rows = table_of(prediction.values)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if header:
        writer.writerow(names)
    writer.writerows([cell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def column_of(prediction: Prediction) -> list | None:
    """The only column of an answer of numbers or of texts, one a row, as `csv` writes it; None where an answer is anything else."""
    values, dtype = prediction.values, prediction.dtype
    if not isinstance(values, list) or not isinstance(dtype, np.dtype) or isinstance(values[0], list):
        return None
    if dtype.kind not in "iubfU" and set(map(type, values)) != {str}:
        return None
    return ["" if value != value else value for value in values] if dtype.kind == "f" else values


def table_of(values: object) -> tuple[list[str], list]:
    """Names of columns, and a list of values a row."""
    if isinstance(values, dict):
        columns = {str(name): part if isinstance(part, list) else [part] for name, part in values.items()}
        return list(columns), [list(row) for row in zip(*columns.values())]
    items = values if isinstance(values, list) else [values]
    if items and all(isinstance(item, dict) for item in items):
        names = list(dict.fromkeys(name for item in items for name in item))
        return [str(name) for name in names], [[item.get(name) for name in names] for item in items]
    if items and all(isinstance(item, list) for item in items):
        width = max(map(len, items))
        return [f"predictions_{index}" for index in range(width)], [item + [None] * (width - len(item)) for item in items]
    return ["predictions"], [[item] for item in items]


def cell(value: object) -> object:
    """A value as `csv` writes it."""
    if value is None or value != value:
        return ""
    if isinstance(value, (dict, list)):
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    return value
