"""What a request lacks or has too much of: optional columns, numbers for datetimes, and values that a model raises on."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import mlflow
import numpy as np
import pandas as pd
import pytest
import trained
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema
from replica import Replica, make_release
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def frame(rows: int = 60) -> pd.DataFrame:
    random = np.random.default_rng(1)
    return pd.DataFrame({"size": random.normal(size=rows), "plan": random.choice(["basic", "full"], rows), "seats": random.integers(1, 9, rows).astype(float)})


@pytest.fixture(scope="module")
def model() -> object:
    """It imputes `seats` alone, and knows two plans."""
    data = frame()
    columns = ColumnTransformer([("size", StandardScaler(), ["size"]), ("plan", OneHotEncoder(), ["plan"]), ("seats", SimpleImputer(), ["seats"])])
    return make_pipeline(columns, LogisticRegression()).fit(data, data["size"] + data["seats"] / 9 > 0.5)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, model: object) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("faults")
    inputs = [ColSpec("double", "size"), ColSpec("string", "plan"), ColSpec("double", "seats", required=False), ColSpec("datetime", "since", required=False)]
    signature = ModelSignature(Schema(inputs), Schema([ColSpec("boolean")]))
    mlflow.sklearn.save_model(model, folder / "model", signature=signature, serialization_format="pickle", pip_requirements=trained.REQUIREMENTS)
    with Replica(make_release(folder / "release", folder / "model")) as replica, replica.until_ready() as client:
        yield client


def ask(client: httpx.Client, **columns: list) -> httpx.Response:
    return client.post("/invocations", json={"inputs": columns})


def message(answer: httpx.Response) -> str:
    assert answer.status_code == 400, answer.text
    return answer.json()["message"]


def test_an_optional_column_that_is_not_there_is_filled(client: httpx.Client, model: object) -> None:
    rows = pd.DataFrame({"size": [-3.0, 3.0], "plan": ["basic", "full"], "seats": [np.nan, np.nan]})
    answer = ask(client, size=[-3.0, 3.0], plan=["basic", "full"])
    assert answer.status_code == 200, answer.text
    assert answer.json()["predictions"] == model.predict(rows).tolist() == [False, True]


@pytest.mark.parametrize("value", [5, 5.5, True])
def test_a_number_is_no_datetime(client: httpx.Client, value: object) -> None:
    said = message(ask(client, size=[1.0, 1.0], plan=["basic", "full"], since=["2024-05-31T12:00:00", value]))
    assert f"Failed to convert column since to type 'datetime64[ns]' (row 1, value {value!r})" in said
    assert "send a text such as 2024-05-31" in said


def test_a_datetime_and_none_are_taken(client: httpx.Client) -> None:
    assert ask(client, size=[1.0, 1.0], plan=["basic", "full"], since=["2024-05-31T12:00:00", None]).status_code == 200


@pytest.mark.parametrize(
    ("columns", "fault"),
    [
        ({"size": [1.0, None, None], "plan": ["basic"] * 3}, "The column size is NaN in row 1 and 1 more, which the model may not take."),
        ({"size": ["Infinity", 1.0], "plan": ["basic"] * 2}, "The column size is infinite in row 0, which the model may not take."),
        ({"size": [1.0, 1.0], "plan": ["basic", "trial"]}, "The column plan has 'trial' in row 1, a category that the model was not fitted with."),
    ],
)
def test_what_a_model_raises_on_is_named(client: httpx.Client, columns: dict, fault: str) -> None:
    answer = ask(client, **columns)
    assert message(answer).endswith(f"for inference. {fault}")
    assert answer.headers["x-slipway-outcome"] == "model-error"
