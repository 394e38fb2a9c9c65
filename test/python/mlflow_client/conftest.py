"""The unmodified client of MLflow against a real companion."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from newest_mlflow import use_newest_mlflow

use_newest_mlflow()

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression


@pytest.fixture
def tracked(companion, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Points mlflow to the companion and to a new experiment; the experiment's name."""
    before = mlflow.get_tracking_uri()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", companion.tracking_uri)
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "true")
    mlflow.set_tracking_uri(companion.tracking_uri)
    mlflow.set_registry_uri(companion.tracking_uri)
    name = f"experiment-{uuid.uuid4().hex}"
    mlflow.set_experiment(name)
    yield name
    while mlflow.active_run() is not None:
        mlflow.end_run()
    mlflow.sklearn.autolog(disable=True)
    mlflow.set_registry_uri(None)
    mlflow.set_tracking_uri(before)


@pytest.fixture
def client(tracked: str, companion) -> MlflowClient:
    return MlflowClient(tracking_uri=companion.tracking_uri, registry_uri=companion.tracking_uri)


@pytest.fixture
def model_name() -> str:
    return f"model-{uuid.uuid4().hex}"


@pytest.fixture(scope="session")
def iris() -> tuple[pd.DataFrame, pd.Series]:
    return load_iris(return_X_y=True, as_frame=True)


@pytest.fixture(scope="session")
def classifier(iris: tuple[pd.DataFrame, pd.Series]) -> LogisticRegression:
    return LogisticRegression(max_iter=200).fit(*iris)
