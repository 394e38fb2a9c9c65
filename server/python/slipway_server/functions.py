"""Functions of the release's own that run before and after its model, in the same process and cage."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

from .batching import as_rows
from .errors import FunctionRefused
from .flavors.flavor import Model, Takes, TakesParams
from .release import OwnFunction, Serving


class FunctionFailed(Exception):
    """A function of the release raised, or returned something else than one item a row."""


def load_function(own: OwnFunction, role: str) -> Callable:
    """Run the function's file and take the function out of it. Raises FunctionRefused, which names the file and what to do."""
    module = ModuleType(f"slipway_{role}")
    # Tracebacks in the log show its lines.
    linecache.cache[own.file] = (len(own.source), None, own.source.splitlines(keepends=True), own.file)
    try:
        exec(compile(own.source, own.file, "exec"), module.__dict__)
    except BaseException as error:
        line = getattr(error, "lineno", None)
        where = f", line {line}" if line else ""
        raise FunctionRefused(f"{own.file} of --{role} cannot be run{where}: {type(error).__name__}: {error}. It has the packages of the model's environment.") from error
    function = getattr(module, own.name, None)
    if not callable(function):
        raise FunctionRefused(f"{own.file} has no function {own.name}. Give --{role} FILE.py:FUNCTION with one that it has.")
    return function


def _checked(own: OwnFunction, function: Callable, given: object, rows: int) -> object:
    try:
        result = function(given)
        count = len(result)
    except Exception as error:
        raise FunctionFailed(f"{own.file}:{own.name} raised {type(error).__name__}: {error}") from error
    if count != rows:
        raise FunctionFailed(f"{own.file}:{own.name} returned {count} items for {rows} rows")
    return result


class _Between:
    """A model with what runs before and after it. `before` gets a DataFrame where a request has columns, so that one function fits all of them."""

    def __init__(self, model: Model, serving: Serving):
        self._model = model
        self._before = None if serving.before is None else (serving.before, load_function(serving.before, "before"))
        self._after = None if serving.after is None else (serving.after, load_function(serving.after, "after"))
        self.takes = model.takes if self._before is None else Takes.FRAME
        if isinstance(model, TakesParams):
            self.predict_with = lambda rows, params: self._run(rows, lambda given: model.predict_with(given, params))

    def predict(self, rows: object) -> object:
        return self._run(rows, self._model.predict)

    def _run(self, rows: object, predict: Callable[[object], object]) -> object:
        count = len(rows)
        given = rows
        if self._before is not None:
            given = _checked(*self._before, rows, count)
            if self._model.takes is Takes.MATRIX and hasattr(given, "iloc"):
                given = given.to_numpy()
        answer = predict(given)
        if self._after is None:
            return answer
        prediction = as_rows(answer, count)
        values = as_rows(_checked(*self._after, prediction.values, count), count).values
        return replace(prediction, values=values, dtype=None, per_row=isinstance(values, list))


def with_functions(model: Model, serving: Serving) -> Model:
    """A model between the functions of its release; itself where there are none. Raises FunctionRefused."""
    return model if serving.before is None and serving.after is None else _Between(model, serving)


