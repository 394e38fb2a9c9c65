"""One chunk of a batch: rows of a file in, one line a row out, and what cannot be predicted by row, column, value and reason.

Rows are read and predicted as `/invocations` does. Where a chunk is refused as a whole, or its model raises, it is halved until the rows that are at
fault stand alone.
"""

from __future__ import annotations

import csv
import functools
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs

import orjson

from .batch_rows import Given, Reject, read_csv_rows, read_json_lines
from .batching import Prediction, predicted
from .csv_answer import cell, column_of, table_of
from .errors import InvalidInput, RequestError, SchemaMismatch
from .faults import first_suspect
from .flavors.flavor import Model
from .signature import Signature

#: Bytes of one chunk that are read at most; Slipway sends much smaller ones.
MAX_CHUNK_BYTES = 256 * 1024 * 1024

#: Where a replica is told that it is one for a batch.
BATCHES_VARIABLE = "SLIPWAY_BATCHES"

_READERS: dict[str, Callable[[bytes, Signature, "tuple[str, ...] | None"], Given]] = {"csv": read_csv_rows, "jsonl": read_json_lines}
_WRITERS = ("csv", "jsonl")


@dataclass(frozen=True)
class Asked:
    """How a chunk is to be read and answered. `keep` names the columns that the output repeats; None is all of them."""

    source: str
    output: str
    keep: tuple[str, ...] | None


def read_asked(query: bytes) -> Asked:
    """From the query of a request, which has it as JSON under `asked`. Raises InvalidInput."""
    try:
        [text] = parse_qs(query.decode("ascii"))["asked"]
        document = json.loads(text)
        keep = document["keep"]
        asked = Asked(document["source"], document["output"], None if keep is None else tuple(map(str, keep)))
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(f"The query does not say how the chunk is to be read: {error!r}") from error
    if asked.source not in _READERS or asked.output not in _WRITERS:
        raise InvalidInput(f"A chunk is read from {', '.join(_READERS)} and written as {', '.join(_WRITERS)}.")
    return asked


@dataclass
class Scored:
    """What came of a chunk: `columns` are those of the lines of `body`, None where there are none."""

    rows: int
    columns: list[str] | None
    body: bytes
    rejects: list[Reject] = field(default_factory=list)

    def encoded(self) -> bytes:
        """A line of JSON about the chunk, then the lines of the output."""
        rejects = [[reject.row, reject.column, reject.value, reject.reason] for reject in self.rejects]
        return orjson.dumps({"rows": self.rows, "columns": self.columns, "rejects": rejects}) + b"\n" + self.body


def score(model: Model, signature: Signature, body: bytes, asked: Asked) -> Scored:
    """Predict a chunk. Raises a RequestError for what no row of it is at fault for."""
    given = _READERS[asked.source](body, signature, asked.keep)
    total = given.rows + len(given.rejects)
    rejects = list(given.rejects)
    given = _accepted(given, rejects)
    parts = list(_halved(given, functools.partial(_predict, model, given), rejects))
    rejects.sort(key=lambda reject: reject.row)
    columns, lines = _written(given, parts, asked)
    return Scored(total, columns, lines, rejects)


def _accepted(given: Given, rejects: list[Reject]) -> Given:
    """The rows that the signature takes, so that those which it does not take cost no predictions of their own."""
    at_fault = set()
    for row in given.suspects:
        try:
            given.input(row, row + 1)
        except RequestError as error:
            rejects.append(_reject(given, row, error))
            at_fault.add(row)
    if at_fault:
        given = given.only([row for row in range(given.rows) if row not in at_fault])
    before = len(rejects)
    inputs = {(start, end): value for start, end, value in _halved(given, given.input, rejects)}
    if len(rejects) > before:
        return given.only([row for start, end in inputs for row in range(start, end)])
    return replace(given, input=lambda start, end: inputs.get((start, end)) or given.input(start, end))


def _halved(given: Given, work: Callable[[int, int], object], rejects: list[Reject]) -> Iterator[tuple[int, int, object]]:
    """Works on all rows, or on as many together as it can, in their order; rows that fail alone are rejected."""
    waiting = [(0, given.rows)] if given.rows else []
    while waiting:
        start, end = waiting.pop()
        try:
            result = work(start, end)
        except _WholeRefused:
            raise
        except Exception as error:
            if end - start > 1:
                middle = (start + end) // 2
                # The first half comes first.
                waiting += [(middle, end), (start, middle)]
            else:
                rejects.append(_reject(given, start, error))
        else:
            yield start, end, result


class _WholeRefused(SchemaMismatch):
    """The model's answers cannot be told apart by row, however few rows it gets."""


def _predict(model: Model, given: Given, start: int, end: int) -> Prediction:
    rows = end - start
    prediction = predicted(model, [given.input(start, end)], rows)
    if not prediction.per_row:
        raise _WholeRefused("The model's answer has not one item for each row, so it cannot score a file. Send it requests instead.")
    return prediction


def _reject(given: Given, row: int, error: Exception) -> Reject:
    if isinstance(error, RequestError):
        column, value = getattr(error, "at", ("", ""))
        return Reject(given.places[row], str(column), _shown(value), error.message)
    suspect = None
    try:
        suspect = first_suspect(given.input(row, row + 1), error)
    except RequestError:
        pass
    column, value = suspect or ("", "")
    return Reject(given.places[row], str(column), _shown(value), f"The model raised {type(error).__name__}: {str(error)[:300]}")


def _shown(value: object) -> str:
    return "" if value is None or value != value else str(value)[:200]


def _written(given: Given, parts: list[tuple[int, int, Prediction]], asked: Asked) -> tuple[list[str] | None, bytes]:
    names: list[str] | None = None
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    lines: list[bytes] = []
    for start, end, prediction in parts:
        column = column_of(prediction) if asked.output == "csv" else None
        here, rows = (["predictions"], []) if column is not None else table_of(prediction.values)
        if names is not None and here != names:
            raise _WholeRefused(f"The model answers with other columns for other rows: {', '.join(names)}, then {', '.join(here)}.")
        names = here
        _require_apart(given.kept_names, here)
        if column is not None:
            writer.writerows(zip(*given.kept(start, end), column))
        elif asked.output == "csv":
            kept = given.kept(start, end)
            predictions = ([cell(value) for value in row] for row in rows)
            writer.writerows([*before, *row] for before, row in zip(zip(*kept), predictions)) if kept else writer.writerows(predictions)
        else:
            for before, row in zip(given.kept_records(start, end), rows):
                _require_apart(list(before), here)
                lines.append(orjson.dumps({**before, **dict(zip(here, row))}, default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE))
    if names is None:
        return None, b""
    return [*given.kept_names, *names], text.getvalue().encode() if asked.output == "csv" else b"".join(lines)


def _require_apart(kept: list[str], predicted_names: list[str]) -> None:
    both = [name for name in kept if name in predicted_names]
    if both:
        raise _WholeRefused(f"The output would have two columns {both[0]}: the model's and the file's. Keep other columns.")
