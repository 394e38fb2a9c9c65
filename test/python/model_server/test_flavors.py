"""Models of other libraries than scikit-learn: 200 rows in each form of a request, compared with the library's own predictions."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from pathlib import Path

import httpx
import lightgbm
import mlflow
import numpy as np
import pandas as pd
import pytest
import xgboost
from replica import Replica, make_release
from slipway_server.flavors.table import FLAVORS
from test_refusals import change_mlmodel, end_of

ROWS = 200
RANDOM = np.random.default_rng(5)
#: With missing values, and with integers above 2^24, which 32-bit floats cannot tell apart.
FEATURES = pd.DataFrame(
    {
        "age": RANDOM.integers(18, 80, ROWS),
        "income": RANDOM.normal(50_000, 9_000, ROWS),
        "account": RANDOM.integers(2**24, 2**24 + 50, ROWS),
        "rate": np.where(RANDOM.random(ROWS) < 0.1, np.nan, RANDOM.random(ROWS)),
    }
)
LABELS = ((FEATURES.income > 55_000) | (FEATURES.account % 3 == 0)).astype(int)
AMOUNTS = FEATURES.income / 1000 + FEATURES.age + FEATURES.rate.fillna(9)
MATRIX = FEATURES.to_numpy()


def xgb(objective: str, labels: object, data: object = FEATURES, **parameters: object) -> xgboost.Booster:
    return xgboost.train({"objective": objective, "nthread": 1, **parameters}, xgboost.DMatrix(data, labels), 15)


def lgb(objective: str, labels: object, data: object = FEATURES) -> lightgbm.Booster:
    parameters = {"objective": objective, "verbose": -1, "num_threads": 1, "min_data_in_leaf": 2, "min_data_in_bin": 1, "max_bin": 400}
    return lightgbm.train(parameters, lightgbm.Dataset(data, labels), 15)


#: How each model is trained and logged; `example` is FEATURES or MATRIX, as the model was trained.
MODELS: dict[str, tuple[object, Callable[[], object], object, dict]] = {
    "xgboost probability": (mlflow.xgboost, lambda: xgb("binary:logistic", LABELS), FEATURES, {}),
    "xgboost regression as JSON": (mlflow.xgboost, lambda: xgb("reg:squarederror", AMOUNTS), FEATURES, {"model_format": "json"}),
    "xgboost classes": (mlflow.xgboost, lambda: xgb("multi:softprob", FEATURES.age % 3, num_class=3), FEATURES, {}),
    "xgboost linear": (mlflow.xgboost, lambda: xgb("reg:squarederror", AMOUNTS, booster="gblinear"), FEATURES, {}),
    "xgboost matrix": (mlflow.xgboost, lambda: xgb("reg:squarederror", AMOUNTS, MATRIX), MATRIX, {}),
    "XGBClassifier": (mlflow.xgboost, lambda: xgboost.XGBClassifier(n_estimators=15).fit(FEATURES, LABELS), FEATURES, {}),
    "XGBRegressor matrix": (mlflow.xgboost, lambda: xgboost.XGBRegressor(n_estimators=15).fit(MATRIX, AMOUNTS), MATRIX, {}),
    "lightgbm regression": (mlflow.lightgbm, lambda: lgb("regression", AMOUNTS), FEATURES, {}),
    "lightgbm matrix": (mlflow.lightgbm, lambda: lgb("regression", AMOUNTS, MATRIX), MATRIX, {}),
    "LGBMClassifier": (mlflow.lightgbm, lambda: lightgbm.LGBMClassifier(n_estimators=15, verbose=-1).fit(FEATURES, LABELS), FEATURES, {}),
    "LGBMRegressor pickled": (
        mlflow.lightgbm,
        lambda: lightgbm.LGBMRegressor(n_estimators=15, verbose=-1).fit(MATRIX, AMOUNTS),
        MATRIX,
        {"serialization_format": "cloudpickle"},
    ),
}


def save(name: str, folder: Path) -> object:
    """Train and save a model; returns it as it was trained."""
    logger, train, example, options = MODELS[name]
    model = train()
    logger.save_model(model, folder, input_example=example[:3], pip_requirements=["mlflow"], **options)
    return model


def of_the_library(model: object, data: object) -> np.ndarray:
    return model.predict(xgboost.DMatrix(data)) if isinstance(model, xgboost.Booster) else model.predict(data)


def without_nan(value: object) -> object:
    return None if value != value else value


COLUMNS = {name: [without_nan(value) for value in FEATURES[name].tolist()] for name in FEATURES}
TABLE = [list(row) for row in zip(*COLUMNS.values())]
RECORDS = [dict(zip(COLUMNS, row)) for row in TABLE]
DATATYPES = {"age": "INT64", "income": "FP64", "account": "INT64", "rate": "FP64"}
TENSORS = [{"name": name, "shape": [ROWS], "datatype": DATATYPES[name], "data": values} for name, values in COLUMNS.items()]
ONE_TENSOR = [{"name": "input", "shape": [ROWS, 4], "datatype": "FP64", "data": [value for row in TABLE for value in row]}]

#: Path and body of each form of a request; text is CSV.
NAMED = {
    "split": ("/invocations", {"dataframe_split": {"columns": list(COLUMNS), "data": TABLE}}),
    "records": ("/invocations", {"dataframe_records": RECORDS}),
    "inputs": ("/invocations", {"inputs": COLUMNS}),
    "instances": ("/invocations", {"instances": RECORDS}),
    "csv": ("/invocations", FEATURES.to_csv(index=False)),
    "open inference, a tensor a column": ("/v2/models/m/infer", {"inputs": TENSORS}),
    "open inference, one tensor": ("/v2/models/m/infer", {"inputs": ONE_TENSOR}),
}
UNNAMED = {
    "inputs": ("/invocations", {"inputs": TABLE}),
    "instances": ("/invocations", {"instances": TABLE}),
    "csv": ("/invocations", FEATURES.to_csv(index=False)),
    "open inference, one tensor": ("/v2/models/m/infer", {"inputs": ONE_TENSOR}),
}


def predicted(client: httpx.Client, path: str, body: object) -> np.ndarray:
    answer = client.post(path, content=body, headers={"content-type": "text/csv"}) if isinstance(body, str) else client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    if path == "/invocations":
        return np.array(answer.json()["predictions"])
    [output] = answer.json()["outputs"]
    return np.array(output["data"]).reshape(output["shape"])


@pytest.mark.parametrize("name", MODELS)
def test_each_form_of_a_request_is_answered_as_the_library_predicts(tmp_path: Path, name: str) -> None:
    model = save(name, tmp_path / "model")
    data = MODELS[name][2]
    expected = of_the_library(model, data)
    assert len(np.unique(np.round(expected, 6))) > 1, "the model tells rows apart"
    with Replica(make_release(tmp_path / "release", tmp_path / "model", name="m")) as replica, replica.until_ready() as client:
        for form, (path, body) in (NAMED if data is FEATURES else UNNAMED).items():
            np.testing.assert_allclose(predicted(client, path, body), expected, rtol=1e-6, err_msg=form)
        flavor = MODELS[name][0].FLAVOR_NAME
        assert f'flavor="{flavor}"' in client.get("/metrics").text
        assert client.get("/v2/models/m").json()["platform"].startswith(f"{flavor}_")


def test_integers_that_32_bit_floats_cannot_tell_apart_are_told_apart(tmp_path: Path) -> None:
    """All columns are integers, so that they come as an array of integers; LightGBM reads those of a DataFrame as 64-bit floats."""
    integers = FEATURES[["age", "account"]]
    booster = lgb("regression", integers.account - 2**24, integers)
    mlflow.lightgbm.save_model(booster, tmp_path / "model", input_example=integers.head(3), pip_requirements=["mlflow"])
    with Replica(make_release(tmp_path / "release", tmp_path / "model", name="m")) as replica, replica.until_ready() as client:
        body = {"dataframe_split": {"columns": list(integers), "data": integers.to_numpy().tolist()}}
        np.testing.assert_allclose(predicted(client, "/invocations", body), booster.predict(integers), rtol=1e-6)


def test_a_table_row_has_its_file_and_mlflows_names() -> None:
    """The table says what mlflow writes: its flavor, and how it names the version."""
    for row in FLAVORS:
        assert inspect.signature(importlib.import_module(f"slipway_server.flavors.{row.name}").load).parameters.keys() == {"saved"}
        logger = importlib.import_module(row.logger)
        assert logger.FLAVOR_NAME == row.name
        assert row.by_mlflow or f"{row.version_field}=" in inspect.getsource(logger)


@pytest.mark.parametrize("name", ["xgboost probability", "lightgbm regression"])
def test_a_model_of_another_version_is_refused(tmp_path: Path, name: str) -> None:
    save(name, tmp_path / "model")
    row = next(row for row in FLAVORS if row.name == MODELS[name][0].FLAVOR_NAME)
    release = make_release(tmp_path / "release", tmp_path / "model")
    change_mlmodel(release, lambda document: document["flavors"][row.name].update({row.version_field: "0.1.2"}))
    code, line = end_of(release)
    assert (code, " version-mismatch " in line) == (14, True)
    assert row.label in line and "0.1.2" in line


@pytest.mark.parametrize("name", ["os.system", "xgboost.dask.DaskXGBClassifier", "xgboost.sklearn.DMatrix"])
def test_no_class_but_those_of_the_library_is_made(tmp_path: Path, name: str) -> None:
    save("xgboost probability", tmp_path / "model")
    release = make_release(tmp_path / "release", tmp_path / "model")
    change_mlmodel(release, lambda document: document["flavors"]["xgboost"].update(model_class=name))
    code, line = end_of(release)
    assert (code, " unsupported-flavor " in line) == (11, True)
    assert name in line


def test_a_signature_of_other_columns_is_refused_when_the_model_is_loaded(tmp_path: Path) -> None:
    booster = xgb("binary:logistic", LABELS)
    signature = mlflow.models.infer_signature(FEATURES[["income", "age", "account", "rate"]], LABELS)
    mlflow.xgboost.save_model(booster, tmp_path / "model", signature=signature, pip_requirements=["mlflow"])
    code, line = end_of(make_release(tmp_path / "release", tmp_path / "model"))
    assert (code, " model-not-loadable " in line) == (13, True)
    assert "trained on the columns age, income" in line and "income, age" in line


def test_a_model_without_a_signature_is_given_what_was_sent(tmp_path: Path) -> None:
    booster = xgb("binary:logistic", LABELS)
    mlflow.xgboost.save_model(booster, tmp_path / "model", pip_requirements=["mlflow"])
    with Replica(make_release(tmp_path / "release", tmp_path / "model", name="m")) as replica, replica.until_ready() as client:
        np.testing.assert_allclose(predicted(client, *NAMED["csv"]), of_the_library(booster, FEATURES), rtol=1e-6)
        wrong = client.post("/invocations", content=FEATURES.rename(columns={"age": "years"}).to_csv(index=False), headers={"content-type": "text/csv"})
        assert wrong.status_code == 400
