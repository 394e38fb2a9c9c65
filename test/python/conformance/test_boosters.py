"""Autologging of the two libraries that tabular models are mostly made with."""

from __future__ import annotations

import uuid

import lightgbm
import mlflow
import numpy as np
import pytest
import xgboost
from mlflow import MlflowClient
from sklearn.datasets import load_breast_cancer

ROUNDS = 5


@pytest.fixture
def experiment(tracked: str) -> str:
    return mlflow.set_experiment(f"boosters-{uuid.uuid4().hex}").experiment_id


@pytest.fixture(scope="module")
def data() -> tuple[np.ndarray, np.ndarray]:
    return load_breast_cancer(return_X_y=True)


def _check(run_id: str, metric: str, importance: str, rows: np.ndarray, expected: np.ndarray) -> None:
    client = MlflowClient()
    run = client.get_run(run_id)
    history = client.get_metric_history(run_id, metric)
    assert [point.step for point in history] == list(range(ROUNDS))
    assert run.data.metrics[metric] == history[-1].value
    assert {file.path for file in client.list_artifacts(run_id)} >= {importance}
    assert len(run.inputs.dataset_inputs) >= 1
    [output] = run.outputs.model_outputs
    assert str(client.get_logged_model(output.model_id).status) == "READY"
    loaded = mlflow.pyfunc.load_model(f"models:/{output.model_id}")
    np.testing.assert_allclose(loaded.predict(rows), expected, rtol=1e-6)


def test_xgboost_is_logged_by_itself(experiment: str, data):
    features, target = data
    mlflow.xgboost.autolog()
    try:
        with mlflow.start_run() as run:
            matrix = xgboost.DMatrix(features, target)
            booster = xgboost.train({"max_depth": 2, "objective": "binary:logistic"}, matrix, ROUNDS, evals=[(matrix, "train")], verbose_eval=False)
    finally:
        mlflow.xgboost.autolog(disable=True)
    stored = MlflowClient().get_run(run.info.run_id)
    assert stored.data.params["max_depth"] == "2"
    _check(run.info.run_id, "train-logloss", "feature_importance_weight.json", features[:5], booster.predict(xgboost.DMatrix(features[:5])))


def test_lightgbm_is_logged_by_itself(experiment: str, data):
    features, target = data
    mlflow.lightgbm.autolog()
    try:
        with mlflow.start_run() as run:
            train = lightgbm.Dataset(features, target)
            parameters = {"num_leaves": 4, "objective": "binary", "verbose": -1, "num_threads": 1}
            booster = lightgbm.train(parameters, train, ROUNDS, valid_sets=[train], valid_names=["train"])
    finally:
        mlflow.lightgbm.autolog(disable=True)
    stored = MlflowClient().get_run(run.info.run_id)
    assert stored.data.params["num_leaves"] == "4"
    _check(run.info.run_id, "train-binary_logloss", "feature_importance_split.json", features[:5], booster.predict(features[:5]))
