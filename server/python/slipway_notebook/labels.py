"""Labels of an endpoint's predictions, from a notebook. Standard library only, as everything that runs in the user's kernel."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from .values import companion_of_kernel, send

LABELS_PER_CALL = 20_000


def log_labels(rows: object, /, *, endpoint: str, label: str = "label", key: str | None = None, source: str = "") -> dict:
    """Say what was true of rows that `endpoint` predicted: `slipway.log_labels(frame, endpoint="churn", key="customer_id", label="churned")`.

    `rows` is a DataFrame of pandas or polars, or a list of dicts. Each has the label, and the request id in `request_id` (with `row`, from 0, where a
    request had several) or the value of an input column, `key`; `at` says since when the label is known. Sent again they change nothing, another label
    of the same row takes the place of the one before. Returns how many were added, corrected, unchanged and outdated, and how many have a prediction by
    now (None while the log is being read). Raises ValueError with row, field and remedy, and then none was written; OSError when the companion
    cannot be reached; NotConnectedError.
    """
    wanted = {label, "at", *(("request_id", "row") if key is None else (key,))}
    records = [{name: _plain(value) for name, value in record.items() if name in wanted} for record in _records(rows)]
    companion = companion_of_kernel()
    path = f"/api/slipway/v1/endpoints/{endpoint}/labels"
    settings = {"labelColumn": label, "source": source, **({} if key is None else {"keyColumn": key})}
    parts = [records[start : start + LABELS_PER_CALL] for start in range(0, len(records), LABELS_PER_CALL)] or [[]]
    # A bad row refuses all of them, also those that go in several calls.
    for part in parts if len(parts) > 1 else []:
        send(companion, path, {**settings, "labels": part, "check": True}, "slipway.log_labels")
    answers = [send(companion, path, {**settings, "labels": part}, "slipway.log_labels") for part in parts]
    return {name: None if any(answer[name] is None for answer in answers) else sum(answer[name] for answer in answers) for name in answers[0]}


def _records(rows: object) -> Iterable[Mapping]:
    # pandas: the index may be the request id or the key.
    if hasattr(rows, "reset_index") and getattr(getattr(rows, "index", None), "name", None) is not None:
        rows = rows.reset_index()
    if hasattr(rows, "to_dicts"):
        return rows.to_dicts()
    if hasattr(rows, "to_dict"):
        return rows.to_dict("records")
    records = list(rows)  # type: ignore[call-overload]
    if not all(isinstance(record, Mapping) for record in records):
        raise TypeError("labels are a DataFrame or a list of dicts")
    return records


def _plain(value: object) -> object:
    """As JSON has it: numpy scalars are their values, times ISO 8601, what is missing null."""
    if hasattr(value, "isoformat"):
        text = value.isoformat()
        return None if text == "NaT" else text
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
