"""Inputs of several requests joined for one predict call, and its answer as values for JSON that can be divided among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .columns import NUMBERS
from .decision import Classified
from .flavors.flavor import Model, Records, Takes, TakesParams
from .inputs import Matrix, ModelInput, Table, Tensors, Whole


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
