"""Models of other libraries than scikit-learn: 200 rows in each form of a request, compared with the library's own predictions."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import lightgbm
import mlflow
import numpy as np
import pandas as pd
import pytest
import xgboost
from flavor_libraries import use_flavor_libraries, with_flavor_libraries
from replica import Replica, make_release
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from slipway_server.batching import predicted as predicted_by
from slipway_server.flavors.flavor import Takes
from slipway_server.flavors.formulas import is_plain
from slipway_server.flavors.table import FLAVORS
from slipway_server.inputs import enforce_tensors
from slipway_server.signature import Tensor
from test_refusals import change_mlmodel, end_of

#: `requirements.txt` says where there are wheels of ONNX Runtime and of the converter.
ONNX = sys.version_info >= (3, 11)
if ONNX:
    import onnxruntime
    from skl2onnx import to_onnx

use_flavor_libraries()
import catboost
import statsmodels.api
import statsmodels.formula.api

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
#: Without missing values, which some libraries cannot take.
FULL = FEATURES.assign(rate=FEATURES.rate.fillna(0.5))


def xgb(objective: str, labels: object, data: object = FEATURES, **parameters: object) -> xgboost.Booster:
    return xgboost.train({"objective": objective, "nthread": 1, **parameters}, xgboost.DMatrix(data, labels), 15)


def lgb(objective: str, labels: object, data: object = FEATURES) -> lightgbm.Booster:
    parameters = {"objective": objective, "verbose": -1, "num_threads": 1, "min_data_in_leaf": 2, "min_data_in_bin": 1, "max_bin": 400}
    return lightgbm.train(parameters, lightgbm.Dataset(data, labels), 15)


def cat(kind: type, labels: object, data: object = FEATURES) -> object:
    return kind(iterations=15, thread_count=1, verbose=False, allow_writing_files=False, random_seed=1).fit(data, labels)


def onnx(model: object, data: np.ndarray = FULL.to_numpy(), **options: object) -> object:
    return to_onnx(model.fit(data, LABELS), data[:1].astype(np.float32), **options)


#: How each model is trained and logged; `example` is FEATURES, FULL or MATRIX, as the model was trained.
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
    "CatBoostClassifier": (mlflow.catboost, lambda: cat(catboost.CatBoostClassifier, LABELS), FEATURES, {}),
    "CatBoostClassifier of three classes": (mlflow.catboost, lambda: cat(catboost.CatBoostClassifier, FEATURES.age % 3), FEATURES, {}),
    "CatBoostRegressor matrix as JSON": (mlflow.catboost, lambda: cat(catboost.CatBoostRegressor, AMOUNTS, MATRIX), MATRIX, {"format": "json"}),
    "onnx regression": (mlflow.onnx, lambda: onnx(Ridge()), FULL, {}),
    "onnx an input a column": (
        mlflow.onnx,
        lambda: to_onnx(make_pipeline(ColumnTransformer([("scaled", StandardScaler(), ["income", "rate"])]), Ridge()).fit(FULL, AMOUNTS), FULL[:1]),
        FULL,
        # mlflow does not predict its example, because it gives such a graph columns without a second dimension.
        {"signature": mlflow.models.infer_signature(FULL)},
    ),
    "onnx classes": (mlflow.onnx, lambda: onnx(LogisticRegression(), options={"zipmap": False}), FULL, {}),
    "statsmodels least squares": (mlflow.statsmodels, lambda: statsmodels.api.OLS(AMOUNTS, FULL).fit(), FULL, {}),
    "statsmodels formula": (
        mlflow.statsmodels,
        lambda: statsmodels.formula.api.glm("label ~ age + np.log(income) + I(rate ** 2)", FULL.assign(label=LABELS), family=statsmodels.api.families.Binomial()).fit(),
        FULL,
        {},
    ),
}


if not ONNX:
    MODELS = {name: model for name, model in MODELS.items() if not name.startswith("onnx")}


def save(name: str, folder: Path) -> object:
    """Train and save a model; returns it as it was trained."""
    logger, train, example, options = MODELS[name]
    model = train()
    required = ["mlflow", *(["statsmodels"] if logger.FLAVOR_NAME == "statsmodels" else [])]
    logger.save_model(model, folder, input_example=example[:3], pip_requirements=required, **options)
    return model


def of_the_library(model: object, data: object) -> dict[str, np.ndarray]:
    """Predictions by the names of the outputs; what has no name is alone."""
    if isinstance(model, xgboost.Booster):
        return {"": model.predict(xgboost.DMatrix(data))}
    if not hasattr(model, "SerializeToString"):
        return {"": np.asarray(model.predict(data))}
    session = onnxruntime.InferenceSession(model.SerializeToString())
    names = [output.name for output in session.get_outputs()]
    inputs = session.get_inputs()
    feed = {item.name: data[[item.name]].to_numpy() for item in inputs} if len(inputs) > 1 else {inputs[0].name: np.asarray(data, dtype=np.float32)}
    return dict(zip(names, session.run(names, feed)))


def without_nan(value: object) -> object:
    return None if value != value else value


def forms_of(data: object) -> dict[str, tuple[str, object]]:
    """Path and body of each form of a request for the rows of a table or a matrix; text is CSV."""
    table = data if isinstance(data, pd.DataFrame) else FEATURES
    columns = {name: [without_nan(value) for value in table[name].tolist()] for name in table}
    rows = [list(row) for row in zip(*columns.values())]
    records = [dict(zip(columns, row)) for row in rows]
    one = [{"name": "input", "shape": [ROWS, 4], "datatype": "FP64", "data": [value for row in rows for value in row]}]
    each = [{"name": name, "shape": [ROWS], "datatype": "INT64" if table[name].dtype.kind == "i" else "FP64", "data": values} for name, values in columns.items()]
    of_both = {"csv": ("/invocations", table.to_csv(index=False)), "open inference, one tensor": ("/v2/models/m/infer", {"inputs": one})}
    if data is not table:
        return {"inputs": ("/invocations", {"inputs": rows}), "instances": ("/invocations", {"instances": rows}), **of_both}
    return {
        "split": ("/invocations", {"dataframe_split": {"columns": list(columns), "data": rows}}),
        "records": ("/invocations", {"dataframe_records": records}),
        "inputs": ("/invocations", {"inputs": columns}),
        "instances": ("/invocations", {"instances": records}),
        "open inference, a tensor a column": ("/v2/models/m/infer", {"inputs": each}),
        **of_both,
    }


NAMED = forms_of(FEATURES)


def predicted(client: httpx.Client, path: str, body: object) -> dict[str, np.ndarray]:
    """Predictions by the names of the outputs; what has no name is alone."""
    answer = client.post(path, content=body, headers={"content-type": "text/csv"}) if isinstance(body, str) else client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    if path == "/invocations":
        values = answer.json()["predictions"]
        if isinstance(values, list) and isinstance(values[0], dict):
            values = {name: [row[name] for row in values] for name in values[0]}
        return {name: np.array(part) for name, part in values.items()} if isinstance(values, dict) else {"": np.array(values)}
    return {output["name"]: np.array(output["data"]).reshape(output["shape"]) for output in answer.json()["outputs"]}


def assert_equal(given: dict[str, np.ndarray], expected: dict[str, np.ndarray], form: str = "") -> None:
    if len(expected) == 1:
        # A name that a protocol or pandas gives to what has none.
        given, expected = {"": next(iter(given.values()))}, {"": next(iter(expected.values()))}
    assert given.keys() == expected.keys(), form
    for name, values in expected.items():
        # Of a table, a column of one value a row comes as that value.
        np.testing.assert_allclose(given[name].reshape(values.shape), values, rtol=1e-5 if values.dtype == np.float32 else 1e-6, atol=1e-6, err_msg=form)


@pytest.mark.parametrize("name", MODELS)
def test_each_form_of_a_request_is_answered_as_the_library_predicts(tmp_path: Path, name: str) -> None:
    model = save(name, tmp_path / "model")
    data = MODELS[name][2]
    expected = of_the_library(model, data)
    assert all(len(np.unique(np.round(values, 6))) > 1 for values in expected.values()), "the model tells rows apart"
    with Replica(make_release(tmp_path / "release", tmp_path / "model", name="m"), environment=with_flavor_libraries()) as replica, replica.until_ready() as client:
        for form, (path, body) in forms_of(data).items():
            assert_equal(predicted(client, path, body), expected, form)
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
        assert_equal(predicted(client, "/invocations", body), {"": booster.predict(integers)})


def test_a_table_row_has_its_file_and_mlflows_names() -> None:
    """The table says what mlflow writes: its flavor, and how it names the version."""
    for row in FLAVORS:
        assert inspect.signature(importlib.import_module(f"slipway_server.flavors.{row.name}").load).parameters.keys() == {"saved"}
        logger = importlib.import_module(row.logger)
        assert logger.FLAVOR_NAME == row.name
        assert row.version_field is None or f"{row.version_field}=" in inspect.getsource(logger)


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
        assert_equal(predicted(client, *NAMED["csv"]), of_the_library(booster, FEATURES))
        wrong = client.post("/invocations", content=FEATURES.rename(columns={"age": "years"}).to_csv(index=False), headers={"content-type": "text/csv"})
        assert wrong.status_code == 400


FORMULAS = {
    "y ~ age + np.log(income) + I(rate ** 2)": True,
    "y ~ C(kind, Treatment('a')) * bs(age, df=4) - 1": True,
    "np.log1p(y) ~ age:rate + Q('a name')": True,
    "y ~ __import__('os')": False,
    "y ~ open('x')": False,
    "y ~ np.load('x')": False,
    "y ~ np.lib.format": False,
    "y ~ age.__class__": False,
    "y ~ (age)('x')": False,
    "y ~ (lambda: 1)()": False,
    "y ~ I([f for f in x])": False,
    "y ~ {age}": False,
    "y ~ np.log(f'{open(1)}')": False,
    "y ~ age; import os": False,
    "y ~ age\nimport os": False,
    "y ~ np.exp": False,
    "y ~ '": False,
}


def test_a_formula_that_does_more_than_compute_is_told_from_others() -> None:
    assert {formula: is_plain(formula) for formula in FORMULAS} == FORMULAS


def test_a_formula_that_does_more_than_compute_is_refused_and_let_through_by_a_yes(tmp_path: Path) -> None:
    """The function that it calls is known where it was fitted alone, so that a yes shows in another failure."""
    logger = mlflow.statsmodels
    doubled = lambda values: 2 * values  # noqa: E731
    model = statsmodels.formula.api.ols("label ~ doubled(age)", FULL.assign(label=AMOUNTS)).fit()
    assert doubled(1) == 2
    logger.save_model(model, tmp_path / "model", pip_requirements=["mlflow", "statsmodels"])
    code, line = end_of(make_release(tmp_path / "release", tmp_path / "model"), with_flavor_libraries())
    assert (code, " import-refused " in line) == (17, True)
    assert "model.statsmodels" in line and "patsy.dmatrices" in line and "before the model is fitted" in line
    allowed = make_release(tmp_path / "allowed", tmp_path / "model", serving={"allowedImports": ["patsy.dmatrices"]})
    code, line = end_of(allowed, with_flavor_libraries())
    assert (code, "doubled" in line) == (13, True)


def test_a_model_of_a_time_series_takes_one_row_of_start_and_end(tmp_path: Path) -> None:
    from statsmodels.tsa.arima.model import ARIMA

    model = ARIMA(AMOUNTS, order=(1, 0, 0)).fit()
    example = pd.DataFrame({"start": [10], "end": [14]})
    mlflow.statsmodels.save_model(model, tmp_path / "model", input_example=example, pip_requirements=["mlflow", "statsmodels", "pandas", "pyarrow"])
    with Replica(make_release(tmp_path / "release", tmp_path / "model", name="m"), environment=with_flavor_libraries()) as replica, replica.until_ready() as client:
        assert_equal(predicted(client, "/invocations", {"dataframe_records": [{"start": 10, "end": 14}]}), {"": model.predict(10, 14).to_numpy()})
        two = client.post("/invocations", json={"dataframe_records": [{"start": 1, "end": 2}, {"start": 3, "end": 4}]})
        assert two.status_code == 400 and "one row" in two.text and "x-slipway-outcome" not in two.headers


def test_categories_of_catboost_keep_their_types(tmp_path: Path) -> None:
    table = FEATURES[["age", "income"]].assign(kind=LABELS)
    model = catboost.CatBoostClassifier(iterations=5, cat_features=["kind"], verbose=False, allow_writing_files=False, thread_count=1).fit(table, LABELS)
    mlflow.catboost.save_model(model, tmp_path / "model", input_example=table[:3], pip_requirements=["mlflow"])
    with Replica(make_release(tmp_path / "release", tmp_path / "model", name="m"), environment=with_flavor_libraries()) as replica, replica.until_ready() as client:
        body = {"dataframe_records": table.to_dict(orient="records")}
        assert_equal(predicted(client, "/invocations", body), {"": model.predict(table)})


@pytest.mark.skipif(not ONNX, reason="there is no ONNX Runtime for this Python")
def test_tensors_of_onnx_go_by_their_names(tmp_path: Path) -> None:
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec
    from onnx import TensorProto, helper

    nodes = [helper.make_node("ReduceSum", ["image", "axes"], ["sum"], keepdims=0), helper.make_node("Add", ["sum", "weight"], ["total"])]
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in (("image", ["n", 2, 3]), ("weight", ["n", 3]))]
    outputs = [helper.make_tensor_value_info("total", TensorProto.FLOAT, ["n", 3])]
    graph = helper.make_graph(nodes, "sums", inputs, outputs, [helper.make_tensor("axes", TensorProto.INT64, [1], [1])])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    schema = Schema([TensorSpec(np.dtype("float32"), (-1, 2, 3), "image"), TensorSpec(np.dtype("float32"), (-1, 3), "weight")])
    mlflow.onnx.save_model(model, tmp_path / "model", signature=ModelSignature(inputs=schema), pip_requirements=["mlflow"])
    parts = {"image": RANDOM.random((ROWS, 2, 3), np.float32), "weight": RANDOM.random((ROWS, 3), np.float32)}
    expected = {"total": parts["image"].sum(axis=1) + parts["weight"]}
    whole = {name: part.tolist() for name, part in parts.items()}
    tensors = [{"name": name, "shape": list(part.shape), "datatype": "FP32", "data": part.ravel().tolist()} for name, part in parts.items()]
    with Replica(make_release(tmp_path / "release", tmp_path / "model", name="m")) as replica, replica.until_ready() as client:
        assert_equal(predicted(client, "/invocations", {"inputs": whole}), expected)
        assert_equal(predicted(client, "/invocations", {"instances": [{name: part[row] for name, part in whole.items()} for row in range(ROWS)]}), expected)
        assert_equal(predicted(client, "/v2/models/m/infer", {"inputs": tensors}), expected)
        lacking = client.post("/invocations", json={"inputs": {"image": whole["image"]}})
        assert lacking.status_code == 400 and "weight" in lacking.text


class Doubles:
    takes = Takes.TENSORS

    def predict(self, rows: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {name: 2 * part for name, part in rows.items()}


def test_tensors_of_several_requests_are_predicted_together_where_their_first_length_varies() -> None:
    varying = (Tensor("a", "int64", (-1, 2)), Tensor("b", "int64", (-1, 1)))
    one, two = (enforce_tensors({"a": a, "b": b}, varying) for a, b in (([[1, 2]], [[3]]), ([[4, 5], [6, 7]], [[8], [9]])))
    assert one.key() is not None and one.key() == two.key()
    together = predicted_by(Doubles(), [one, two], 3)
    assert together.part(1, 3).values == {"a": [[8, 10], [12, 14]], "b": [[16], [18]]}
    assert enforce_tensors({"a": [[1, 2]], "b": [[3]]}, (varying[0], Tensor("b", "int64", (1, 1)))).key() is None
