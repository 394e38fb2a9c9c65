"""Natural batching: one predict thread; whatever queued while the last batch ran becomes the next batch.

There is no wait window: a request that comes alone is predicted at once, and under load the constant cost of one
predict call is shared by all that wait.
"""

from __future__ import annotations

import asyncio
import threading
import traceback
from collections import deque
from dataclasses import dataclass

import numpy as np

from .columns import NUMBERS
from .decision import Classified
from .errors import NotReady, PredictionFailed, RequestError
from .faults import likely_faults
from .flavors.flavor import Model, Records, Takes, TakesParams
from .inputs import Matrix, ModelInput, Table, Tensors, Whole
from .log import log
from .metrics import Metrics

#: Rows that one predict call gets at most, unless a single request has more.
MAX_BATCH_ROWS = 4096
#: Requests that may wait; more are refused at once instead of timing out later.
MAX_WAITING = 4096


@dataclass(frozen=True)
class Prediction:
    """What the model gave for one request.

    `values` is ready for JSON: one item per row, or the whole answer when `per_row` is False; of several arrays, a dictionary of such. `dtype` is the
    numpy dtype of an array answer, those of several by their names, else None.
    """

    values: object
    dtype: np.dtype | dict[str, np.dtype] | None
    per_row: bool
    #: One number a row for the log, where the release decides by probabilities.
    scores: list[float] | None = None

    def part(self, start: int, end: int) -> Prediction:
        """The rows of one request among those that were predicted together."""
        if isinstance(self.values, dict):
            return Prediction({name: values[start:end] for name, values in self.values.items()}, self.dtype, True)
        scores = None if self.scores is None else self.scores[start:end]
        return Prediction(self.values[start:end], self.dtype, True, scores)  # type: ignore[index]


@dataclass(frozen=True)
class _Waiting:
    value: ModelInput
    future: asyncio.Future


def model_input(model: Model, parts: list[ModelInput]) -> object:
    """Join inputs of one key and give them the form that the model was fitted on: a numpy matrix or a DataFrame."""
    first = parts[0]
    if isinstance(first, Whole):
        return first.values
    if isinstance(first, Matrix):
        return first.values if len(parts) == 1 else np.concatenate([part.values for part in parts])
    if isinstance(first, Tensors):
        return _tensors_input(model, [part for part in parts if isinstance(part, Tensors)])
    return _table_input(model, [part for part in parts if isinstance(part, Table)])


def _tensors_input(model: Model, parts: list[Tensors]) -> object:
    [first, *others] = parts
    values = first.values if not others else {name: np.concatenate([part.values[name] for part in parts]) for name in first.values}
    if model.takes is Takes.TENSORS:
        return values
    if len(values) == 1:
        return next(iter(values.values()))
    import pandas as pd

    return pd.DataFrame({name: list(value) for name, value in values.items()})


def _table_input(model: Model, tables: list[Table]) -> object:
    first = tables[0]
    columns = []
    for position, kind in enumerate(first.kinds):
        parts = [table.values[position] for table in tables]
        if len(parts) == 1:
            columns.append(parts[0])
        elif kind in NUMBERS:
            columns.append(np.concatenate(parts))
        else:
            columns.append([value for part in parts for value in part])
    if model.takes is Takes.MATRIX:
        if set(first.kinds) <= NUMBERS:
            return np.column_stack(columns)
        matrix = np.empty((len(columns[0]), len(columns)), dtype=object)
        for position, column in enumerate(columns):
            matrix[:, position] = column
        return matrix
    import pandas as pd

    series = {
        name: pd.Series(column, dtype=object) if kind == "o" else column for name, kind, column in zip(first.names, first.kinds, columns)
    }
    return pd.DataFrame(series, copy=False)


def _classified(answer: Classified, rows: int) -> Prediction:
    labels, probabilities, scores = answer.labels, answer.probabilities, answer.scores.tolist()
    per_row = len(scores) == rows
    if labels is None:
        return Prediction(probabilities.tolist(), probabilities.dtype, per_row, scores)
    if probabilities is None:
        return Prediction(labels.tolist(), labels.dtype, per_row, scores)
    both = [{"label": label, "probability": dict(zip(answer.names, row))} for label, row in zip(labels.tolist(), probabilities.tolist())]
    return Prediction(both, None, per_row, scores)


def as_rows(answer: object, rows: int) -> Prediction:
    """The model's answer as values for JSON: arrays as nested lists, frames and series as records (as MLflow does)."""
    if isinstance(answer, Prediction):
        return answer
    if isinstance(answer, Classified):
        return _classified(answer, rows)
    if isinstance(answer, np.ndarray):
        return Prediction(answer.tolist(), answer.dtype, answer.ndim > 0 and len(answer) == rows)
    if hasattr(answer, "to_frame") and hasattr(answer, "iloc"):
        answer = answer.to_frame()
    if hasattr(answer, "to_dict") and hasattr(answer, "iloc"):
        return Prediction(answer.to_dict(orient="records"), None, len(answer) == rows)
    if hasattr(answer, "toarray"):
        dense = answer.toarray()
        return Prediction(dense.tolist(), dense.dtype, len(dense) == rows)
    if isinstance(answer, Records):
        columns = {name: column.tolist() for name, column in answer.columns.items()}
        records = [dict(zip(columns, row)) for row in zip(*columns.values())]
        return Prediction(records, None, len(records) == rows)
    if isinstance(answer, dict) and answer and all(isinstance(part, np.ndarray) for part in answer.values()):
        named = {str(name): part for name, part in answer.items()}
        per_row = all(part.ndim > 0 and len(part) == rows for part in named.values())
        return Prediction({name: part.tolist() for name, part in named.items()}, {name: part.dtype for name, part in named.items()}, per_row)
    if isinstance(answer, np.generic):
        return Prediction(answer.item(), None, False)
    if isinstance(answer, (list, tuple)):
        return Prediction([part.tolist() if isinstance(part, (np.ndarray, np.generic)) else part for part in answer], None, False)
    return Prediction(answer, None, False)


def predicted(model: Model, parts: list[ModelInput], rows: int) -> Prediction:
    """What a model predicts for inputs of one key, which have parameters only when they are one."""
    joined, params = model_input(model, parts), parts[0].params
    return as_rows(model.predict_with(joined, params) if params is not None and isinstance(model, TakesParams) else model.predict(joined), rows)


class Batcher:
    """Predicts for many requests on one thread. Made in the event loop that awaits its results."""

    def __init__(self, model: Model, metrics: Metrics, loop: asyncio.AbstractEventLoop):
        self._model = model
        self._metrics = metrics
        self._loop = loop
        self._waiting: deque[_Waiting] = deque()
        self._wake = threading.Semaphore(0)
        self._joins = True
        self._thread = threading.Thread(target=self._run, name="predict", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Requests that wait for the predict thread."""
        return len(self._waiting)

    def submit(self, value: ModelInput) -> asyncio.Future:
        """Queue one input. The future gives a Prediction, or raises PredictionFailed; cancel it to give up."""
        if len(self._waiting) >= MAX_WAITING:
            raise NotReady("Too many requests are waiting for this replica. Send the request again later.")
        future = self._loop.create_future()
        self._waiting.append(_Waiting(value, future))
        self._wake.release()
        return future

    def _run(self) -> None:
        while True:
            self._wake.acquire()
            batch: list[_Waiting] = []
            rows = 0
            while self._waiting and (not batch or rows + self._waiting[0].value.rows <= MAX_BATCH_ROWS):
                item = self._waiting.popleft()
                if not item.future.done():
                    batch.append(item)
                    rows += item.value.rows
            if self._waiting:
                self._wake.release()
            if batch:
                outcomes = self._outcomes(batch)
                self._loop.call_soon_threadsafe(_deliver, outcomes)

    def _outcomes(self, batch: list[_Waiting]) -> list[tuple[asyncio.Future, Prediction | RequestError]]:
        groups: dict[object, list[_Waiting]] = {}
        for item in batch:
            # Parameters hold for a whole call.
            key = item.value.key() if self._joins and item.value.params is None else None
            groups.setdefault(id(item) if key is None else key, []).append(item)
        outcomes = []
        for group in groups.values():
            outcomes.extend(self._predict_group(group))
        return outcomes

    def _predict_group(self, group: list[_Waiting]) -> list[tuple[asyncio.Future, Prediction | RequestError]]:
        if len(group) == 1:
            return [(group[0].future, self._predict_alone(group[0].value))]
        rows = sum(item.value.rows for item in group)
        try:
            joined = self._predict([item.value for item in group], rows)
            if not joined.per_row:
                # The answer cannot be divided among the requests: this model is never batched again.
                self._joins = False
                return [(item.future, self._predict_alone(item.value)) for item in group]
        except Exception:
            # One bad row fails a whole batch; predicting each request alone keeps it from failing strangers.
            return [(item.future, self._predict_alone(item.value)) for item in group]
        outcomes = []
        start = 0
        for item in group:
            end = start + item.value.rows
            outcomes.append((item.future, joined.part(start, end)))
            start = end
        return outcomes

    def _predict_alone(self, value: ModelInput) -> Prediction | RequestError:
        try:
            return self._predict([value], value.rows)
        except RequestError as error:
            return error
        except Exception as error:
            self._metrics.prediction_errors += 1
            log("error", "prediction-failed", rows=value.rows, trace=traceback.format_exc())
            return PredictionFailed(likely_faults(value, error))

    def _predict(self, parts: list[ModelInput], rows: int) -> Prediction:
        answer = predicted(self._model, parts, rows)
        self._metrics.batch_rows.observe(rows)
        return answer


def _deliver(outcomes: list[tuple[asyncio.Future, Prediction | RequestError]]) -> None:
    for future, outcome in outcomes:
        if future.done():
            continue
        if isinstance(outcome, RequestError):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
