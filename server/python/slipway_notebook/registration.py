"""Register a model of a notebook as the next version of a registered model.

Standard library only where it is imported; mlflow and pandas, which logging a model needs anyhow, are imported by the call.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
import sys
import tempfile
import urllib.parse
import warnings
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import NamedTuple

from .recorded_answer import FILE, recorded_answer
from .rows import as_table, csv_pieces
from .values import companion_of_kernel, send, send_csv

EXAMPLE_ROWS = 5
#: MLflow's flavor of a library where it has another name than the library's top package.
FLAVORS = {"torch": "pytorch", "keras": "tensorflow", "imblearn": "sklearn"}


class Registered(NamedTuple):
    """A version that was registered, and the run that its model is of."""

    name: str
    version: int
    run_id: str


def register(
    model: object,
    name: str,
    /,
    *,
    example: object = None,
    data: object = None,
    label: str | None = None,
    code: list[str] | None = None,
    requirements: list[str] | None = None,
    check: bool = True,
    **options: object,
) -> Registered:
    """Log `model` and register it as the next version of `name`: `slipway.register(model, "churn", example=X_test, data=(X_train, y_train))`.

    `example` is a table of inputs, of which the first 5 rows are kept; unless given the first rows of `data`. What `model` answers for them here is
    recorded with it, and a deploy compares with that. `data` is what the model was trained on, a DataFrame, an array or a pair of inputs and labels: its
    statistics become the version's baseline, its rows are not kept. `label` names the column of `data` that is no input. `code` are files and folders
    that the model imports, `requirements` packages beside those that MLflow finds; other options are those of `log_model` of the model's flavor. With
    `check` Slipway looks in the background whether the version loads in an environment of its own and answers the same there.

    It is logged to the active run, or to a new one. Raises ValueError for a name that a model cannot have, TypeError for a model that MLflow has no flavor
    for, NotConnectedError, and what MLflow raises. An answer or a baseline that cannot be taken is a warning that says why; the version is registered without it.
    """
    import mlflow

    if not name or re.search(r"[/:]", name):
        raise ValueError(f"slipway.register: the name of a registered model cannot be empty or contain '/' or ':': {name!r}")
    companion = companion_of_kernel()
    flavor, given = _flavor_of(model, mlflow)
    rows = _example_of(model, example, data, label)
    if rows is not None:
        options.setdefault("input_example", rows)
    _describe(options, code, requirements)
    if "skops_trusted_types" in inspect.signature(flavor.log_model).parameters and options.get("serialization_format", "skops") == "skops":
        _trust_own_types(options, model)
    place = "name" if "name" in inspect.signature(flavor.log_model).parameters else "artifact_path"
    with _run(mlflow, name) as run:
        info = flavor.log_model(**{given: model, place: re.sub(r"""[.%"']""", "-", name)}, **options)
        if rows is not None:
            _record_answer(mlflow, model, rows, info, options)
        version = int(mlflow.register_model(info.model_uri, name).version)
    if data is not None:
        _record_baseline(companion, name, version, data, label)
    if check:
        send(companion, f"{_path(name, version)}/load-check", {}, "slipway.register")
    return Registered(name, version, run.info.run_id)


def _flavor_of(model: object, mlflow) -> tuple[object, str]:
    """MLflow's module for the library of a model, or of the class that it inherits from, and the parameter that takes the model."""
    if isinstance(model, mlflow.pyfunc.PythonModel) or inspect.isfunction(model):
        return mlflow.pyfunc, "python_model"
    for kind in type(model).__mro__:
        library = kind.__module__.partition(".")[0]
        if library.startswith("_"):
            # A class of the notebook's own: `mlflow.__main__` is MLflow's command line.
            continue
        try:
            flavor = importlib.import_module(f"mlflow.{FLAVORS.get(library, library)}")
        except ImportError:
            continue
        log_model = getattr(flavor, "log_model", None)
        if log_model is not None:
            return flavor, next(iter(inspect.signature(log_model).parameters))
    raise TypeError(
        f"MLflow has no flavor for {type(model).__module__}.{type(model).__qualname__}. Wrap it in a class of mlflow.pyfunc.PythonModel and register that."
    )


def _example_of(model: object, example: object, data: object, label: str | None) -> object:
    if example is None and data is not None:
        example = as_table(data[0] if isinstance(data, tuple) else data)
        names = getattr(model, "feature_names_in_", None)
        if hasattr(example, "columns") and names is not None and set(names) <= set(example.columns):
            example = example[list(names)]
        elif hasattr(example, "columns") and label is not None and label in example.columns:
            example = example.drop(columns=[label])
    return example[:EXAMPLE_ROWS] if hasattr(example, "__getitem__") and not isinstance(example, (dict, str, tuple)) else example


def _describe(options: dict, code: list[str] | None, requirements: list[str] | None) -> None:
    # Which package each loaded module came from: they are often called otherwise.
    modules = {module: packages for module, packages in packages_distributions().items() if module in sys.modules}
    options["metadata"] = {**(options.get("metadata") or {}), "slipway_modules": modules}
    if code:
        options["code_paths"] = [*(options.get("code_paths") or []), *code]
    if requirements:
        options["extra_pip_requirements"] = [*(options.get("extra_pip_requirements") or []), *requirements]


def _trust_own_types(options: dict, model: object) -> None:
    """Kept without pickle; the types in your own model are yours to trust."""
    import skops.io

    options.setdefault("skops_trusted_types", skops.io.get_untrusted_types(data=skops.io.dumps(model)))


class _run:
    """The active run, which goes on, or a new one, which ends."""

    def __init__(self, mlflow, name: str) -> None:
        active = mlflow.active_run()
        self._active = active
        self._new = None if active is not None else mlflow.start_run(run_name=name)

    def __enter__(self):
        return self._active if self._new is None else self._new.__enter__()

    def __exit__(self, *raised: object) -> object:
        return None if self._new is None else self._new.__exit__(*raised)


def _record_answer(mlflow, model: object, rows: object, info, options: dict) -> None:
    try:
        answer = recorded_answer(mlflow, model, rows, info, options.get("params"))
    except Exception as error:  # noqa: BLE001 - whatever a model raises
        warnings.warn(f"slipway.register: the model does not predict its own example, so no answer is recorded: {error!r}", RuntimeWarning, stacklevel=3)
        return
    client = mlflow.MlflowClient()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, FILE)
        file.write_text(json.dumps(answer, allow_nan=False), encoding="utf-8")
        model_id = getattr(info, "model_id", None)
        if model_id is not None:
            client.log_model_artifacts(model_id, folder)
        else:
            client.log_artifact(info.run_id, str(file), info.artifact_path)


def _path(name: str, version: int) -> str:
    return f"/api/slipway/v1/models/{urllib.parse.quote(name, safe='')}/versions/{version}"


def _record_baseline(companion, name: str, version: int, data: object, label: str | None) -> None:
    pieces: Iterator[bytes] = csv_pieces(data, label)
    try:
        send_csv(companion, f"{_path(name, version)}/baseline", pieces, "slipway.register")
    except (ValueError, TypeError, OSError) as error:
        warnings.warn(f"version {version} of {name} is registered without a baseline. {error}", RuntimeWarning, stacklevel=3)
