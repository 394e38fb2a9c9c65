"""statsmodels: pickled results.

Source of the settings: mlflow/statsmodels, `save_model`, and its `_StatsmodelsModelWrapper`, whose answers these are.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pandas as pd
from statsmodels.base.data import ModelData
from statsmodels.tsa.base.tsa_model import TimeSeriesModel

from ..errors import InvalidInput
from ..pickles.guard import import_refused
from ..pickles.policy import Refusal
from .flavor import Model, SavedModel, Takes
from .formulas import is_plain
from .serialized import check_pickle

#: What a formula is evaluated by, and so what a person allows where it does more than compute.
_EVALUATOR = ("patsy", "dmatrices")


def load(saved: SavedModel) -> Model:
    """Load results. Raises ImportRefused for what its pickle imports, and for a formula that does more than compute."""
    check_pickle(saved.path, saved.policy, compressed=False, by_joblib=False)
    with _formulas_checked(saved), saved.path.open("rb") as stream:
        return _Results(pickle.load(stream))


@contextmanager
def _formulas_checked(saved: SavedModel) -> Iterator[None]:
    """A model that was fitted by a formula evaluates it as Python when it is restored and when it predicts."""
    restore: Callable[[ModelData, dict], None] = ModelData.__setstate__

    def checked(self: ModelData, state: dict) -> None:
        formula = state.get("formula")
        if formula is not None and not is_plain(formula) and ".".join(_EVALUATOR) not in saved.policy.allowed:
            raise import_refused(saved.path.name, [Refusal(*_EVALUATOR, "formula")])
        restore(self, state)

    ModelData.__setstate__ = checked
    try:
        yield
    finally:
        ModelData.__setstate__ = restore


class _Results:
    takes = Takes.FRAME

    def __init__(self, results: object):
        self._results = results
        self._of_time = isinstance(results.model, TimeSeriesModel)

    def predict(self, rows: object) -> object:
        if not self._of_time:
            return self._results.predict(rows)
        if not isinstance(rows, pd.DataFrame) or len(rows) != 1 or not {"start", "end"} <= set(rows.columns):
            raise InvalidInput("A model of a time series takes one row with the columns start and end.")
        return self._results.predict(start=rows["start"][0], end=rows["end"][0])
