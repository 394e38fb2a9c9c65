"""The rows of a long request in pieces, so that others are predicted between them."""

from __future__ import annotations

from dataclasses import replace

from .batching import Prediction
from .inputs import Matrix, ModelInput, Table, Tensors


def piece_of(value: ModelInput, start: int, end: int) -> ModelInput:
    """Some rows of an input that has a key, which says that its rows can be joined with others."""
    rows = min(end, value.rows) - start
    if isinstance(value, Matrix):
        return replace(value, values=value.values[start:end])
    if isinstance(value, Table):
        return replace(value, values=tuple(column[start:end] for column in value.values), rows=rows)
    assert isinstance(value, Tensors)
    return replace(value, values={name: array[start:end] for name, array in value.values.items()}, rows=rows)


def put_together(pieces: list[Prediction]) -> Prediction:
    """The prediction of all rows from those of their pieces, each with one item a row."""
    [first, *_] = pieces
    if isinstance(first.values, dict):
        values: object = {name: [item for piece in pieces for item in piece.values[name]] for name in first.values}  # type: ignore[index]
    else:
        values = [item for piece in pieces for item in piece.values]  # type: ignore[attr-defined]
    scores = None if first.scores is None else [score for piece in pieces for score in piece.scores or ()]
    return replace(first, values=values, scores=scores)
